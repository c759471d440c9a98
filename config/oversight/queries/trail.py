"""The audit trail by its filters, the newest first; an id is a person's, a customer's, an account's or an object's."""

from datetime import timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.queries.standing import subject_keys_of
from accounts.queries.whose import ids_meant
from config.kernel.models import TrailKind, TrailOutcome, TrailRecord
from config.oversight.queries.evidence import Filters

#: Refusals of so many minutes are told to whoever watches.
REFUSED_MINUTES = 5


def trail_of(filters: Filters, outcome: str = "") -> QuerySet[TrailRecord]:
    """Return lines of the trail; of a customer also those that asked for one of the customer's documents."""
    found = TrailRecord.objects.select_related("principal").defer("whom")
    found = found.filter(at__gte=filters.begins_at, at__lt=filters.ends_at)
    if filters.kind in TrailKind.values:
        found = found.filter(kind=filters.kind)
    if outcome in TrailOutcome.values:
        found = found.filter(outcome=outcome)
    if filters.code:
        found = found.filter(code=filters.code)
    if filters.about:
        about = filters.about
        meant = ids_meant(about)
        asked_for = Q(whom__in=[key for each in subject_keys_of(meant).values() for key in each.identity_keys])
        ids = Q(customer_id__in=meant) | Q(account_id=about) | Q(object_id=about) | Q(principal_id=about)
        found = found.filter(ids | asked_for)
    return found.order_by("-at", "-id")


def refused_lately() -> dict[str, int]:
    """Return how often each kind was refused within the last minutes: one look into the index of refusals."""
    since = timezone.now() - timedelta(minutes=REFUSED_MINUTES)
    counts = dict.fromkeys(TrailKind.values, 0)
    for kind, count in TrailRecord.objects.filter(outcome=TrailOutcome.REFUSED, at__gt=since).values_list(
        "kind", "count"
    ):
        counts[kind] += count
    return counts
