"""The audit trail by its filters, the newest first; an id is a person's, a customer's, an account's or an object's."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import BooleanField, OuterRef, Q, QuerySet, Subquery, Value
from django.utils import timezone

from accounts.queries.customer_restrictions import subject_keys_of
from accounts.queries.merged_customers import ids_of_customer
from accounts.queries.records import records_of
from blacklist.queries.certificates import ids_naming
from config.kernel.models import Approval, Decision, Principal, TrailKind, TrailOutcome, TrailRecord
from config.oversight.queries.evidence import Filters
from transfers.queries.transfers import transfers_with

#: Refusals and misses of so many minutes are shown to an operator.
REFUSED_MINUTES = 5


#: How somebody came in or out, or tried.
SIGN_INS = (
    TrailKind.SIGN_IN,
    TrailKind.RECOVERY_CODE,
    TrailKind.SIGN_OUT,
    TrailKind.SCREEN_LOCK,
    TrailKind.WRONG_PASSWORD,
    TrailKind.WRONG_CODE,
    TrailKind.WRONG_ENROLMENT,
    TrailKind.LOCK_OUT,
    TrailKind.UNLOCK,
)
#: What somebody saw of somebody.
LOOKS = (
    TrailKind.LOOK_UP_CUSTOMER,
    TrailKind.LOOK_UP_ACCOUNT,
    TrailKind.SCREENING,
    TrailKind.VIEW,
    TrailKind.LISTING,
    TrailKind.UNMASK,
    TrailKind.EXPORT,
)
#: So many lines are counted at most; more read as more than that.
COUNTED = 9_999


def trail_of(
    filters: Filters, outcome: str = "", kinds: Collection[str] = (), who: str = "", *, oldest: bool = False
) -> QuerySet[TrailRecord]:
    """Return lines of the trail; of a customer all that showed the customer's data, by whichever id.

    :param kinds: only these, where there are any.
    :param who: the name or the staff number of whoever acted; empty for anybody.
    :param oldest: the oldest first.
    """
    found = TrailRecord.objects.select_related("principal").defer("whom")
    found = found.filter(at__gte=filters.begins_at, at__lt=filters.ends_at)
    if filters.kind in TrailKind.values:
        found = found.filter(kind=filters.kind)
    if outcome in TrailOutcome.values:
        found = found.filter(outcome=outcome)
    if filters.code:
        found = found.filter(code=filters.code)
    if kinds:
        found = found.filter(kind__in=kinds)
    if who:
        found = found.filter(_by(who))
    if filters.about:
        found = found.filter(_about(filters.about))
    return found.order_by("at", "id") if oldest else found.order_by("-at", "-id")


def _by(who: str) -> Q:
    """Return which lines are somebody's; one who failed to sign in is no principal yet, but a user."""
    meant = Principal.objects.filter(Q(name__iexact=who) | Q(person__staff_number__iexact=who))
    found = list(meant.values_list("pk", "person__user_id"))
    return Q(principal_id__in=[principal for principal, _ in found]) | Q(
        user_id__in=[user for _, user in found if user is not None]
    )


def _about(about: UUID) -> Q:
    """Return which lines are about whoever or whatever an id is: of a customer all that showed the customer's data.

    Of a customer it asks in sets, eight queries whatever is on record. Transfers and decisions may be very many, and
    proposals about them: those are found from the lines, each by its id.
    """
    meant = ids_of_customer(about)
    records = records_of(meant)
    keys = subject_keys_of(meant).values()
    identities = [key for each in keys for key in each.identity_keys]
    numbers = [number for each in keys for number in each.account_numbers]
    cards = [key for each in keys for key in each.card_keys]
    ids = {about, *meant, *records.ids, *ids_naming(identities, numbers, cards, records.outside_keys)}
    accounts = {about, *records.account_ids}
    lines = Q(customer_id__in=meant) | Q(account_id__in=accounts) | Q(principal_id=about) | Q(whom__in=identities)
    this = Q(object_id__in=ids) | _its(transfers_with(records.account_ids))
    decided = Q(customer_id__in=meant) | Q(account_id__in=records.account_ids) | this
    return lines | this | _its(Approval.objects.filter(this)) | _its(Decision.objects.filter(decided))


def _its(found: QuerySet[Any]) -> Q:
    """Return whether the object of a row is among some rows.

    It is a value, not EXISTS: of that the planner may make a hash of all rows that match, found by no index.
    """
    told = found.filter(pk=OuterRef("object_id")).order_by().values(told=Value(value=True))
    return Q(Subquery(told, output_field=BooleanField()))


def key_misses_lately() -> int:
    """Return how many misses within the last minutes belong to keys that missed too often within one: an alarm."""
    since = timezone.now() - timedelta(minutes=REFUSED_MINUTES)
    found = TrailRecord.objects.filter(kind=TrailKind.KEY_MISSES, at__gt=since)
    return sum(found.values_list("count", flat=True))


def refused_lately() -> dict[str, int]:
    """Return how often each kind was refused within the last minutes: one look into the index of refusals."""
    since = timezone.now() - timedelta(minutes=REFUSED_MINUTES)
    counts = dict.fromkeys(TrailKind.values, 0)
    for kind, count in TrailRecord.objects.filter(outcome=TrailOutcome.REFUSED, at__gt=since).values_list(
        "kind", "count"
    ):
        counts[kind] += count
    return counts
