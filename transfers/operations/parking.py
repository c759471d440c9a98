"""Set aside a transfer that fails its batch, with growing pauses and an alarm, never for ever; wake it again."""

import logging
from collections.abc import Iterable
from uuid import UUID

from config.kernel.database.sql import rows
from config.kernel.database.transactions import owned
from config.kernel.law.refusals import Refusal
from config.logs import constraint_name
from transfers.policy.release import parking_seconds

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
#: So many are woken in one transaction.
WAKE_PIECE = 10_000


def park(transfer_id: UUID, fault: BaseException) -> int:
    """Set a transfer aside after a failure and raise the alarm; it is tried again later.

    The alarm names the transfer and the constraint, never the error's text: that prints whole rows.

    :param fault: whose type is logged, never its text.
    :returns: 1, or 0 when somebody else holds or has ended it meanwhile.
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
    """End the pause of transfers that were set aside: they are looked at at once, and their pauses begin anew.

    :param ids: of these only; None for all.
    :returns: how many were woken; those that somebody is releasing just now are not among them.
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
