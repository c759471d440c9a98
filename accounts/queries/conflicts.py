"""Whose document number was entered under another name, when and by whom (身份冲突); the attempt registered nobody."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from accounts.models import IdentityConflict
from accounts.queries.subject_lines import SubjectLine, subject_lines
from config.kernel.identity.masking import mask_name

#: How many a customer's page shows, the newest first.
OF_CUSTOMER = 5


@dataclass(frozen=True, slots=True)
class ConflictLine:
    """One attempt, masked.

    :ivar entered: the name that was entered; the customer of the number has another.
    :ivar by: who entered it, empty where nobody is on record.
    """

    id: UUID
    customer_id: UUID
    subject: SubjectLine | None
    entered: str
    at: datetime
    by: str


def conflicts_page(*, before: UUID | None, limit: int) -> tuple[list[ConflictLine], UUID | None]:
    """Return a page of conflicts, the newest first, and the last one's id when there are more; in three queries.

    :param before: the id of the last one of the page before.
    """
    found = IdentityConflict.objects.all() if before is None else IdentityConflict.objects.filter(pk__lt=before)
    rows = list(found.select_related("principal").order_by("-pk")[: limit + 1])
    subjects = subject_lines({row.customer_id for row in rows[:limit]})
    return list(_lines(rows[:limit], subjects)), rows[limit - 1].pk if len(rows) > limit else None


def conflicts_of(customer_id: UUID) -> list[ConflictLine]:
    """Return a customer's newest conflicts, and those of who was merged into it, in one query."""
    of_customer = Q(customer_id=customer_id) | Q(customer__merged_into_id=customer_id)
    rows = IdentityConflict.objects.filter(of_customer).select_related("principal").order_by("-pk")
    return list(_lines(rows[:OF_CUSTOMER], {}))


def _lines(rows: Iterable[IdentityConflict], subjects: dict[UUID, SubjectLine]) -> Iterable[ConflictLine]:
    for row in rows:
        yield ConflictLine(
            id=row.pk,
            customer_id=row.customer_id,
            subject=subjects.get(row.customer_id),
            entered=mask_name(row.name),
            at=row.at,
            by=row.principal.name if row.principal else "",
        )
