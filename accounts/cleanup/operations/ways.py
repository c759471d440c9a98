"""What each way of the clean-up writes (清理方式): the plan was checked under the locks, and its action is in force.

Every act on an account or a card that has a decision of its own at the counter has it here, too: the account is closed,
downgraded, upgraded and the card cancelled by whoever approves.
"""

from datetime import datetime
from uuid import UUID

from accounts.cleanup.models import CleanupAction
from accounts.cleanup.queries.plans import ActionPlan, ClassChange
from accounts.cleanup.vocabulary import CardsOfMerge, CleanupWay
from accounts.models import Account, Card
from accounts.policy.closing import is_upgrade
from accounts.queries.losses import status_of
from accounts.vocabulary import AccountKind, AccountStatus, CardStatus, DecisionKind, Rule
from config.kernel.access.keys import Caller
from config.kernel.database.sql import Statement, ask
from config.kernel.trail.decisions import deciding


def carry_out(plan: ActionPlan, action_id: UUID, at: datetime, *, principal: Caller | None) -> None:
    """Write what a plan says, as of the approval of its action.

    :param at: the instant of the approval.
    :param principal: who approves.
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
    """Move the whole balance, then the cards, and close what is empty: nobody sees anything in between."""
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
    standing = CleanupAction.objects.filter(pk=undoes.pk, undone_at=None)
    _insist(standing.update(undone_at=at) == 1)
    if undoes.way == CleanupWay.STOP and plan.card is not None:
        _set_card(plan.card, undoes.stopped_from)
    for each in plan.changes:
        _change(each, at, principal, downgrade_id=None)


def _insist(done: bool) -> None:
    if not done:
        raise RuntimeError("an account, a card or an action changed under its lock")
