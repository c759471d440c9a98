"""Give back by two persons what cannot be posted (终止入账失败的转账).

A transfer that fails its release again and again is tried for ever, with pauses: its amount stays reserved. One
supervisor proposes to return it and another approves; the reservation ends, nothing is posted. Where a release succeeds
meanwhile, or the pause is ended by hand, the proposal is stale.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.operations import funds
from accounts.queries.holders import holder_id
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.approvals import ApprovalStale, Kind, Lapse, Record, no_evidence
from config.kernel.approvals.registry import Rule as ProposalRule
from config.kernel.database.clock import NOW
from config.kernel.database.sql import Statement, ask, insert, send
from config.kernel.database.transactions import transaction_required
from config.kernel.law.dates import rfc3339
from config.kernel.law.refusals import NotFound
from config.kernel.law.text import Text
from config.kernel.models import Approval, Role
from config.kernel.trail.decisions import Deciding, deciding
from transfers.models import Event, Transfer
from transfers.operations.cancel import LOCK
from transfers.refusals import NotParked
from transfers.vocabulary import DecisionKind, ReturnCause, Rule, TransferStatus

_RETURN = f"""
UPDATE transfers_transfer SET status = 'returned', outcome_code = '{ReturnCause.PARKED_RETURN.value}', ended_at = %s
WHERE id = %s AND status = 'held' AND attempts > 0 AND parked_until IS NOT NULL RETURNING id
"""  # noqa: S608 - constants


@transaction_required
def ask_parked_return(*, principal: Caller, transfer_id: UUID) -> tuple[Transfer, Approval]:
    """Propose that a transfer which was set aside be returned (申请终止入账失败的转账).

    It is tried on meanwhile, and returned only once another supervisor approves.

    :raises NotFound: for an unknown transfer.
    :raises NotParked: when it has not failed, is being tried at once, or has ended.
    :raises ApprovalPending: while the same waits for a second person.
    """
    with deciding(
        DecisionKind.ASK_PARKED_RETURN, principal=principal, rule=Rule.PARKED_RETURN, object_id=transfer_id
    ) as decision:
        *_, at = send(Statement(LOCK, [transfer_id]), NOW)
        transfer = _rows().filter(pk=transfer_id).first()
        if transfer is None:
            raise NotFound
        decision.at = at
        concerned = _concerns(transfer)
        decision.customer_id, decision.account_id = concerned.get("customer_id"), concerned.get("account_id")
        decision.facts = {"status": str(transfer.status), "attempts": transfer.attempts}
        if not is_parked(transfer):
            raise NotParked(status=str(transfer.status))
        before = _as_it_is(transfer)
        approval = approvals.propose(
            approvals.make_room(KIND, transfer.id, at=at),
            principal=principal,
            object_id=transfer.id,
            before=before,
            after=before
            | {
                "status": TransferStatus.RETURNED.value,
                "outcome_code": ReturnCause.PARKED_RETURN.value,
                "parked": False,
            },
        )
        return transfer, approval


def is_parked(transfer: Transfer) -> bool:
    """Say whether a transfer has failed its release and was set aside; one that was woken is not until it fails again."""
    return transfer.status == TransferStatus.HELD and transfer.attempts > 0 and transfer.parked_until is not None


def _as_it_is(transfer: Transfer) -> dict[str, Any]:
    """Return what the checker decides about; how often it was tried changes all the time, why it failed seldom."""
    return {
        "status": str(transfer.status),
        "amount_fen": transfer.amount_fen,
        "channel": str(transfer.channel),
        "due_at": rfc3339(transfer.due_at),
        "parked": is_parked(transfer),
        "parked_reason": transfer.parked_reason,
    }


def _return(transfer: Transfer, _at: datetime, decision: Deciding) -> None:
    """Return a transfer (终止): under its lock and its payer's, if it is still set aside."""
    payer_id = transfer.payer_account_id
    if payer_id is None:
        raise ApprovalStale
    *_, at = send(Statement(LOCK, [transfer.id]), funds.lock_statement([payer_id]), NOW)
    decision.at = at
    # The payer's customer may have been merged while this waited.
    decision.customer_id = holder_id(payer_id)
    decision.facts = {"amount_fen": transfer.amount_fen, "parked_reason": transfer.parked_reason}
    step = Event(
        transfer_id=transfer.id,
        at=at,
        actor_id=decision.principal.id if decision.principal else None,
        old_status=TransferStatus.HELD,
        new_status=TransferStatus.RETURNED,
        code=ReturnCause.PARKED_RETURN,
    )
    (moved,) = send(Statement(_RETURN, [at, transfer.id]))
    if len(moved) != 1:
        raise ApprovalStale
    ask(insert(step))


def _rows() -> Any:
    return Transfer.objects.select_related("payer_account").defer("memo", "screen_evidence", "cancel_reason")


def _concerns(transfer: Transfer) -> dict[str, UUID]:
    account = transfer.payer_account
    return {"customer_id": account.customer_id, "account_id": account.id} if account else {}


KIND: Kind[Transfer] = Kind(
    name="parked_return",
    text=Text("终止入账失败的转账", "Return of a transfer that cannot be posted"),
    role=Role.SUPERVISOR,
    object_type="transfer",
    rows=_rows,
    record=Record("desk:transfer"),
    telling=("amount_fen", "channel", "parked_reason"),
    in_force=f"status = 'returned' AND outcome_code = '{ReturnCause.PARKED_RETURN.value}'",
    rule=ProposalRule.PUT_IN_FORCE,
    concerns=_concerns,
    snapshot=lambda transfer, _: _as_it_is(transfer),
    approve=_return,
    # A transfer that was set aside is tried on, whatever else becomes of the proposal.
    end=lambda ids, _: len(ids),
    evidence=no_evidence,
    brings=no_evidence,
    asked_as=DecisionKind.ASK_PARKED_RETURN.value,
    lapses=Lapse.AFTER_DAYS,
)
