"""Actions on items of the clean-up (清理措施): a teller proposes, a supervisor approves.

Nothing happens while an action is pending. At the approval it is judged again under the locks and takes effect whole.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.cleanup.models import CleanupAction, CleanupCampaign, CleanupItem
from accounts.cleanup.policy import DOWN_TO
from accounts.cleanup.queries.effect import effect_of_action, effect_of_plan
from accounts.cleanup.queries.plans import (
    ActionAsked,
    ActionPlan,
    ClassChange,
    action_snapshot,
    concerned,
    items,
    plan_of,
)
from accounts.cleanup.vocabulary import CardsOfMerge, CleanupWay
from accounts.models import Account, Card
from accounts.operations.holders import Holder, lock_holder
from accounts.policy.closing import is_upgrade
from accounts.queries import parties
from accounts.queries.cards import status_of
from accounts.vocabulary import AccountKind, AccountStatus, CardStatus, DecisionKind, RequestStatus, Rule
from accounts.vocabulary.limits import CleanupLimit
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.approvals import Kind, Record
from config.kernel.database.ids import new_id
from config.kernel.database.sql import Statement, ask
from config.kernel.database.transactions import transaction_required
from config.kernel.law.refusals import BadRequest, NotFound
from config.kernel.law.text import Text
from config.kernel.models import Approval, Role
from config.kernel.trail.decisions import Deciding, deciding

REQUIRED = Text("此项必填。", "This field is required.")
NOT_OF_THIS_WAY = Text("该清理方式不填此项。", "This way takes no such field.")
NOT_THAT_CLASS = Text("该账户不能降为此类别。", "This account cannot fall to that class.")
ANOTHER_WAY = Text("撤销措施须指明所撤销的措施。", "What is taken back is named by its own call.")


@transaction_required
def request_action(
    *,
    principal: Caller,
    item_id: UUID,
    way: CleanupWay,
    reason: str,
    to_account_id: UUID | None = None,
    cards: str = "",
    to_class: str = "",
) -> tuple[CleanupAction, Approval]:
    """Propose an action on an item (申请清理措施); a supervisor decides.

    :param way: one of the law's own actions, but not `undo`.
    :param reason: stored encrypted; it may hold personal data.
    :param to_account_id: of a merge: the account that takes over.
    :param cards: of a merge: what happens to the cards; `move` or `cancel`.
    :param to_class: of a downgrade: the new class; there is one, and it may be left out.
    :raises NotFound: for an unknown item or account.
    :raises BadRequest: on a field that is missing, or that the action does not take.
    :raises Refusal: what the rules of `accounts.cleanup.policy` refuse.
    :raises ApprovalPending: while another action on the same item is pending.
    :source: 通告第五条 (存量清理); 银发〔2016〕261号 一(一), from 2016-12-01; 银监发〔2015〕48号, from 2016-01-01.
    """
    found = items([item_id])
    if not found:
        raise NotFound
    item = found[item_id]
    check_action_fields(item, way, reason, to_account_id, cards, to_class)
    return _propose(
        principal,
        item,
        ActionAsked(way, to_account_id, CardsOfMerge(cards) if cards else None),
        reason,
    )


@transaction_required
def request_undo(*, principal: Caller, action_id: UUID, reason: str) -> tuple[CleanupAction, Approval]:
    """Propose to take back an action in force (申请撤销清理措施), until the campaign is sealed.

    :param reason: stored encrypted; it may hold personal data.
    :raises NotFound: for an unknown action.
    :raises BadRequest: without a reason.
    :raises Refusal: what `check_undo` refuses, and the limits of the class to which an account would return.
    :raises ApprovalPending: while another action on the same item is pending.
    :source: house rule.
    """
    action = CleanupAction.objects.filter(pk=action_id).first()
    if action is None:
        raise NotFound
    if not reason.strip():
        raise BadRequest({"reason": [REQUIRED]})
    return _propose(
        principal, items([action.item_id])[action.item_id], ActionAsked(CleanupWay.UNDO, undoes=action), reason
    )


def _propose(principal: Caller, item: CleanupItem, asked: ActionAsked, reason: str) -> tuple[CleanupAction, Approval]:
    with deciding(DecisionKind.ASK_CLEANUP, principal=principal, rule=Rule.CLEANUP, object_id=item.id) as decision:
        holder, plan = _lock(item, asked)
        decision.at = plan.at
        _note(decision, plan)
        plan.check()
        place = approvals.make_room(KIND, item.id, at=plan.at)
        row = CleanupAction(
            id=new_id(),
            item=item,
            way=asked.way,
            to_account_id=asked.to_account_id,
            cards=asked.cards or "",
            to_class=DOWN_TO[plan.limit] if asked.way is CleanupWay.DOWNGRADE else "",
            undoes=asked.undoes,
            reason=reason,
            asked_at=plan.at,
        )
        return approvals.propose_row(
            place,
            row,
            decision,
            principal=principal,
            after={"way": row.way, "case_id": str(item.case_id), **effect_of_plan(plan).record()},
            # An explanation changes no account, so its approval need not wait for decisions about the holder.
            subject_keys=() if asked.way is CleanupWay.EXPLAIN else holder.keys.locks(),
        )


def _lock(item: CleanupItem, asked: ActionAsked) -> tuple[Holder, ActionPlan]:
    """Lock the holder, the campaign and the accounts concerned; return what the action would do.

    An action and the sealing of its campaign wait for each other. Another customer's account is neither locked nor
    read.

    :raises NotFound: for an unknown account.
    """
    account_id, others = concerned(item, asked)
    wanted = {account_id, *others, *filter(None, [asked.to_account_id])}
    found = {ref.account_id: ref for ref in ask(parties.by_ids(wanted))}
    if wanted - found.keys():
        raise NotFound
    # An account that returns to a class counts together with accounts of possibly the same person.
    holder = lock_holder(found[account_id].customer_id, opens=asked.undoes is not None)
    campaign = CleanupCampaign.objects.raw(_SHARE, [item.case.campaign_id])[0]
    item.case.campaign = campaign
    refs = [ref for ref in found.values() if ref.customer_id == found[account_id].customer_id]
    gathered = parties.lock_parties(refs, lock=[ref.account_id for ref in refs])
    plan = plan_of(item, asked, gathered.at)
    if not {plan.account.id, *(each.id for each in plan.others)} <= {ref.account_id for ref in refs}:
        # While this waited, its card moved to another account, or a customer was merged: lock again.
        return _lock(item, asked)
    return holder, plan


_SHARE = "SELECT * FROM accounts_cleanupcampaign WHERE id = %s FOR SHARE"


def _note(decision: Deciding, plan: ActionPlan) -> None:
    decision.customer_id, decision.account_id = plan.account.customer_id, plan.account.id
    asked = plan.asked
    decision.facts = {
        "item_id": str(plan.item.id),
        "way": asked.way.value,
        "limit_kind": plan.limit.value,
        "balance_fen": plan.party.balance_fen,
        "held_fen": plan.party.held_fen,
        "status": plan.party.status.value,
        "account_class": plan.party.account_class.value,
        "restrictions": sorted({each.code for each in plan.party.restrictions}),
        "live_cards": len(plan.live_cards),
    }
    if plan.card is not None:
        decision.facts |= {"card_id": str(plan.card.id), "card_status": status_of(plan.card, plan.at).value}
    if asked.to_account_id is not None:
        decision.facts |= {
            "to_account_id": str(asked.to_account_id),
            "cards": (asked.cards or CardsOfMerge.CANCEL).value,
        }
    if asked.undoes is not None:
        decision.facts |= {"undoes": str(asked.undoes.id), "undone_way": str(asked.undoes.way)}


def _put_in_force(row: CleanupAction, at: datetime, decision: Deciding) -> None:
    """Carry out an approved action (清理措施生效): judged again under the locks, as of the instant of the approval."""
    _, plan = _lock(items([row.item_id])[row.item_id], ActionAsked.of(row))
    _note(decision, plan)
    plan.check()
    approvals.put_in_force(row, at, **_kept_with(plan))
    carry_out(plan, row.id, at, principal=decision.principal)


def _kept_with(plan: ActionPlan) -> dict[str, Any]:
    """Return the columns in which an action in force records what it did."""
    if plan.asked.way is CleanupWay.MERGE:
        return {"amount_fen": plan.party.balance_fen}
    if plan.asked.way is CleanupWay.STOP and plan.card is not None:
        return {"stopped_from": plan.card.status}
    return {}


def check_action_fields(
    item: CleanupItem, way: CleanupWay, reason: str | None, to_account_id: UUID | None, cards: str, to_class: str
) -> None:
    """Check that an action has the fields that its kind takes, and no others.

    :param reason: None where only the effect is asked for.
    :raises BadRequest: on each field that is wrong.
    """
    wrong: dict[str, list[Any]] = {}
    merges = way is CleanupWay.MERGE
    if way is CleanupWay.UNDO:
        wrong["way"] = [ANOTHER_WAY]
    if reason is not None and not reason.strip():
        wrong["reason"] = [REQUIRED]
    for name, value in (("to_account_id", to_account_id), ("cards", cards)):
        if bool(value) is not merges:
            wrong[name] = [REQUIRED if merges else NOT_OF_THIS_WAY]
    if cards and merges and cards not in CardsOfMerge.values:
        wrong["cards"] = [Text("请选择改挂或销卡。", "Choose to move or to cancel the cards.")]
    if to_class and way is not CleanupWay.DOWNGRADE:
        wrong["to_class"] = [NOT_OF_THIS_WAY]
    elif to_class and DOWN_TO.get(CleanupLimit(item.limit), to_class) != to_class:
        wrong["to_class"] = [NOT_THAT_CLASS]
    if wrong:
        raise BadRequest(wrong)


def _concerns(row: CleanupAction) -> Mapping[str, UUID]:
    card = row.item.card
    account = card.account if card is not None else row.item.account
    assert account is not None  # noqa: S101 - an item is an account's or a card's
    return {"customer_id": account.customer_id, "account_id": account.id}


def _effects(row: CleanupAction, _approval: Approval) -> Mapping[str, str]:
    if row.status != RequestStatus.PENDING:
        return {}
    effect = effect_of_action(row)
    found = {"effect": "\n".join(effect.lines()), "barred_by": effect.bars()}
    return {name: words for name, words in found.items() if words}


KIND = Kind(
    model=CleanupAction,
    text=Text("存量清理措施", "Clean-up action"),
    role=Role.SUPERVISOR,
    related=("item__case__campaign", "item__account", "item__card__account", "to_account", "undoes"),
    record=Record("desk:cleanup-case", "case_id"),
    summary_fields=("way", "account_number", "card_number"),
    rule=Rule.CLEANUP,
    concerns=_concerns,
    snapshot=lambda row, _: action_snapshot(row),
    approve=_put_in_force,
    evidence=lambda row, _: {"reason": row.reason},
    effects=_effects,
    submission_kind=DecisionKind.ASK_CLEANUP.value,
)


def carry_out(plan: ActionPlan, action_id: UUID, at: datetime, *, principal: Caller | None) -> None:
    """Write the effects of a plan, as of the approval of its action.

    :param at: the instant of the approval.
    :param principal: the checker.
    """
    match plan.asked.way:
        case CleanupWay.MERGE:
            _merge(plan, action_id, at, principal)
        case CleanupWay.CANCEL if plan.card is not None:
            _cancel_card(plan, plan.card, at, principal)
        case CleanupWay.CANCEL:
            _close(plan, at, principal)
        case CleanupWay.STOP if plan.card is not None:
            _set_card(plan.card, CardStatus.STOPPED)
        case CleanupWay.DOWNGRADE | CleanupWay.KEEP:
            for each in plan.changes:
                _change(each, at, principal, downgrade_id=action_id)
        case CleanupWay.UNDO:
            _undo(plan, at, principal)


def _merge(plan: ActionPlan, action_id: UUID, at: datetime, principal: Caller | None) -> None:
    """Move the whole balance, then the cards, and close the empty account, in one transaction."""
    to = plan.to
    assert to is not None  # noqa: S101 - the rule has looked at it
    if plan.party.balance_fen:
        ask(Statement("SELECT accounts_post_merge(%s)", [action_id]))
    if plan.asked.cards is CardsOfMerge.MOVE:
        moved = Card.objects.filter(pk__in=[each.pk for each in plan.live_cards]).update(account_id=to.id)
        _insist(moved == len(plan.live_cards))
    _close(plan, at, principal)


def _close(plan: ActionPlan, at: datetime, principal: Caller | None) -> None:
    account_id = plan.account.id
    live = Card.objects.filter(account_id=account_id).exclude(status=CardStatus.CANCELLED)
    live.update(status=CardStatus.CANCELLED, cancelled_at=at)
    closed = Account.objects.filter(pk=account_id, status=AccountStatus.OPEN)
    _insist(closed.update(status=AccountStatus.CLOSED, closed_at=at) == 1)
    with deciding(
        DecisionKind.CLOSE_ACCOUNT, principal=principal, at=at, rule=Rule.CLEANUP, object_id=account_id
    ) as decision:
        decision.customer_id, decision.account_id = plan.account.customer_id, account_id
        decision.facts = {
            "status": AccountStatus.OPEN.value,
            "kind": str(plan.account.kind),
            "class": str(plan.account.account_class),
        }


def _cancel_card(plan: ActionPlan, card: Card, at: datetime, principal: Caller | None) -> None:
    before = status_of(card, at).value
    _set_card(card, CardStatus.CANCELLED, cancelled_at=at)
    with deciding(
        DecisionKind.CANCEL_CARD, principal=principal, at=at, rule=Rule.CLEANUP, object_id=card.id
    ) as decision:
        decision.customer_id, decision.account_id = plan.account.customer_id, plan.account.id
        decision.facts = {"product": str(card.product), "card_status": before}


def _set_card(card: Card, status: str, **more: object) -> None:
    _insist(Card.objects.filter(pk=card.pk, status=card.status).update(status=status, **more) == 1)


def _change(change: ClassChange, at: datetime, principal: Caller | None, *, downgrade_id: UUID | None) -> None:
    account = change.account
    open_one = Account.objects.filter(pk=account.pk, status=AccountStatus.OPEN, account_class=account.account_class)
    changed = open_one.update(account_class=change.to, class_slot=change.slot, downgrade_id=downgrade_id)
    _insist(changed == 1)
    up = is_upgrade(AccountKind(account.kind), type(change.to)(account.account_class), change.to)
    kind = DecisionKind.UPGRADE_ACCOUNT if up else DecisionKind.DOWNGRADE_ACCOUNT
    with deciding(kind, principal=principal, at=at, rule=Rule.CLEANUP, object_id=account.id) as decision:
        decision.customer_id, decision.account_id = account.customer_id, account.id
        decision.facts = {
            "status": AccountStatus.OPEN.value,
            "kind": str(account.kind),
            "class": str(account.account_class),
            "to": change.to.value,
            "excess": change.excess,
        }


def _undo(plan: ActionPlan, at: datetime, principal: Caller | None) -> None:
    undoes = plan.asked.undoes
    assert undoes is not None  # noqa: S101 - what is taken back is named
    in_force = CleanupAction.objects.filter(pk=undoes.pk, undone_at=None)
    _insist(in_force.update(undone_at=at) == 1)
    if undoes.way == CleanupWay.STOP and plan.card is not None:
        _set_card(plan.card, undoes.stopped_from)
    for each in plan.changes:
        _change(each, at, principal, downgrade_id=None)


def _insist(done: bool) -> None:
    if not done:
        raise RuntimeError("an account, a card or an action changed under its lock")
