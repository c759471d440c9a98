"""Set aside a transfer that fails its batch, wake it, or return it with the approval of two persons.

A transfer set aside is tried again after growing pauses, and its amount stays reserved. To end this, one supervisor
proposes to return it and another approves (终止入账失败的转账): the reservation ends and nothing is posted. If a release
succeeds meanwhile, or the pause is ended by a command, the proposal is stale.
"""

import logging
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.operations import funds
from accounts.queries.holders import holder_id
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.approvals import ApprovalStale, Kind, Record
from config.kernel.database.clock import NOW
from config.kernel.database.sql import Statement, ask, insert, rows, send
from config.kernel.database.transactions import owned, transaction_required
from config.kernel.law.dates import rfc3339
from config.kernel.law.refusals import NotFound, Refusal
from config.kernel.law.text import Text
from config.kernel.models import Approval, Role
from config.kernel.trail.decisions import Deciding, deciding
from config.logs import constraint_name
from transfers.models import Event, Transfer
from transfers.operations.cancel import LOCK
from transfers.policy.release import parking_seconds
from transfers.refusals import NotParked
from transfers.vocabulary import DecisionKind, ReturnCause, Rule, TransferStatus

log = logging.getLogger("bank.release")

_PARK = """
UPDATE transfers_transfer
SET attempts = least(attempts + 1, 32767), parked_until = bank_now() + %s * interval '1 second', parked_reason = %s
WHERE id = %s AND status = 'held' AND attempts = %s
"""
_WAKE = """
WITH parked AS (
    SELECT id FROM transfers_transfer
    WHERE status = 'held' AND parked_until > (SELECT bank_now()) {these}
    ORDER BY parked_until, id LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE transfers_transfer t SET parked_until = greatest(bank_now(), t.due_at), attempts = 0 FROM parked WHERE t.id = parked.id
RETURNING t.id
"""
_WAKE_ANY, _WAKE_THESE = _WAKE.format(these=""), _WAKE.format(these="AND id = ANY(%(ids)s::uuid[])")
#: Maximum of transfers woken in one transaction.
WAKE_PIECE = 10_000


def park(transfer_id: UUID, fault: BaseException) -> int:
    """Set a transfer aside after a failure and log an alarm; it is tried again later.

    The alarm names the transfer and the constraint, never the error's text: which contains whole rows.

    :param fault: the error, of which only the type is logged.
    :returns: 1, or 0 when another process has locked or ended it meanwhile.
    """
    reason = _reason(fault)
    with owned():
        found = rows(
            "SELECT attempts FROM transfers_transfer WHERE id = %s AND status = 'held' FOR NO KEY UPDATE SKIP LOCKED",
            [transfer_id],
        )
        if not found:
            return 0
        failures: int = found[0]["attempts"]
        seconds = parking_seconds(failures)
        rows(_PARK, [seconds, reason, transfer_id, failures])
    log.error(
        "transfer %s failed its release (%s), attempt %d; set aside for %d s",
        transfer_id,
        reason,
        failures + 1,
        seconds,
    )
    return 1


def wake(ids: Iterable[UUID] | None = None) -> int:
    """End the pause of transfers set aside; they are tried at once, and their pauses start anew.

    :param ids: only these transfers; None for all.
    :returns: number of transfers woken, without those that are being released at the moment.
    """
    text, params = (_WAKE_ANY, {}) if ids is None else (_WAKE_THESE, {"ids": list(ids)})
    count = 0
    while True:
        woken = len(rows(text, {**params, "limit": WAKE_PIECE}))
        count += woken
        if woken < WAKE_PIECE:
            return count


def _reason(fault: BaseException) -> str:
    where = fault.code if isinstance(fault, Refusal) else constraint_name(fault)
    name = type(fault).__name__
    return (f"{name}, {where}" if where else name)[:120]


_RETURN = f"""
UPDATE transfers_transfer SET status = 'returned', outcome_code = '{ReturnCause.PARKED_RETURN.value}', ended_at = %s
WHERE id = %s AND status = 'held' AND attempts > 0 AND parked_until IS NOT NULL RETURNING id
"""  # noqa: S608 - constants


@transaction_required
def ask_parked_return(*, principal: Caller, transfer_id: UUID) -> tuple[Transfer, Approval]:
    """Propose to return a transfer that was set aside (申请终止入账失败的转账).

    Until another supervisor approves, it is still tried.

    :raises NotFound: for an unknown transfer.
    :raises NotParked: when it has not failed, is about to be tried, or has ended.
    :raises ApprovalPending: while such a proposal waits for a second person.
    """
    with deciding(
        DecisionKind.ASK_PARKED_RETURN, principal=principal, rule=Rule.PARKED_RETURN, object_id=transfer_id
    ) as decision:
        *_, at = send(Statement(LOCK, [transfer_id]), NOW)
        transfer = KIND.rows().filter(pk=transfer_id).first()
        if transfer is None:
            raise NotFound
        decision.at = at
        concerned = concerned_accounts(transfer)
        decision.customer_id, decision.account_id = concerned.get("customer_id"), concerned.get("account_id")
        decision.facts = {"status": str(transfer.status), "attempts": transfer.attempts}
        if not is_parked(transfer):
            raise NotParked(status=str(transfer.status))
        before = _snapshot(transfer)
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
    """Return whether a transfer is set aside after failures; a woken one is not until it fails again."""
    return transfer.status == TransferStatus.HELD and transfer.attempts > 0 and transfer.parked_until is not None


def _snapshot(transfer: Transfer) -> dict[str, Any]:
    """Return the facts for the checker: the reason of the failure, not the number of attempts, which changes."""
    return {
        "status": str(transfer.status),
        "amount_fen": transfer.amount_fen,
        "channel": str(transfer.channel),
        "due_at": rfc3339(transfer.due_at),
        "parked": is_parked(transfer),
        "parked_reason": transfer.parked_reason,
    }


def _return(transfer: Transfer, _at: datetime, decision: Deciding) -> None:
    """Return a transfer (终止) under its lock and its payer's lock, if it is still set aside."""
    payer_id = transfer.payer_account_id
    if payer_id is None:
        raise ApprovalStale
    *_, at = send(Statement(LOCK, [transfer.id]), funds.lock_statement([payer_id]), NOW)
    decision.at = at
    # The payer's customer may have been merged while the proposal waited.
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


def concerned_accounts(transfer: Transfer) -> dict[str, UUID]:
    """Return the payer's customer and account; none for a refused transfer without a payer."""
    account = transfer.payer_account
    return {"customer_id": account.customer_id, "account_id": account.id} if account else {}


KIND = Kind(
    model=Transfer,
    name="parked_return",
    text=Text("终止入账失败的转账", "Return of a transfer that cannot be posted"),
    role=Role.SUPERVISOR,
    related=("payer_account",),
    record=Record("desk:transfer"),
    summary_fields=("amount_fen", "channel", "parked_reason"),
    in_force=f"status = 'returned' AND outcome_code = '{ReturnCause.PARKED_RETURN.value}'",
    concerns=concerned_accounts,
    snapshot=lambda transfer, _: _snapshot(transfer),
    approve=_return,
    submission_kind=DecisionKind.ASK_PARKED_RETURN.value,
)
