"""On which appeals a revocation may rest (撤销所据申诉): who keeps appeals tells, and the core imports none of that."""

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from config.kernel.wings import of_wings


@dataclass(frozen=True, slots=True)
class Ground:
    """An appeal that was upheld.

    :ivar named_subject_id: whom of the certificate it is about; None where the paper does not name the appellant.
    :ivar text: what it is called, who appealed masked.
    """

    appeal_id: UUID
    named_subject_id: UUID | None
    text: str = field(repr=False)


def grounds_of(certificate_id: UUID) -> list[Ground]:
    """Return the appeals against a certificate that were upheld, the last one first."""
    return [each for found in of_wings("blacklist", "queries.grounds", "grounds_of") for each in found(certificate_id)]


def ground_check(certificate_id: UUID, appeal_id: UUID) -> Callable[[], None] | None:
    """Return the check that an appeal was upheld; None where it is no appeal against the certificate."""
    asked = (check(certificate_id, appeal_id) for check in of_wings("blacklist", "queries.grounds", "ground_check"))
    return next((each for each in asked if each is not None), None)
