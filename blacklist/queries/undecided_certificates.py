"""Certificates that wait for a decision, and for how long."""

from datetime import datetime, timedelta

from django.conf import settings

from blacklist.models import Certificate
from blacklist.queries.certificates import certificates
from blacklist.vocabulary import UNDECIDED
from config.kernel.database.sql import Statement, rows

#: Maximum length of the list, oldest first.
MOST = 200

_OLDEST = """
SELECT greatest(extract(epoch FROM (SELECT bank_now()) - %s - (
    SELECT made_at FROM blacklist_certificate WHERE status IN ('pending', 'manual_review') ORDER BY made_at LIMIT 1
)), 0)::float AS value
"""


def undecided_certificates() -> list[Certificate]:
    """Return the certificates that wait for a decision, oldest first, 200 at most."""
    ids = list(Certificate.objects.filter(status__in=UNDECIDED).order_by("made_at", "id").values_list("pk")[:MOST])
    return list(certificates().filter(pk__in=[pk for (pk,) in ids]).order_by("made_at", "id"))


def undecided_count() -> int:
    """Count the certificates that wait for a decision."""
    return Certificate.objects.filter(status__in=UNDECIDED).count()


def overdue_certificates(at: datetime) -> Statement:
    """Return the statement that counts, as `n`, certificates past their deadline at an instant."""
    return Statement(
        "SELECT count(*) AS n FROM blacklist_certificate WHERE status IN ('pending', 'manual_review') AND made_at <= %s",
        [at - timedelta(hours=settings.CERTIFICATE_DUE_HOURS)],
    )


_RECEIVED = """
SELECT (made_at AT TIME ZONE interval '8 hours')::date AS day, count(*) AS received, count(in_force_at) AS in_force,
       coalesce(sum(extract(epoch FROM in_force_at - made_at)), 0)::bigint AS waited_seconds
FROM blacklist_certificate WHERE brought_by_id IS NULL AND made_at >= %(begins)s AND made_at < %(ends)s GROUP BY 1
"""


def received_by_day(begins_at: datetime, ends_at: datetime) -> Statement:
    """Return the statement that counts registered certificates, and those now in force, by day.

    Its rows are `day`, `received`, `in_force`, and `waited_seconds`, the sum of the waiting times of the latter.
    Certificates from lists are left out.

    :param ends_at: exclusive end.
    """
    return Statement(_RECEIVED, {"begins": begins_at, "ends": ends_at})


def overdue_seconds() -> float:
    """Return how many seconds the oldest undecided certificate is overdue, 0 if none is."""
    return float(rows(_OLDEST, [timedelta(hours=settings.CERTIFICATE_DUE_HOURS)])[0]["value"])
