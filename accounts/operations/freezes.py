"""Freeze an account and lift a freeze (冻结、解除冻结).

A freeze is a restriction, not a status of the account: an account may have several, each with its own order and end,
and each is lifted separately.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from accounts import ledger
from accounts.models import Freeze, FreezeLift
from accounts.operations.holders import lock_account
from accounts.policy.closing import check_freeze
from accounts.queries.holders import holder_id
from accounts.queries.restriction_ends import after_freeze_lift
from accounts.refusals.opening import FreezeState
from accounts.vocabulary import (
    DecisionKind,
    FreezeStatus,
    Rule,
)
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.approvals import Kind, Record
from config.kernel.database.clock import bank_now
from config.kernel.database.ids import new_id
from config.kernel.database.transactions import transaction_required
from config.kernel.law.dates import rfc3339
from config.kernel.law.refusals import BadRequest, NotFound
from config.kernel.law.text import Text
from config.kernel.models import Approval, Role
from config.kernel.trail.decisions import Deciding, deciding


@transaction_required
def place_freeze(
    *, principal: Caller, account_id: UUID, authority: str, order_no: str, until: datetime | None
) -> Freeze:
    """Freeze an account (冻结): in force at once, for every debit, at the counter too.

    :param until: the exclusive end, after now; None for a freeze that lasts until it is lifted.
    :raises NotFound: for an unknown account.
    :raises BadRequest: when `until` has passed.
    :raises AccountClosed: there is nothing to freeze.
    """
    with deciding(DecisionKind.PLACE_FREEZE, principal=principal, rule=Rule.FREEZE, account_id=account_id) as decision:
        _, party, at = lock_account(account_id)
        if until is not None and until <= at:
            raise BadRequest({"until": [Text("冻结期限须晚于现在。", "The end of a freeze must be in the future.")]})
        decision.at, decision.customer_id = at, party.customer_id
        decision.facts = {
            "status": party.status.value,
            "authority": authority,
            "order_no": order_no,
            "until": rfc3339(until),
        }
        check_freeze(party)
        freeze = Freeze(
            id=new_id(), account_id=account_id, authority=authority, order_no=order_no, placed_at=at, until=until
        )
        freeze.save(force_insert=True)
        decision.object_id = freeze.id
        return freeze


@transaction_required
def ask_freeze_lift(*, principal: Caller, freeze_id: UUID, order_no: str, reason: str) -> tuple[Freeze, Approval]:
    """Request the lift of a freeze (申请解除冻结); the freeze lasts until a second person approves.

    :param reason: why; kept sealed, it may hold personal data.
    :raises NotFound: for an unknown freeze.
    :raises FreezeState: it is lifted or has expired.
    :raises ApprovalPending: the same lift waits already.
    """
    with deciding(DecisionKind.ASK_FREEZE_LIFT, principal=principal, rule=Rule.FREEZE, object_id=freeze_id) as decision:
        account_id = Freeze.objects.filter(pk=freeze_id).values_list("account_id", flat=True).first()
        if account_id is None:
            raise NotFound
        _, party, at = lock_account(account_id)
        freeze = Freeze.objects.get(pk=freeze_id)
        decision.at, decision.customer_id, decision.account_id = at, party.customer_id, account_id
        decision.facts = {"freeze_status": freeze_status(freeze, at).value}
        if freeze_status(freeze, at) != FreezeStatus.IN_FORCE:
            raise FreezeState(freeze_status=freeze_status(freeze, at).value)
        approval = approvals.propose(
            approvals.make_room(KIND, freeze.id, at=at),
            principal=principal,
            object_id=freeze.id,
            before=_snapshot(freeze, at),
            after=_snapshot(freeze, at) | {"status": FreezeStatus.LIFTED.value, "lift_order_no": order_no},
        )
        FreezeLift(id=new_id(), freeze=freeze, order_no=order_no, reason=reason, asked_at=at).save(force_insert=True)
        return freeze, approval


def freeze_status(freeze: Freeze, at: datetime) -> FreezeStatus:
    """Return the status of a freeze at an instant; it ends without a job."""
    if freeze.lifted_at is not None:
        return FreezeStatus.LIFTED
    return FreezeStatus.EXPIRED if freeze.until is not None and freeze.until <= at else FreezeStatus.IN_FORCE


def _snapshot(freeze: Freeze, at: datetime) -> dict[str, Any]:
    return {
        "status": freeze_status(freeze, at).value,
        "account_id": str(freeze.account_id),
        "authority": freeze.authority,
        "order_no": freeze.order_no,
        "until": rfc3339(freeze.until),
    }


def _lift(freeze: Freeze, _at: datetime, decision: Deciding) -> None:
    """Lift a freeze (解除冻结): the account's other restrictions stay."""
    ledger.lock([freeze.account_id])
    at = decision.at = bank_now()
    # The customer may have been merged during the wait for the lock.
    decision.customer_id = holder_id(freeze.account_id)
    # A freeze that expired during the wait for the lock needs no lift.
    in_force = Freeze.objects.filter(Q(until=None) | Q(until__gt=at), pk=freeze.pk, lifted_at=None)
    if in_force.update(lifted_at=at) != 1:
        raise approvals.ApprovalStale


def _evidence(freeze: Freeze, approval: Approval) -> Mapping[str, str]:
    # Earlier proposals to lift the same freeze have reasons of their own.
    lift = FreezeLift.objects.filter(freeze=freeze, asked_at=approval.made_at).order_by("-id").first()
    return {"reason": lift.reason} if lift else {}


def _effects(freeze: Freeze, _approval: Approval) -> Mapping[str, str]:
    """Return the restrictions of the holder that remain after the lift."""
    return after_freeze_lift(freeze.account.customer_id, freeze.id, bank_now())


KIND = Kind(
    model=Freeze,
    name="freeze_lift",
    text=Text("解除冻结", "Lift of a freeze"),
    role=Role.COMPLIANCE,
    related=("account",),
    record=Record("desk:account", "account_id"),
    summary_fields=("authority", "order_no", "lift_order_no"),
    in_force="lifted_at IS NOT NULL",
    rule=Rule.FREEZE,
    snapshot=lambda freeze, _: _snapshot(freeze, bank_now()),
    approve=_lift,
    evidence=_evidence,
    effects=_effects,
    submission_kind=DecisionKind.ASK_FREEZE_LIFT.value,
)
