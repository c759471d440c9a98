"""Set aside a transfer that fails its batch, with growing pauses and an alarm, never for ever."""

import logging
from uuid import UUID

from django.db import transaction

from config.kernel.sql import rows
from config.logs import constraint_name
from transfers.policy.release import parking_seconds

log = logging.getLogger("bank.release")

_PARK = """
UPDATE transfers_transfer
SET attempts = least(attempts + 1, 32767), parked_until = bank_now() + %s * interval '1 second'
WHERE id = %s AND status = 'held' AND attempts = %s
"""


def park(transfer_id: UUID, fault: BaseException) -> int:
    """Set a transfer aside after a failure and raise the alarm; it is tried again later.

    The alarm names the transfer and the constraint, never the error's text: that prints whole rows.

    :returns: 1, or 0 when somebody else holds or has ended it meanwhile.
    """
    with transaction.atomic():
        found = rows(
            "SELECT attempts FROM transfers_transfer WHERE id = %s AND status = 'held' FOR NO KEY UPDATE SKIP LOCKED",
            [transfer_id],
        )
        if not found:
            return 0
        failures: int = found[0]["attempts"]
        seconds = parking_seconds(failures)
        rows(_PARK, [seconds, transfer_id, failures])
    log.error(
        "transfer %s failed its release (%s, %s), attempt %d; set aside for %d s",
        transfer_id,
        type(fault).__name__,
        constraint_name(fault),
        failures + 1,
        seconds,
    )
    return 1
