"""Other names of customers: former names (曾用名), and names entered with their number (身份冲突).

An attempt under another name registers no customer.
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

#: The most conflicts that a customer's page shows, the newest first.
CONFLICTS_SHOWN = 5
#: The most other customers with the entered name that are shown.
NAMESAKES_MAX = 5


@dataclass(frozen=True, slots=True)
class ConflictLine:
    """One identity conflict, masked.

    :ivar entered: the name that was entered; the customer with the number has another one.
    :ivar by: the name of the person who entered it, empty where none is on record.
    :ivar review: its review, None while the conflict is open.
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
    :param ended: True for reviewed conflicts, False for open ones.
    """
    conflicts = _conflicts(IdentityConflict.objects.all(), ended=ended)
    rows, older = newest_page(_with_reviews(conflicts), before, limit)
    return list(_lines(rows, subject_lines({row.customer_id for row in rows}))), older


def conflicts_of(customer_id: UUID) -> list[ConflictLine]:
    """Return the newest open conflicts of a customer and of customers merged into it, in two queries."""
    of_customer = Q(customer_id=customer_id) | Q(customer__merged_into_id=customer_id)
    conflicts = _conflicts(IdentityConflict.objects.filter(of_customer))
    return list(_lines(_with_reviews(conflicts).order_by("-pk")[:CONFLICTS_SHOWN], {}))


def conflict_line(conflict_id: UUID) -> ConflictLine | None:
    """Return one conflict, open or ended."""
    rows = list(_with_reviews(IdentityConflict.objects.filter(pk=conflict_id)))
    return next(iter(_lines(rows, subject_lines({row.customer_id for row in rows}))), None)


def namesakes_of(conflict_id: UUID) -> list[SubjectLine]:
    """Return the other customers with the entered name: the entry may have meant one of them."""
    conflict = IdentityConflict.objects.select_related("customer").get(pk=conflict_id)
    namesakes = Customer.objects.filter(name_index=name_key(conflict.name), merged_into=None)
    surviving_id = conflict.customer.merged_into_id or conflict.customer_id
    others = namesakes.exclude(pk=surviving_id).order_by("pk").values_list("pk", flat=True)
    return list(subject_lines(others[:NAMESAKES_MAX]).values())


def whole_conflict(conflict_id: UUID) -> WholeConflict | None:
    """Return both sides of a conflict, unmasked; None for an unknown id."""
    conflict = IdentityConflict.objects.filter(pk=conflict_id).first()
    customer = whole_customer(conflict.customer_id) if conflict else None
    return WholeConflict(customer, conflict.name) if conflict and customer else None


def _conflicts(rows: QuerySet[IdentityConflict], *, ended: bool = False) -> QuerySet[IdentityConflict]:
    """Return those of some conflicts that are open, or those that were ended."""
    review = Exists(ConflictReview.objects.filter(conflict=OuterRef("pk")))
    return rows.filter(review if ended else ~review)


def _with_reviews(rows: QuerySet[IdentityConflict]) -> QuerySet[IdentityConflict]:
    return rows.select_related("principal").prefetch_related("reviews__principal")


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
    former: defaultdict[UUID, list[FormerName]] = defaultdict(list)
    changes = NameChange.objects.filter(customer_id__in=list(customer_ids), status=RequestStatus.IN_FORCE)
    for each in changes.order_by("-in_force_at", "-id"):
        if each.in_force_at is not None:
            former[each.customer_id].append(FormerName(each.old_name, each.in_force_at))
    return former


#: The most attempts under another name that are shown, the newest first.
_ATTEMPTS_MAX = 3


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
    attempts = _conflicts(IdentityConflict.objects.filter(customer_id=customer_id)).order_by("-at", "-id")[
        :_ATTEMPTS_MAX
    ]
    return OtherNames(
        tuple(NameLine(mask_name(each.name), each.until) for each in former),
        tuple(NameLine(masked(each, "name"), each.at) for each in attempts),
    )
