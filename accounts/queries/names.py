"""Other names of customers: former names (曾用名), and names entered with their number (身份冲突).

The attempt under another name registered nobody.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import ConflictReview, Customer, IdentityConflict, NameChange
from accounts.queries.customers import WholeCustomer, whole_customer
from accounts.queries.subject_lines import SubjectLine, subject_lines
from accounts.vocabulary import RequestStatus
from config.kernel.database.pages import newest_page
from config.kernel.identity.masking import mask_name
from config.kernel.models import Principal
from config.kernel.vault.masked import masked
from config.kernel.vault.sealed import name_key

#: How many a customer's page shows, the newest first.
OF_CUSTOMER = 5
#: So many customers of the name that was entered are shown beside it.
NAMESAKES = 5


@dataclass(frozen=True, slots=True)
class ConflictLine:
    """One identity conflict, masked.

    :ivar entered: the name that was entered; the customer of the number has another.
    :ivar by: who entered it by name, empty where nobody is on record.
    :ivar review: what it turned out to be, None while nobody has said.
    """

    id: UUID
    customer_id: UUID
    subject: SubjectLine | None
    entered: str
    at: datetime
    by: str
    entered_by: Principal | None
    review: ConflictReview | None


@dataclass(frozen=True, slots=True)
class WholeConflict:
    """Both sides of a conflict, unmasked."""

    customer: WholeCustomer
    entered: str = field(repr=False)


def conflicts_page(*, before: UUID | None, limit: int, ended: bool = False) -> tuple[list[ConflictLine], UUID | None]:
    """Return a page of conflicts, the newest first, and the last one's id when there are more; in four queries at most.

    :param before: the id of the last one of the page before.
    :param ended: those that were ended; else those that nobody has ended.
    """
    found = _open_conflicts(IdentityConflict.objects.all(), ended=ended)
    rows, older = newest_page(_with_reviews(found), before, limit)
    return list(_lines(rows, subject_lines({row.customer_id for row in rows}))), older


def conflicts_of(customer_id: UUID) -> list[ConflictLine]:
    """Return the newest open conflicts of a customer and of customers merged into it, in two queries."""
    of_customer = Q(customer_id=customer_id) | Q(customer__merged_into_id=customer_id)
    found = _open_conflicts(IdentityConflict.objects.filter(of_customer))
    return list(_lines(_with_reviews(found).order_by("-pk")[:OF_CUSTOMER], {}))


def conflict_line(conflict_id: UUID) -> ConflictLine | None:
    """Return one conflict, open or ended."""
    rows = list(_with_reviews(IdentityConflict.objects.filter(pk=conflict_id)))
    return next(iter(_lines(rows, subject_lines({row.customer_id for row in rows}))), None)


def namesakes_of(conflict_id: UUID) -> list[SubjectLine]:
    """Return the other customers with the entered name: the entry may have meant one of them."""
    conflict = IdentityConflict.objects.select_related("customer").get(pk=conflict_id)
    found = Customer.objects.filter(name_index=name_key(conflict.name), merged_into=None)
    who = conflict.customer.merged_into_id or conflict.customer_id
    others = found.exclude(pk=who).order_by("pk").values_list("pk", flat=True)
    return list(subject_lines(others[:NAMESAKES]).values())


def whole_conflict(conflict_id: UUID) -> WholeConflict | None:
    """Return both sides of a conflict, unmasked; None for an unknown id."""
    conflict = IdentityConflict.objects.filter(pk=conflict_id).first()
    customer = whole_customer(conflict.customer_id) if conflict else None
    return WholeConflict(customer, conflict.name) if conflict and customer else None


def _open_conflicts(found: QuerySet[IdentityConflict], *, ended: bool = False) -> QuerySet[IdentityConflict]:
    """Return the open or the ended ones of some conflicts."""
    review = Exists(ConflictReview.objects.filter(conflict=OuterRef("pk")))
    return found.filter(review if ended else ~review)


def _with_reviews(found: QuerySet[IdentityConflict]) -> QuerySet[IdentityConflict]:
    return found.select_related("principal").prefetch_related("reviews__principal")


def _lines(rows: Iterable[IdentityConflict], subjects: dict[UUID, SubjectLine]) -> Iterable[ConflictLine]:
    for row in rows:
        yield ConflictLine(
            id=row.pk,
            customer_id=row.customer_id,
            subject=subjects.get(row.customer_id),
            entered=masked(row, "name"),
            at=row.at,
            by=row.principal.name if row.principal else "",
            entered_by=row.principal,
            review=next(iter(row.reviews.all()), None),
        )


@dataclass(frozen=True, slots=True)
class FormerName:
    """A former name of a customer, whole, and until when it was used."""

    name: str = field(repr=False)
    until: datetime


def former_names_of(customer_ids: Collection[UUID]) -> Mapping[UUID, list[FormerName]]:
    """Return the former names of customers, the last one first; customers without one are left out."""
    found: defaultdict[UUID, list[FormerName]] = defaultdict(list)
    changes = NameChange.objects.filter(customer_id__in=list(customer_ids), status=RequestStatus.IN_FORCE)
    for each in changes.order_by("-in_force_at", "-id"):
        if each.in_force_at is not None:
            found[each.customer_id].append(FormerName(each.old_name, each.in_force_at))
    return found


#: How many attempts under another name are shown, the newest first.
_MOST = 3


@dataclass(frozen=True, slots=True)
class NameLine:
    """A name, masked, with its last day, or the instant of its entry."""

    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OtherNames:
    """Former names, and names entered with the customer's document number (身份冲突)."""

    former: tuple[NameLine, ...] = ()
    conflicts: tuple[NameLine, ...] = ()


def other_names_of(customer_id: UUID) -> OtherNames:
    """Return a customer's former names, and the names of the newest open conflicts."""
    former = former_names_of([customer_id]).get(customer_id, [])
    attempts = _open_conflicts(IdentityConflict.objects.filter(customer_id=customer_id)).order_by("-at", "-id")[:_MOST]
    return OtherNames(
        tuple(NameLine(mask_name(each.name), each.until) for each in former),
        tuple(NameLine(masked(each, "name"), each.at) for each in attempts),
    )
