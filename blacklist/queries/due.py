"""Which certificates wait for their decision, and how long: for the list, the home page and the alarm."""

from datetime import datetime, timedelta

from django.conf import settings

from blacklist.models import Certificate
from blacklist.queries.certificates import certificates
from blacklist.vocabulary import UNDECIDED
from config.kernel.sql import Statement, rows

#: So many a list shows, the oldest first.
MOST = 200

_OLDEST = """
SELECT greatest(extract(epoch FROM (SELECT bank_now()) - %s - (
    SELECT made_at FROM blacklist_certificate WHERE status IN ('pending', 'manual_review') ORDER BY made_at LIMIT 1
)), 0)::float AS value
"""


def undecided() -> list[Certificate]:
    """Return the certificates that wait for a decision, the oldest first, 200 at most."""
    ids = list(Certificate.objects.filter(status__in=UNDECIDED).order_by("made_at", "id").values_list("pk")[:MOST])
    return list(certificates().filter(pk__in=[pk for (pk,) in ids]).order_by("made_at", "id"))


def overdue_certificates(at: datetime) -> Statement:
    """Return the statement that counts, as `n`, the certificates that should have been decided by an instant."""
    return Statement(
        "SELECT count(*) AS n FROM blacklist_certificate WHERE status IN ('pending', 'manual_review') AND made_at <= %s",
        [at - timedelta(hours=settings.CERTIFICATE_DUE_HOURS)],
    )


def overdue_seconds() -> float:
    """Return for how many seconds the oldest undecided certificate has been overdue, 0 when none is."""
    return float(rows(_OLDEST, [timedelta(hours=settings.CERTIFICATE_DUE_HOURS)])[0]["value"])
