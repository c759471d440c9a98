"""Sections about appeals that the pages of the register include."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from blacklist.appeals.models import Appeal
from blacklist.appeals.queries.appeals import appeals_of, due_on_of, open_appeals, revocations_of
from blacklist.desk.sections import WingSection
from blacklist.models import Certificate, Revocation
from config.kernel.approvals import latest_about


def of_certificate(certificate: Certificate) -> WingSection | None:
    """Return the section with a certificate's appeals, or None when there are none."""
    found = with_revocations(appeals_of(certificate.id))
    rows = [(each, due_on_of(each), revoked) for each, revoked in found]
    return WingSection("blacklist/desk/certificate_appeals.html", rows) if rows else None


def of_due(today: date) -> WingSection:
    """Return the section with the appeals that wait for an answer, even when it is empty."""
    rows = [(each, due_on_of(each), due_on_of(each) < today) for each in open_appeals()]  # type: ignore[operator]
    return WingSection("blacklist/desk/due_appeals.html", rows)


def with_revocations(appeals: Sequence[Appeal]) -> list[tuple[Appeal, list[tuple[Revocation, UUID]]]]:
    """Return each appeal with the revocations that name it, and each revocation with its proposal."""
    revoked = revocations_of(appeals)
    proposals = latest_about([one.id for each in revoked.values() for one in each])
    return [(each, [(one, proposals[one.id]) for one in revoked[each.id]]) for each in appeals]
