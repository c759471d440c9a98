"""Upheld appeals as grounds of revocations (撤销所据申诉); the wing of appeals answers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from config.kernel.wings import of_wings


@dataclass(frozen=True, slots=True)
class Ground:
    """An upheld appeal.

    :ivar named_subject_id: the appellant among the certificate's subjects; None if the certificate does not name the
        appellant.
    :ivar text: label of the appeal with the masked appellant.
    """

    appeal_id: UUID
    named_subject_id: UUID | None
    text: str = field(repr=False)


def grounds_of(certificate_id: UUID) -> list[Ground]:
    """Return the upheld appeals against a certificate, latest first."""
    return [each for found in of_wings("blacklist", "queries.grounds", "grounds_of") for each in found(certificate_id)]


def ground_check(certificate_id: UUID, appeal_id: UUID) -> Callable[[], None] | None:
    """Return a check that an appeal is upheld; None when it is no appeal against the certificate."""
    asked = (check(certificate_id, appeal_id) for check in of_wings("blacklist", "queries.grounds", "ground_check"))
    return next((each for each in asked if each is not None), None)
