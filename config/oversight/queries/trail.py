"""Queries of the audit trail by filters, newest first; an id is a person's, a customer's, an account's or an object's."""

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

#: Minutes of refusals and misses that are shown to an operator.
REFUSED_MINUTES = 5


#: Records of sign-ins, sign-outs and attempts.
SIGN_INS = (
    TrailKind.SIGN_IN,
    TrailKind.ON_SITE,
    TrailKind.RECOVERY_CODE,
    TrailKind.SIGN_OUT,
    TrailKind.SCREEN_LOCK,
    TrailKind.WRONG_PASSWORD,
    TrailKind.WRONG_CODE,
    TrailKind.WRONG_ENROLMENT,
    TrailKind.LOCK_OUT,
    TrailKind.UNLOCK,
)
#: Records of views of data.
LOOKS = (
    TrailKind.LOOK_UP_CUSTOMER,
    TrailKind.LOOK_UP_ACCOUNT,
    TrailKind.SCREENING,
    TrailKind.VIEW,
    TrailKind.LISTING,
    TrailKind.UNMASK,
    TrailKind.EXPORT,
)
#: Highest number of lines that is counted; a larger one is shown as more than this.
COUNTED = 9_999


def trail_of(
    filters: Filters, outcome: str = "", kinds: Collection[str] = (), who: str = "", *, oldest: bool = False
) -> QuerySet[TrailRecord]:
    """Return records of the trail; for a customer all records of views of the customer's data, by any id.

    :param kinds: only these kinds; all if empty.
    :param who: name or staff number of the acting person; empty for all.
    :param oldest: the oldest first.
    """
    records = TrailRecord.objects.select_related("principal").defer("whom")
    records = records.filter(at__gte=filters.begins_at, at__lt=filters.ends_at)
    if filters.kind in TrailKind.values:
        records = records.filter(kind=filters.kind)
    if outcome in TrailOutcome.values:
        records = records.filter(outcome=outcome)
    if filters.code:
        records = records.filter(code=filters.code)
    if kinds:
        records = records.filter(kind__in=kinds)
    if who:
        records = records.filter(_by_person(who))
    if filters.about:
        records = records.filter(_about_id(filters.about))
    return records.order_by("at", "id") if oldest else records.order_by("-at", "-id")


def _by_person(who: str) -> Q:
    """Return the condition for records of a person; a failed sign-in has a user and no principal."""
    meant = Principal.objects.filter(Q(name__iexact=who) | Q(person__staff_number__iexact=who))
    found = list(meant.values_list("pk", "person__user_id"))
    return Q(principal_id__in=[principal for principal, _ in found]) | Q(
        user_id__in=[user for _, user in found if user is not None]
    )


def _about_id(about: UUID) -> Q:
    """Return the condition for records about an id; for a customer all records about the customer's data.

    A customer needs eight queries over sets, whatever the number of records. Transfers, decisions and proposals
    about them may be very many, so they are searched from the records, each by its id.
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
    this = Q(object_id__in=ids) | _object_among(transfers_with(records.account_ids))
    decided = Q(customer_id__in=meant) | Q(account_id__in=records.account_ids) | this
    return lines | this | _object_among(Approval.objects.filter(this)) | _object_among(Decision.objects.filter(decided))


def _object_among(queryset: QuerySet[Any]) -> Q:
    """Return the condition that the object of a record is among given rows.

    It compares with a value instead of EXISTS, for which the planner could build a hash of all matching rows
    without an index.
    """
    exists = queryset.filter(pk=OuterRef("object_id")).order_by().values(exists=Value(value=True))
    return Q(Subquery(exists, output_field=BooleanField()))


def key_misses_lately() -> int:
    """Return the number of recent misses of API keys that missed too often within a minute, for an alarm."""
    since = timezone.now() - timedelta(minutes=REFUSED_MINUTES)
    found = TrailRecord.objects.filter(kind=TrailKind.KEY_MISSES, at__gt=since)
    return sum(found.values_list("count", flat=True))


def refused_lately() -> dict[str, int]:
    """Return the number of recent refusals by kind, with one query of their index."""
    since = timezone.now() - timedelta(minutes=REFUSED_MINUTES)
    counts = dict.fromkeys(TrailKind.values, 0)
    for kind, count in TrailRecord.objects.filter(outcome=TrailOutcome.REFUSED, at__gt=since).values_list(
        "kind", "count"
    ):
        counts[kind] += count
    return counts
