"""Lateness of released transfers: whole days by the stored counts, other times by the steps.

A release is a step with a releaser: posted, or returned because a rule forbade the posting. A transfer that was set
aside and released later counts once, with the lateness of that release. Cancelled transfers do not count, because they
were never due. Nor do those that two persons returned after failures, because they have no releaser. `/metrics` reads
all releases ever, from two rows a day.
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
#: SQL condition on `lateness_ms` for each bucket, by name.
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
# Releases are counted by lateness before they are ranked, because few differ by the millisecond. The percentile is the
# first value that a given part of them does not exceed, as for `percentile_disc`.
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
        -- A period without releases has a row, too.
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
    """Lateness of the releases in a window, or on one of its days.

    :ivar early: number of releases before the due instant, which the database prevents.
    :ivar p50_ms: median lateness in whole milliseconds, rounded down; None without a release.
    :ivar buckets: number of releases by lateness, with the names of `LATENESS_LIMITS` and `OVER`; each release is in
        one bucket.
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
        """Return the number of releases by Celery, which should be all of them."""
        return self.releases - self.by_watcher


@dataclass(frozen=True, slots=True)
class Punctuality:
    """The releases of a window.

    :ivar days: the requested days with at least one release, by Shanghai's calendar, oldest first.
    """

    whole: Lateness
    days: Mapping[date, Lateness] = field(default_factory=dict)


def punctuality_of(begins_at: datetime, ends_at: datetime, *, days_since: datetime | None = None) -> Punctuality:
    """Return the lateness of the releases in a window.

    For whole days the stored counts are read. The rest is less than two days; its steps are counted, found by their
    ids.

    :param ends_at: exclusive end.
    :param days_since: return days from this instant on; it is not after the beginning of the window, which must then
        be the beginning of a day.
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
    """Return the first whole day of a window and the day after the last; both are equal if there is none."""
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
    """Lateness of all releases of one releaser.

    :ivar up_to: cumulative number of releases by maximum lateness in milliseconds; None for all of them.
    """

    up_to: Mapping[int | None, int]
    total_ms: int


def lateness_so_far() -> Mapping[str, LatenessSoFar]:
    """Return the lateness of all counted releases by releaser (`ReleasedBy`)."""
    found = {row["released_by"]: row for row in rows(_COUNTED)}
    by_releaser = {}
    for by in ReleasedBy:
        row = found.get(by.value, {})
        up_to = accumulate(row.get(name, 0) for name in _NAMES)
        by_releaser[by.value] = LatenessSoFar(dict(zip(_LIMITS, up_to, strict=True)), row.get("total_ms", 0))
    return by_releaser
