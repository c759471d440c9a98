"""Counts of proposals and decisions for overview pages, as statements that share a round trip with others."""

from datetime import datetime, timedelta

from django.conf import settings

from config.kernel.access.keys import Caller
from config.kernel.approvals import bank_kinds, kinds
from config.kernel.database.sql import Statement
from config.kernel.trail.special_measures import NotProvided

_WAITING = """
WITH waiting AS MATERIALIZED (
    SELECT id, made_at, made_by_id FROM kernel_approval WHERE status = 'pending' AND expires_at > %(at)s
    AND kind = ANY(%(kinds)s) AND NOT EXISTS (
        SELECT FROM kernel_principal m JOIN kernel_principal c ON c.id = m.id OR c.person_id = m.person_id
        WHERE m.id = made_by_id AND c.id = %(caller)s
    )
)
SELECT seen.n, seen.late, oldest.id AS oldest_id, oldest.made_at AS oldest_at, p.name AS oldest_by
FROM (SELECT count(*) AS n, count(*) FILTER (WHERE made_at <= %(due)s) AS late FROM waiting) seen
LEFT JOIN LATERAL (SELECT * FROM waiting ORDER BY made_at, id LIMIT 1) oldest ON true
LEFT JOIN kernel_principal p ON p.id = oldest.made_by_id
"""


def waiting_for(caller: Caller, at: datetime) -> Statement:
    """Return the statement that counts the proposals which wait for a caller's decision, in one row.

    Columns: `n` (number), `late` (number older than `APPROVAL_DUE_HOURS`), and of the oldest proposal its id,
    instant and maker's name; NULL where none waits.
    """
    mine = [kind.name for kind in kinds().values() if kind.role == caller.role]
    due = at - timedelta(hours=settings.APPROVAL_DUE_HOURS)
    return Statement(_WAITING, {"at": at, "kinds": mine, "caller": caller.id, "due": due})


def waiting_at_the_bank(at: datetime) -> Statement:
    """Return the statement that counts all waiting proposals of the bank's business.

    The columns are those of `waiting_for`.
    """
    known = list(bank_kinds())
    due = at - timedelta(hours=settings.APPROVAL_DUE_HOURS)
    return Statement(_WAITING, {"at": at, "kinds": known, "caller": None, "due": due})


def own_pending(caller: Caller, at: datetime) -> Statement:
    """Return the statement that counts, as `n`, the caller's own proposals that wait for a decision."""
    return Statement(
        "SELECT count(*) AS n FROM kernel_approval WHERE status = 'pending' AND expires_at > %s AND made_by_id = %s",
        [at, caller.id],
    )


def refusals_by_day(begins_at: datetime, ends_at: datetime) -> Statement:
    """Return the statement that counts refusals for each day, without checks for special measures.

    Columns: `day` and `count`.

    :param ends_at: exclusive.
    """
    return Statement(
        "SELECT (at AT TIME ZONE interval '8 hours')::date AS day, count(*) AS count FROM kernel_decision "
        "WHERE outcome = 'refused' AND code <> %s AND at >= %s AND at < %s GROUP BY 1",
        [NotProvided.code, begins_at, ends_at],
    )


def unmaskings_by_person(begins_at: datetime, *, most: int) -> Statement:
    """Return the statement that counts views of whole data for each person, the highest count first.

    Columns: `principal_id`, `name`, `count`.

    :param begins_at: by the real clock, like the whole audit trail.
    :param most: maximum number of persons.
    """
    return Statement(
        "SELECT p.id AS principal_id, p.name, seen.count FROM (SELECT principal_id, sum(count)::bigint AS count FROM kernel_trailrecord "
        "WHERE kind = 'unmask' AND at >= %s GROUP BY 1 ORDER BY 2 DESC LIMIT %s) seen "
        "JOIN kernel_principal p ON p.id = seen.principal_id ORDER BY seen.count DESC, p.name",
        [begins_at, most],
    )


def refusals_since(at: datetime, *, most: int) -> Statement:
    """Return the statement that counts refusals by code since an instant, the most frequent first.

    Checks for special measures are left out: the decision log shows them, to compliance and auditors only.

    :param most: maximum number of codes.
    """
    return Statement(
        "SELECT code, count(*) AS count FROM kernel_decision WHERE outcome = 'refused' AND code <> %s AND at >= %s "
        "GROUP BY code ORDER BY count DESC, code LIMIT %s",
        [NotProvided.code, at, most],
    )
