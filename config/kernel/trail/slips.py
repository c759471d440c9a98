"""Prints of slips, counted without gaps even when several are printed at once (第几次打印)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from config.kernel.access.keys import Caller
from config.kernel.database.clock import bank_now
from config.kernel.database.ids import new_id
from config.kernel.database.sql import rows
from config.kernel.database.transactions import transaction_required
from config.kernel.models.slips import SlipKind, SlipPrint

# Of two simultaneous prints the later waits for the earlier, finds its number taken and counts again.
_COUNT = """
INSERT INTO kernel_slipprint (id, object_id, kind, nth, at, principal_id)
SELECT %s, %s, %s, coalesce(max(nth), 0) + 1, %s, %s FROM kernel_slipprint WHERE object_id = %s AND kind = %s
ON CONFLICT (object_id, kind, nth) DO NOTHING RETURNING nth
"""


@dataclass(frozen=True, slots=True)
class PrintedSlip:
    """A printed slip.

    :ivar nth: number of the print, 1 for the first.
    """

    kind: SlipKind
    nth: int
    at: datetime

    @property
    def reprint(self) -> bool:
        """Return whether it was printed before."""
        return self.nth > 1


@transaction_required
def print_slip(*, principal: Caller, object_id: UUID, kind: SlipKind) -> PrintedSlip:
    """Record a print of a slip and return its number."""
    at = bank_now()
    while not (found := rows(_COUNT, [new_id(), object_id, kind.value, at, principal.id, object_id, kind.value])):
        continue
    return PrintedSlip(kind, found[0]["nth"], at)


def times_printed(object_id: UUID, kind: SlipKind) -> int:
    """Return how often a slip was printed."""
    return SlipPrint.objects.filter(object_id=object_id, kind=kind).count()
