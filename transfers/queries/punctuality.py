"""How late held transfers were released: days by the counts of their releases, what is no whole day by its steps.

A release is a step that names who released: posted, or returned because a rule forbade it at the due time. One that was set
aside and released later counts once, when it was released and as late as that was. What was cancelled was never due; what
two persons gave back after it had failed was released by nobody: neither counts. `/metrics` reads all releases there ever
were, from two rows a day.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import accumulate, pairwise

from config.kernel.database.sql import Row, rows
from config.kernel.law.dates import shanghai_day, start_of_day
from transfers.queries.steps import SLACK, day_of, first_id
from transfers.vocabulary import LATENESS_LIMITS, OVER, ReleasedBy

_ANY = 2**63 - 1
#: By the name of each bucket the SQL that says whether a `lateness_ms` belongs to it.
BELONGS = {
    name: f"lateness_ms > {above} AND lateness_ms <= {limit}"
    for name, (above, limit) in zip(
        (*LATENESS_LIMITS, OVER), pairwise((-_ANY, *LATENESS_LIMITS.values(), _ANY)), strict=True
    )
}
_BY_WATCHER = f"released_by = '{ReleasedBy.WATCHER.value}'"
_BUCKETS = ",\n       ".join(
    f"coalesce(sum(count) FILTER (WHERE {condition}), 0)::bigint AS {name}" for name, condition in BELONGS.items()
)
# Counted by lateness before anything is ranked: of a day's releases few differ by the millisecond. The first value that
# so large a part of them does not exceed is the percentile, as `percentile_disc` has it.
_PUNCTUAL = f"""
WITH stretches AS MATERIALIZED (
    SELECT begins, ends, {first_id("begins - %(slack)s")} AS low, {first_id("ends + %(slack)s")} AS high
    FROM unnest(%(begin)s::timestamptz[], %(end)s::timestamptz[]) AS stretch (begins, ends)
), late AS MATERIALIZED (
    SELECT day, each.lateness_ms, sum(each.n) AS count, coalesce(sum(each.n) FILTER (WHERE {_BY_WATCHER}), 0) AS by_watcher
    FROM transfers_latenesscount AS counted, unnest(counted.lateness_ms, counted.releases) AS each (lateness_ms, n)
    WHERE day >= %(first)s AND day < %(until)s GROUP BY 1, 2
    UNION ALL
    SELECT {day_of("at")}, lateness_ms, count(*), count(*) FILTER (WHERE {_BY_WATCHER})
    FROM stretches CROSS JOIN LATERAL (
        SELECT at, lateness_ms, released_by FROM transfers_event
        WHERE id >= low AND id < high AND at >= begins AND at < ends AND released_by <> ''
    ) released GROUP BY 1, 2
), ranked AS (
    SELECT *, sum(count) OVER (PARTITION BY day ORDER BY lateness_ms) AS up_to, sum(count) OVER (PARTITION BY day) AS total
    FROM (
        SELECT NULL::date AS day, lateness_ms, sum(count) AS count, sum(by_watcher) AS by_watcher
        FROM late WHERE day >= %(first_day)s GROUP BY 2
        -- Where nothing was released, that is told, too.
        UNION ALL SELECT NULL, NULL, 0, 0
        UNION ALL SELECT * FROM late
    ) counted
)
SELECT day, sum(count)::bigint AS releases, sum(by_watcher)::bigint AS by_watcher,
       coalesce(sum(count) FILTER (WHERE lateness_ms < 0), 0)::bigint AS early,
       min(lateness_ms) FILTER (WHERE up_to >= 0.5 * total) AS p50_ms,
       min(lateness_ms) FILTER (WHERE up_to >= 0.99 * total) AS p99_ms, max(lateness_ms) AS max_ms,
       {_BUCKETS}
