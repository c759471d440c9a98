"""The effect of a clean-up action before it is taken (措施的效果), for the desk, the API and the checker."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from accounts.cleanup.models import CleanupAction, CleanupItem
from accounts.cleanup.queries.plans import ActionAsked, ActionPlan, plan_of
from accounts.cleanup.vocabulary import CardsOfMerge, CleanupWay
from accounts.models import Account
from accounts.queries.held_transfers import HeldTransferLine
from accounts.vocabulary import CardStatus, account_text
from config.kernel.database.clock import bank_now
from config.kernel.law.money import Fen, yuan_text
from config.kernel.law.refusals import Refusal
from config.kernel.law.text import language, text
from config.kernel.vault.masked import masked


@dataclass(frozen=True, slots=True)
class ClassChangeShown:
    """An account whose class changes, its number masked.

    :ivar excess: whether it exceeds the limit of its new class.
    """

    account_id: UUID
    account_number: str
    kind: str
    from_class: str
    to_class: str
    excess: bool

    def line(self) -> str:
        """Return the change in words."""
        before, after = (account_text(self.kind, each) for each in (self.from_class, self.to_class))
        change = text(
            f"账户 {self.account_number}：{before} → {after}", f"Account {self.account_number}: {before} → {after}"
        )
        return change + (text("，作为已说明的超限户", ", as explained excess") if self.excess else "")


@dataclass(frozen=True, slots=True)
class Effect:
    """The effect of an action, every number masked.

    :ivar amount_fen: the whole balance, which moves to `to_account`.
    :ivar closes: the account that is closed; empty where none is.
    :ivar cards_moved: the cards that move to `to_account`; the others are cancelled, stopped, or served again.
    :ivar changes: the accounts whose class changes.
    :ivar goes_on: whether the account or card goes on as it is.
    :ivar under_way: the held transfers from the account and to it.
    :ivar refusal: what prevents it now; None where nothing does.
    """

    way: CleanupWay
    amount_fen: Fen = 0
    closes: str = ""
    to_account: str = ""
    cards_moved: tuple[str, ...] = ()
    cards_cancelled: tuple[str, ...] = ()
    cards_stopped: tuple[str, ...] = ()
    cards_restored: tuple[str, ...] = ()
    changes: tuple[ClassChangeShown, ...] = ()
    goes_on: str = ""
    under_way: tuple[HeldTransferLine, ...] = ()
    refusal: Refusal | None = None

    def lines(self) -> list[str]:
        """Return the effect in the reader's language, one line for each part."""
        lines = []
        if self.to_account:
            yuan = yuan_text(self.amount_fen)
            lines.append(
                text(f"余额 {yuan} 元转入账户 {self.to_account}", f"{yuan} yuan go to account {self.to_account}")
            )
        for cards, zh, en in (
            (self.cards_moved, f"改挂至账户 {self.to_account}", f"bound to account {self.to_account}"),
            (self.cards_cancelled, "注销", "cancelled"),
            (self.cards_stopped, "停用，仍计入限额", "stopped; it still counts"),
            (self.cards_restored, "恢复停用前的状态", "as before it was stopped"),
        ):
            lines += [text(f"银行卡 {card} {zh}", f"Card {card}: {en}") for card in cards]
        if self.closes:
            lines.append(text(f"账户 {self.closes} 销户", f"Account {self.closes} is closed"))
        lines += [each.line() for each in self.changes]
        if self.goes_on:
            lines.append(text(f"{self.goes_on} 照常使用", f"{self.goes_on} works on as it is"))
        if any(each.incoming for each in self.under_way) and self.closes:
            count = sum(each.incoming for each in self.under_way)
            lines.append(
                text(
                    f"{count} 笔待转入的转账到期时，该账户若已销户则不予执行，款项留在付款人账户",
                    f"Transfers to it on hold, not executed when due once it is closed: {count}. The money stays with their payers",
                )
            )
        return lines

    def bars(self) -> str:
        """Return in words what prevents it, empty where nothing does."""
        return self.refusal.detail(language()) if self.refusal else ""

    def record(self) -> dict[str, Any]:
        """Return the effect as evidence and the API keep it: codes, masked numbers and amounts."""
        values: dict[str, Any] = {
            "amount_fen": self.amount_fen if self.to_account else None,
            "closes": self.closes,
            "to_account_number": self.to_account,
            "cards_moved": list(self.cards_moved),
            "cards_cancelled": list(self.cards_cancelled),
            "cards_stopped": list(self.cards_stopped),
            "cards_restored": list(self.cards_restored),
            "changes": [
                {
                    "account_number": each.account_number,
                    "from_class": each.from_class,
                    "to_class": each.to_class,
                    "excess": each.excess,
                }
                for each in self.changes
            ],
        }
        return {name: value for name, value in values.items() if value not in (None, "", [])}


