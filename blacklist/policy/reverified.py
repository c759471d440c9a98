"""What a holder identified anew is freed from (重新核实): decided by the order of acts, at one instant too."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Reverified:
    """A holder's last re-verification in force.

    :ivar at: the instant of its approval.
    :ivar knowing: the certificates of case accounts that its checker was shown. They were in force before it, though
        the clock may have stood still since.
    """

    at: datetime
    knowing: frozenset[UUID] = frozenset()

    def comes_after(self, certificate_id: UUID, in_force_at: datetime) -> bool:
        """Say whether a certificate was in force before it: only such a one's suspension does it lift.

        :source: 银发〔2016〕261号 一(二), from 2017-01-01; house rule: of two acts at one instant the order counts.
        """
        return in_force_at < self.at or (in_force_at == self.at and certificate_id in self.knowing)


def reverified(at: datetime | None, knowing: Collection[UUID] | None) -> Reverified | None:
    """Return a holder's last re-verification as it stands with the holder, None where there was none."""
    return None if at is None else Reverified(at, frozenset(knowing or ()))