FROM ranked GROUP BY day ORDER BY day NULLS FIRST
"""  # noqa: S608 - constants


@dataclass(frozen=True, slots=True)
class Lateness:
    """How late the releases of a window, or of one of its days, were.

    :ivar early: how many were released before they were due; the database lets none be.
    :ivar p50_ms: so late at most was half of them, in whole milliseconds, cut off; None without a release.
    :ivar buckets: how many were how late, by the names of `LATENESS_LIMITS` and `OVER`; each release is in one.
    """

    releases: int
    by_watcher: int
    early: int
    p50_ms: int | None
    p99_ms: int | None
    max_ms: int | None
    buckets: Mapping[str, int]

    @property
    def by_celery(self) -> int:
        """Return how many Celery released, as it should all of them."""
        return self.releases - self.by_watcher


@dataclass(frozen=True, slots=True)
class Punctuality:
    """The releases of a window.

    :ivar days: those of its days, or of more that were asked for, by Shanghai's calendar, on which there was one; the oldest
        first.
    """

    whole: Lateness
    days: Mapping[date, Lateness] = field(default_factory=dict)


def punctuality_of(begins_at: datetime, ends_at: datetime, *, days_since: datetime | None = None) -> Punctuality:
    """Return how punctual the releases of a window are.

    Of its whole days the counts are read. What is left is less than two days: its steps are counted, found by their ids.

    :param ends_at: exclusive.
    :param days_since: an instant up to the beginning of the window, which then is that of a day: days are returned from it on.
    """
    begins = days_since or begins_at
    first, until = _whole_days(begins, ends_at)
    ends = [(begins, start_of_day(first)), (start_of_day(until), ends_at)] if first < until else [(begins, ends_at)]
    stretches = [(begin, end) for begin, end in ends if begin < end]
    params = {
        "first": first,
        "until": until,
        "begin": [begin for begin, _ in stretches],
        "end": [end for _, end in stretches],
        "first_day": shanghai_day(begins_at),
        "slack": SLACK,
    }
    whole, *days = rows(_PUNCTUAL, params)
    return Punctuality(_lateness(whole), {row["day"]: _lateness(row) for row in days})


def _whole_days(begins_at: datetime, ends_at: datetime) -> tuple[date, date]:
    """Return the first whole day of a window and the one after the last; both are the same where it has none."""
    first, until = shanghai_day(begins_at), shanghai_day(ends_at)
    if first >= until:
        return until, until
    return (first if start_of_day(first) == begins_at else first + timedelta(days=1)), until


def _lateness(row: Row) -> Lateness:
    names = ("releases", "by_watcher", "early", "p50_ms", "p99_ms", "max_ms")
    return Lateness(**{name: row[name] for name in names}, buckets={name: row[name] for name in BELONGS})


_NAMES, _LIMITS = (*LATENESS_LIMITS, OVER), (*LATENESS_LIMITS.values(), None)
_COUNTED = f"""
SELECT released_by, {", ".join(f"sum({name})::bigint AS {name}" for name in (*_NAMES, "total_ms"))}
FROM transfers_latenesscount GROUP BY released_by
"""  # noqa: S608 - constants


@dataclass(frozen=True, slots=True)
class LatenessSoFar:
    """How late all releases of one releaser were.

    :ivar up_to: how many were not later than so many milliseconds, None for all of them; each counts in all that follow.
    """

    up_to: Mapping[int | None, int]
    total_ms: int


def lateness_so_far() -> Mapping[str, LatenessSoFar]:
    """Return how late the releases of each releaser were since the bank has counted them, by `ReleasedBy`."""
    found = {row["released_by"]: row for row in rows(_COUNTED)}
    told = {}
    for by in ReleasedBy:
        row = found.get(by.value, {})
        up_to = accumulate(row.get(name, 0) for name in _NAMES)
        told[by.value] = LatenessSoFar(dict(zip(_LIMITS, up_to, strict=True)), row.get("total_ms", 0))
    return told
