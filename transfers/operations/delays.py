"""Delay one held transfer on a suspicion of fraud (延缓到账): once, with the approval of a second person.

A proposal that waits holds nothing up: at its due instant the transfer is posted, and the proposal is stale.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.approvals import ApprovalStale, Kind, Record
from config.kernel.database.clock import NOW, bank_now
from config.kernel.database.sql import Statement, send
from config.kernel.database.transactions import transaction_required
from config.kernel.law.dates import rfc3339
from config.kernel.law.refusals import NotFound
from config.kernel.law.text import Text
from config.kernel.models import Approval, Role
from config.kernel.trail.decisions import Deciding, deciding
from transfers.models import Suspicion, Transfer, TransferDelay
from transfers.operations.cancel import LOCK
from transfers.operations.parking import concerned_accounts
from transfers.policy.delays import check_delay
from transfers.vocabulary import Rule

_STILL = "SELECT id FROM transfers_transfer WHERE id = %s AND status = 'held' AND first_due_at IS NULL AND due_at > %s"
_MOVE = "UPDATE transfers_transfer SET first_due_at = due_at, due_at = %s WHERE id = %s RETURNING id"


@transaction_required
def ask_delay(
    *, principal: Caller, transfer_id: UUID, until: datetime, reason: str, suspicion_id: UUID
) -> tuple[TransferDelay, Approval]:
    """Propose to delay a held transfer (申请延缓到账).

    :param until: the new due instant.
    :param reason: kept sealed; the payer never learns it.
    :raises NotFound: for an unknown transfer or suspicion.
    :raises BadRequest: for an instant that is not later than the due one, or too late.
    :raises DelayNotOffered: when the transfer is not held, is due, or was delayed before.
    :raises ApprovalPending: while such a proposal waits for a second person.
    """
    with deciding(KIND.name, principal=principal, rule=Rule.DELAY, object_id=transfer_id) as decision:
        at = bank_now()
        transfer = Transfer.objects.select_related("payer_account").filter(pk=transfer_id).first()
        suspicion = Suspicion.objects.filter(pk=suspicion_id).first()
        if transfer is None or suspicion is None:
            raise NotFound
        decision.at = at
        concerned = concerned_accounts(transfer)
        decision.customer_id, decision.account_id = concerned.get("customer_id"), concerned.get("account_id")
        decision.facts = {"transfer_id": str(transfer.id), "due_at": rfc3339(transfer.due_at)}
        check_delay(transfer.status, transfer.due_at, transfer.first_due_at, until=until, at=at)
        place = approvals.make_room(KIND, transfer.id, at=at)
        row = TransferDelay(transfer=transfer, until=until, reason=reason, suspicion=suspicion, asked_at=at)
        return approvals.propose_row(place, row, decision, principal=principal, after={"due_at": rfc3339(until)})


def _snapshot(row: TransferDelay) -> dict[str, Any]:
    return {
        "status": str(row.status),
        "transfer_id": str(row.transfer_id),
        "due_at": rfc3339(row.transfer.due_at),
        "amount_fen": row.transfer.amount_fen,
    }


def _delay(row: TransferDelay, _at: datetime, decision: Deciding) -> None:
    """Move the due instant under the transfer's lock, if the transfer is still held and not due."""
    *_, at = send(Statement(LOCK, [row.transfer_id]), NOW)
    decision.at = at
    decision.facts = {"transfer_id": str(row.transfer_id), "due_at": rfc3339(row.until)}
    # Asked before anything is written, because the refusal is kept.
    (still,) = send(Statement(_STILL, [row.transfer_id, at]))
    if not still:
        raise ApprovalStale
    approvals.put_in_force(row, at)
    send(Statement(_MOVE, [row.until, row.transfer_id]))


def _evidence(row: TransferDelay, _approval: Approval) -> Mapping[str, str]:
    return {"reason": row.reason}


KIND = Kind(
    model=TransferDelay,
    name="transfer_delay",
    text=Text("延缓到账", "Delay of a transfer"),
    role=Role.COMPLIANCE,
    related=("transfer__payer_account",),
    record=Record("desk:transfer", "transfer_id"),
    summary_fields=("until",),
    rule=Rule.DELAY,
    concerns=lambda row: concerned_accounts(row.transfer),
    snapshot=lambda row, _: _snapshot(row),
    approve=_delay,
    evidence=_evidence,
)
