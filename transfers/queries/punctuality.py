"""How late held transfers were released: counted from their steps when it is asked for, stored nowhere.

A release is a step that names who released: posted, or returned because a rule forbade it at the due time. One that was set
aside and released later counts once, when it was released and as late as that was. What was cancelled was never due; what
two persons gave back after it had failed was released by nobody: neither counts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from config.kernel.sql import Row, Statement, rows
from transfers.queries.steps import SLACK, first_id
from transfers.vocabulary import LATENESS_LIMITS, OVER, ReleasedBy

#: How many steps are counted at a time: some seconds' work. A year of a small bank, ten days of a million releases each.
STEPS_MAX = 20_000_000

_LIMITS = tuple(LATENESS_LIMITS.values())
#: By the name of each bucket the SQL that says whether a `lateness_ms` belongs to it.
BELONGS: dict[str, str] = dict(
    zip(
        (*LATENESS_LIMITS, OVER),
        (
            f"lateness_ms <= {_LIMITS[0]}",
            *(f"lateness_ms > {above} AND lateness_ms <= {limit}" for above, limit in pairwise(_LIMITS)),
            f"lateness_ms > {_LIMITS[-1]}",
        ),
        strict=True,
    )
)
_BUCKETS = ",\n       ".join(
    f"coalesce(sum(count) FILTER (WHERE {condition}), 0)::bigint AS {name}" for name, condition in BELONGS.items()
)
_BEGINS = f"%(begins)s::timestamptz - interval '{SLACK.total_seconds():.0f} seconds'"
_ENDS = f"%(ends)s::timestamptz + interval '{SLACK.total_seconds():.0f} seconds'"
# Counted by lateness before anything is ranked: of a day's releases few differ by the millisecond. The first value that
# so large a part of them does not exceed is the percentile, as `percentile_disc` has it.
_PUNCTUAL = f"""
WITH bounds AS MATERIALIZED (
    SELECT {first_id(_BEGINS)} AS low, {first_id(_ENDS)} AS high
), late AS MATERIALIZED (
    SELECT (at AT TIME ZONE interval '8 hours')::date AS day, lateness_ms, count(*) AS count,
           count(*) FILTER (WHERE released_by = '{ReleasedBy.WATCHER.value}') AS by_watcher
    FROM transfers_event
    WHERE (SELECT high - low <= %(most)s FROM bounds)
      AND id >= (SELECT low FROM bounds) AND id < (SELECT high FROM bounds)
      AND at >= %(begins)s AND at < %(ends)s AND released_by <> ''
    GROUP BY 1, 2
), ranked AS (
    SELECT *, sum(count) OVER (PARTITION BY day ORDER BY lateness_ms) AS up_to, sum(count) OVER (PARTITION BY day) AS total
    FROM (
        SELECT NULL::date AS day, lateness_ms, sum(count) AS count, sum(by_watcher) AS by_watcher FROM late GROUP BY 2
        UNION ALL SELECT * FROM late
    ) counted
)
SELECT coalesce(high - low, 0)::bigint AS steps, day,
       coalesce(sum(count), 0)::bigint AS releases, coalesce(sum(by_watcher), 0)::bigint AS by_watcher,
       coalesce(sum(count) FILTER (WHERE lateness_ms < 0), 0)::bigint AS early,
       min(lateness_ms) FILTER (WHERE up_to >= 0.5 * total) AS p50_ms,
       min(lateness_ms) FILTER (WHERE up_to >= 0.99 * total) AS p99_ms, max(lateness_ms) AS max_ms,
       {_BUCKETS}
FROM bounds LEFT JOIN ranked ON true GROUP BY high, low, day ORDER BY day NULLS FIRST
"""  # noqa: S608 - constants


class TooManySteps(Exception):
    """Refuse to count a window that holds more steps than are counted at a time."""


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

    :ivar days: those of its days, by Shanghai's calendar, on which there was one; the oldest first.
    """

    whole: Lateness
    days: Mapping[date, Lateness] = field(default_factory=dict)


def punctuality(begins_at: datetime, ends_at: datetime) -> Statement:
    """Return the statement that tells how punctual the releases of a window are: `read_punctuality` reads its rows.

    It walks through the steps of the window by their ids, whatever else the table holds.

    :param ends_at: exclusive.
    """
    return Statement(_PUNCTUAL, {"begins": begins_at, "ends": ends_at, "most": STEPS_MAX})


def read_punctuality(found: Sequence[Row]) -> Punctuality:
    """Return what the rows of the statement say.

    :raises TooManySteps: when nothing was counted because it would have been too much.
    """
    whole, *days = found
    if whole["steps"] > STEPS_MAX:
        raise TooManySteps
    return Punctuality(_lateness(whole), {row["day"]: _lateness(row) for row in days})


def punctuality_of(begins_at: datetime, ends_at: datetime) -> Punctuality:
    """Return how punctual the releases of a window are, at once.

    :raises TooManySteps: for a window with too many steps to count.
    """
    statement = punctuality(begins_at, ends_at)
    return read_punctuality(rows(statement.text, statement.params))


def _lateness(row: Mapping[str, Any]) -> Lateness:
    names = ("releases", "by_watcher", "early", "p50_ms", "p99_ms", "max_ms")
    buckets = {name: row[name] for name in (*LATENESS_LIMITS, OVER)}
    return Lateness(**{name: row[name] for name in names}, buckets=buckets)
