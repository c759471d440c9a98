"""Rules of the clean-up of stock (存量清理): campaigns, assignment of cases, and actions on an excess.

Nothing is closed, merged or downgraded automatically: each of the law's own actions is requested at the counter and approved
by a second person, and until then the customer goes on using the account or card.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.cleanup.refusals import (
    CampaignRuns,
    CasesAssigned,
    CleanupActionsPending,
    CleanupNotUndone,
    CleanupSealed,
    CleanupWayNotOffered,
    ItemSettled,
    NotAnOwnOpenAccount,
    NotForTellers,
    NothingToCleanUp,
    TransfersUnderWay,
)
from accounts.cleanup.vocabulary import CardsOfMerge, CleanupWay
from accounts.policy.closing import check_account_business, check_close
from accounts.policy.facts import PartyFacts
from accounts.policy.limits import ClassKey
from accounts.policy.money import check_debit, check_not_frozen, check_room
from accounts.policy.opening import LIMITS, carries_cards
from accounts.refusals.opening import CardNotOffered
from accounts.vocabulary import AccountClass, AccountKind, AccountStatus, CardStatus
from accounts.vocabulary.limits import CleanupLimit
from blacklist.vocabulary import Act
from config.kernel.law.dates import rfc3339
from config.kernel.law.money import format_yuan

#: How many of the pending proposals that prevent a seal are named.
NAMED = 20


@dataclass(frozen=True, slots=True)
class Assignment:
    """A requested assignment of cases.

    :ivar assignees: the present assignees; None for a case without one.
    :ivar to_self: whether the caller takes the cases, and changes nothing else.
    """

    caller_id: UUID
    supervises: bool
    assignees: Collection[UUID | None]
    to_self: bool


def check_start_campaign(*, running: UUID | None, customers: int) -> None:
    """Check that a campaign may start (启动存量清理).

    :param running: the open campaign, None where there is none.
    :param customers: the number of customers who exceed a limit.
    :raises CampaignRuns: while one is open: a customer's excess is one case, not two.
    :raises NothingToCleanUp: when no customer exceeds a limit.
    :source: 通告第五条 抓紧完成借记卡存量清理工作; 银发〔2016〕261号 一(一)1.
    """
    if running is not None:
        raise CampaignRuns(campaign_id=str(running))
    if not customers:
        raise NothingToCleanUp


def check_campaign_open(sealed_at: datetime | None) -> None:
    """Check that a campaign is open.

    :raises CleanupSealed: when it is sealed.
    :source: house rule: what was returned to the regulator never changes.
    """
    if sealed_at is not None:
        raise CleanupSealed


def check_seal_campaign(pending: Iterable[UUID]) -> None:
    """Check that a campaign may be sealed (封存): none of its actions is pending approval.

    :param pending: the pending proposals.
    :raises CleanupActionsPending: with the first of them.
    :source: house rule: a proposal approved later would change the sealed figures.
    """
    waiting = [str(each) for each in pending]
    if waiting:
        raise CleanupActionsPending(count=len(waiting), approval_ids=waiting[:NAMED])


def check_assign_cases(wanted: Assignment) -> None:
    """Check that cases may be assigned (分派案件): a supervisor assigns any, a teller takes those without an assignee.

    :raises NotForTellers: when a teller assigns to another person, or changes more than the assignee.
    :raises CasesAssigned: when another person has one of the cases.
    :source: house rule: one person works on a case, and a supervisor can change who it is.
    """
    if wanted.supervises:
        return
    if not wanted.to_self:
        raise NotForTellers
    others = sum(each not in {None, wanted.caller_id} for each in wanted.assignees)
    if others:
        raise CasesAssigned(count=others)


#: The class of accounts that each limit counts.
OF_LIMIT: Mapping[CleanupLimit, ClassKey] = {
    CleanupLimit.BANK_I: (AccountKind.BANK, AccountClass.I),
    CleanupLimit.BANK_II: (AccountKind.BANK, AccountClass.II),
    CleanupLimit.BANK_III: (AccountKind.BANK, AccountClass.III),
    CleanupLimit.PAYMENT_III: (AccountKind.PAYMENT, AccountClass.III),
}
#: The class after a downgrade, by limit. A payment account's highest class is III, and no limit counts its Class II.
#: :source: 银发〔2016〕261号 一(一), from 2016-12-01 (降低账户类别).
DOWN_TO: Mapping[CleanupLimit, AccountClass] = {
    CleanupLimit.BANK_I: AccountClass.II,
    CleanupLimit.BANK_II: AccountClass.III,
    CleanupLimit.PAYMENT_III: AccountClass.II,
}
_OF_ACCOUNTS = frozenset({CleanupWay.EXPLAIN, CleanupWay.MERGE, CleanupWay.CANCEL})
#: The actions offered for each limit. An account opened against the customer's will is closed, not stopped.
#: :source: 银发〔2016〕261号 一(一), from 2016-12-01: 说明, 撤销, 归并, 降低账户类别; 银监发〔2015〕48号, from 2016-01-01: 非本人意愿的中止服务.
OFFERED: Mapping[CleanupLimit, frozenset[CleanupWay]] = {
    CleanupLimit.BANK_I: _OF_ACCOUNTS | {CleanupWay.DOWNGRADE},
    CleanupLimit.BANK_II: _OF_ACCOUNTS | {CleanupWay.DOWNGRADE},
    CleanupLimit.BANK_III: _OF_ACCOUNTS,
    CleanupLimit.PAYMENT_III: _OF_ACCOUNTS | {CleanupWay.DOWNGRADE, CleanupWay.KEEP},
    CleanupLimit.CARDS: frozenset({CleanupWay.EXPLAIN, CleanupWay.CANCEL, CleanupWay.STOP}),
}
#: The actions that can be taken back until the campaign is sealed. A transferred balance and a cancelled card cannot.
UNDOABLE = frozenset({CleanupWay.EXPLAIN, CleanupWay.STOP, CleanupWay.DOWNGRADE, CleanupWay.KEEP})


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFacts:
    """Facts of an item for the rules, read under the locks of its account and of its campaign.

    :ivar sealed: whether the campaign is sealed.
    :ivar done: whether an action on it is in force.
    :ivar account: the account, or the account that the card belongs to.
    :ivar card_status: of the card as it is now, or of its replacement; None for an account.
    """

    limit: CleanupLimit
    sealed: bool
    done: bool
    account: PartyFacts
    card_status: CardStatus | None = None

    @property
    def counts(self) -> bool:
        """Return whether it still counts against its limit."""
        if self.limit is CleanupLimit.CARDS:
            return self.card_status is not CardStatus.CANCELLED
        of_class = (self.account.kind, self.account.account_class) == OF_LIMIT[self.limit]
        return self.account.status is AccountStatus.OPEN and of_class


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyUnderWay:
    """Held transfers from an account or to it (在途转账).

    :ivar count: the number of those to it.
    :ivar until: when the last of all of them is due.
    """

    count: int = 0
    until: datetime | None = None


def check_item(facts: ItemFacts, way: CleanupWay) -> None:
    """Check that an action is offered for an item now (清理措施条件).

    :raises CleanupSealed: when the campaign is sealed.
    :raises CleanupWayNotOffered: when the law has no such action for what the limit counts.
    :raises ItemSettled: when an action was taken, or the item does not count any more.
    :source: 通告第五条 (存量清理); 银发〔2016〕261号 一(一), from 2016-12-01; 银监发〔2015〕48号, from 2016-01-01.
    """
    if facts.sealed:
        raise CleanupSealed
    if way not in OFFERED[facts.limit]:
        raise CleanupWayNotOffered(way=way.value, limit_kind=facts.limit.value)
    if facts.done or not facts.counts:
        raise ItemSettled


def check_merge_accounts(
    account: PartyFacts, to: PartyFacts | None, *, cards: CardsOfMerge, live_cards: int, under_way: MoneyUnderWay
) -> None:
    """Check that an account may be merged into another one of the same customer (归并账户), with its money and cards.

    House rule: a merge waits for held transfers from the account and to it. Reserved money cannot move, and a transfer to the
    closed account would be returned.

    :param account: the account to be closed, under its lock.
    :param to: the account that takes over, under its lock; None when it is another customer's.
    :raises AccountClosed, CaseAccountStopped, AccountFrozen, PaymentBusinessSuspended: of either account.
    :raises NotAnOwnOpenAccount: when `to` is another customer's, of another kind, closed, or the same account.
    :raises TransfersUnderWay: while a transfer from the account or to it is held.
    :raises CardNotOffered: when cards would move to an account that carries none.
    :raises BalanceLimit: when `to` would hold more than an account may.
    :source: 银发〔2016〕261号 一(一), from 2016-12-01 (归并); house rule on held transfers.
    """
    check_debit(account, Act.CLOSE)
    if (
        to is None
        or to.customer_id != account.customer_id
        or to.account_id == account.account_id
        or to.kind is not account.kind
        or to.status is not AccountStatus.OPEN
    ):
        raise NotAnOwnOpenAccount
    check_account_business(to)
    check_not_frozen(to)
    if account.held_fen or under_way.count:
        raise TransfersUnderWay(
            held=format_yuan(account.held_fen), count=under_way.count, until=rfc3339(under_way.until)
        )
    if live_cards and cards is CardsOfMerge.MOVE and not carries_cards(to.kind, to.account_class):
        raise CardNotOffered(account_class=to.account_class.value, cards=live_cards)
    if account.balance_fen:
        check_room(to, account.balance_fen)


def check_downgrade(account: PartyFacts, to: AccountClass, *, live_cards: int) -> None:
    """Check that an account may be downgraded to a class (降低账户类别); beyond that class's limit it is explained excess.

    :param live_cards: the number of its cards that are not cancelled.
    :raises AccountClosed, CaseAccountStopped, PaymentBusinessSuspended: as for every change of class.
    :raises CardNotOffered: when it would become Class III and still has a card.
    :source: 银发〔2016〕261号 一(一), from 2016-12-01; 银发〔2016〕302号.
    """
    check_account_business(account)
    if live_cards and not carries_cards(account.kind, to):
        raise CardNotOffered(account_class=to.value, cards=live_cards)


def check_cancel(facts: ItemFacts) -> None:
    """Check that an account may be closed or a card cancelled (销户、销卡), by the same rules as at the counter.

    :raises Ruled, AccountNotEmpty: what `check_close` refuses; a card is cancelled whatever restricts its account.
    :source: 银发〔2016〕261号 一(一), from 2016-12-01 (撤销).
    """
    if facts.limit is not CleanupLimit.CARDS:
        check_close(facts.account)


def check_keep(others: Sequence[PartyFacts]) -> None:
    """Check that the customer may keep one Class III payment account (客户确认保留); the others become Class II.

    :param others: the other open Class III payment accounts of the case, under their locks.
    :raises ItemSettled: when there are no others.
    :raises CaseAccountStopped, PaymentBusinessSuspended: of any of them.
    :source: 银发〔2016〕261号 一(一)2, from 2016-12-01.
    """
    if not others:
        raise ItemSettled
    for each in others:
        check_account_business(each)


def check_undo(facts: ItemFacts, way: CleanupWay, *, in_force: bool, lasts: bool) -> None:
    """Check that an action may be taken back (撤销清理): until the campaign is sealed.

    :param way: the action.
    :param in_force: whether it is in force and not taken back.
    :param lasts: whether its effect lasts: the card is still stopped, an account still has the class that it gave.
    :raises CleanupSealed: when the campaign is sealed.
    :raises CleanupNotUndone: for a merge, a closure or a cancellation, an action not in force, or one whose effect has ended.
    :source: house rule.
    """
    if facts.sealed:
        raise CleanupSealed
    if way not in UNDOABLE or not in_force or not lasts:
        raise CleanupNotUndone(way=way.value)


def check_upgrade_back(account: PartyFacts) -> None:
    """Check that an account may return to its class from before a downgrade (撤销降级).

    :raises AccountClosed, CaseAccountStopped, PaymentBusinessSuspended: as for every change of class.
    :source: house rule.
    """
    check_account_business(account)


def placed_back(key: ClassKey, count: int, own_reasons: Sequence[bool]) -> list[bool]:
    """Return for each account that returns to a class whether it takes a slot there.

    :param key: the class from before the downgrade.
    :param count: the number of open accounts of that class, without those that return.
    :param own_reasons: for each account whether it has a reason of its own to exceed the limit.
    :raises ClassIExists, ClassIILimit, PaymentClassIIIExists: when the class is full and an account has no such reason.
    :source: 通告第五条.
    """
    refusal, most = LIMITS[key]
    found = []
    for nth, reason in enumerate(own_reasons, start=count):
        if nth >= most and not reason:
            raise refusal(count=nth, limit=most)
        found.append(nth < most)
    return found