def effect_of(
    item: CleanupItem,
    way: CleanupWay,
    *,
    to_account_id: UUID | None = None,
    cards: str = "",
    undoes: CleanupAction | None = None,
) -> Effect:
    """Return the effect that an action on an item would have now, and what prevents it; nothing is locked or written.

    :param item: with its case and campaign, as `accounts.cleanup.queries.plans.items` returns it.
    :param way: `undo` with `undoes`; any other without.
    :param to_account_id: of a merge; another customer's account is treated like an unknown one.
    :param cards: of a merge: what happens to the cards, `move` or `cancel`.
    """
    asked = ActionAsked(way, to_account_id, CardsOfMerge(cards) if cards else None, undoes)
    return effect_of_plan(plan_of(item, asked, bank_now()))


def effect_of_action(action: CleanupAction) -> Effect:
    """Return the effect that a pending proposal would have if it were approved now."""
    return effect_of_plan(plan_of(action.item, ActionAsked.of(action), bank_now()))


def effect_of_plan(plan: ActionPlan) -> Effect:
    """Return the effect of a plan, and what prevents it."""
    refusal = None
    try:
        plan.check()
    except Refusal as barred:
        refusal = barred
    undone = CleanupWay(plan.asked.undoes.way) if plan.asked.undoes else None
    number = masked(plan.account, "account_number")
    cards = tuple(masked(each, "number") for each in plan.live_cards)
    card = (masked(plan.card, "number"),) if plan.card else ()
    way = plan.asked.way
    more: dict[str, Any] = {}
    match way:
        case CleanupWay.MERGE:
            moves = plan.asked.cards is CardsOfMerge.MOVE
            more = {
                "amount_fen": plan.account.balance_fen,
                "to_account": masked(plan.to, "account_number") if plan.to else "",
                "closes": number,
                "cards_moved" if moves else "cards_cancelled": cards,
            }
        case CleanupWay.CANCEL:
            more = {"cards_cancelled": card} if plan.card else {"closes": number, "cards_cancelled": cards}
        case CleanupWay.STOP:
            more = {"cards_stopped": card}
        case CleanupWay.EXPLAIN:
            more = {"goes_on": card[0] if card else number}
        case CleanupWay.KEEP:
            more = {"goes_on": number}
        case CleanupWay.UNDO if undone is CleanupWay.STOP:
            more = {"cards_restored": card if plan.card and plan.card.status == CardStatus.STOPPED else ()}
        case CleanupWay.UNDO if undone is CleanupWay.EXPLAIN:
            more = {"goes_on": card[0] if card else number}
    return Effect(way, changes=_changes(plan), under_way=plan.under_way, refusal=refusal, **more)


def _changes(plan: ActionPlan) -> tuple[ClassChangeShown, ...]:
    try:
        changes = plan.changes
    except Refusal:
        return ()
    return tuple(
        ClassChangeShown(
            each.account.id,
            masked(each.account, "account_number"),
            str(each.account.kind),
            str(each.account.account_class),
            each.to.value,
            each.excess,
        )
        for each in changes
    )


def accounts_to_merge_into(item: CleanupItem) -> list[Account]:
    """Return the accounts that may take over an item's account, the oldest first; the rule judges the one that is chosen."""
    account = item.account
    if account is None:
        return []
    found = Account.objects.filter(customer_id=account.customer_id, kind=account.kind, status="open")
    return list(found.exclude(pk=account.pk).defer("agent_name").order_by("opened_at", "id"))
