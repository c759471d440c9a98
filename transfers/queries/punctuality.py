"""How late held transfers were released: counted when it is asked for, where it is kept of a day from that, else from the steps.

A release is a step that names who released: posted, or returned because a rule forbade it at the due time. One that was set
aside and released later counts once, when it was released and as late as that was. What was cancelled was never due; what
two persons gave back after it had failed was released by nobody: neither counts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from config.kernel.dates import shanghai_day
from config.kernel.sql import Row, Statement, rows
from transfers.queries.steps import SLACK_SQL, day_of, first_id, midnight
from transfers.vocabulary import LATENESS_LIMITS, OVER, ReleasedBy

#: How many steps are counted at a time: some seconds' work. Ten days of a million releases each; of what is kept none are.
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
_BEGINS, _ENDS = "%(begins)s::timestamptz", "%(ends)s::timestamptz"
# The first day of which the window has the beginning, and the one in which it ends.
_FIRST = f"(({_BEGINS} AT TIME ZONE interval '8 hours') + interval '1 day' - interval '1 microsecond')::date"
_LAST = day_of(_ENDS)


def _bounds(name: str, begins: str, ends: str) -> str:
    """Return the SQL of the ids of a stretch, `{name}_low` to `{name}_high`; of one without any instant they are NULL."""
    ids = (("low", f"{begins} - {SLACK_SQL}"), ("high", f"{ends} + {SLACK_SQL}"))
    return ", ".join(
        f"CASE WHEN {begins} < {ends} THEN {first_id(instant)} END AS {name}_{end}" for end, instant in ids
    )


def _steps(name: str, begins: str, ends: str) -> str:
    """Return the SQL that counts the releases of a stretch by its steps."""
    return f"""
    SELECT {day_of("at")} AS day, lateness_ms, count(*) AS count,
           count(*) FILTER (WHERE released_by = '{ReleasedBy.WATCHER.value}') AS by_watcher
    FROM transfers_event
    WHERE (SELECT steps <= %(most)s FROM bounds)
      AND id >= (SELECT {name}_low FROM bounds) AND id < (SELECT {name}_high FROM bounds)
      AND at >= {begins} AND at < {ends} AND released_by <> ''
    GROUP BY 1, 2
    """  # noqa: S608 - constants


# What is kept is kept by days, of the last of them up to the mark. What of it lies within the window is one stretch, from the
# beginning of a day to the mark or, where the window ends before, to the beginning of another. Before it there may be the end
# of a day to be counted by steps, and after it what is left; where nothing kept lies within, that is the whole window.
# Counted by lateness before anything is ranked: of a day's releases few differ by the millisecond. The first value that
# so large a part of them does not exceed is the percentile, as `percentile_disc` has it.
_PUNCTUAL = f"""
WITH seams AS MATERIALIZED (
    SELECT CASE WHEN opens < closes THEN opens ELSE {_BEGINS} END AS head_ends,
           CASE WHEN opens < closes THEN closes ELSE {_BEGINS} END AS tail_begins
    FROM (
        SELECT {midnight(_FIRST)} AS opens, CASE WHEN {_ENDS} < until THEN {midnight(_LAST)} ELSE until END AS closes
        FROM (SELECT coalesce(max(until), '-infinity') AS until FROM transfers_latenessmark) mark
    ) stretch
), bounds AS MATERIALIZED (
    SELECT *, coalesce(head_high - head_low, 0) + coalesce(tail_high - tail_low, 0) AS steps FROM (
        SELECT {_bounds("head", _BEGINS, "head_ends")}, {_bounds("tail", "tail_begins", _ENDS)} FROM seams
    ) ids
), late AS MATERIALIZED (
    SELECT day, lateness_ms, releases AS count, by_watcher FROM transfers_latenessday
    WHERE day >= {_FIRST} AND day <= {_LAST} AND {midnight("day")} < (SELECT tail_begins FROM seams)
    UNION ALL {_steps("head", _BEGINS, "(SELECT head_ends FROM seams)")}
    UNION ALL {_steps("tail", "(SELECT tail_begins FROM seams)", _ENDS)}
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
SELECT steps, day, sum(count)::bigint AS releases, sum(by_watcher)::bigint AS by_watcher,
       coalesce(sum(count) FILTER (WHERE lateness_ms < 0), 0)::bigint AS early,
       min(lateness_ms) FILTER (WHERE up_to >= 0.5 * total) AS p50_ms,
       min(lateness_ms) FILTER (WHERE up_to >= 0.99 * total) AS p99_ms, max(lateness_ms) AS max_ms,
       {_BUCKETS}
FROM bounds CROSS JOIN ranked GROUP BY steps, day ORDER BY day NULLS FIRST
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

    :ivar days: those of its days, or of more that were asked for, by Shanghai's calendar, on which there was one; the oldest
        first.
    """

    whole: Lateness
    days: Mapping[date, Lateness] = field(default_factory=dict)


def punctuality(begins_at: datetime, ends_at: datetime, *, days_since: datetime | None = None) -> Statement:
    """Return the statement that tells how punctual the releases of a window are: `read_punctuality` reads its rows.

    What is kept of whole days is read as it is kept; it walks through the other steps of the window by their ids, whatever
    else the table holds.

    :param ends_at: exclusive.
    :param days_since: an instant up to the beginning of the window, which then is that of a day: days are told from it on.
    """
    params = {
        "begins": days_since or begins_at,
        "ends": ends_at,
        "first_day": shanghai_day(begins_at),
        "most": STEPS_MAX,
    }
    return Statement(_PUNCTUAL, params)


def read_punctuality(found: Sequence[Row]) -> Punctuality:
    """Return what the rows of the statement say.

    :raises TooManySteps: when nothing was counted because it would have been too much.
    """
    whole, *days = found
    if whole["steps"] > STEPS_MAX:
        raise TooManySteps
    return Punctuality(_lateness(whole), {row["day"]: _lateness(row) for row in days})


def punctuality_of(begins_at: datetime, ends_at: datetime, *, days_since: datetime | None = None) -> Punctuality:
    """Return how punctual the releases of a window are, at once; the parameters are those of `punctuality`.

    :raises TooManySteps: for a window with too many steps to count.
    """
    statement = punctuality(begins_at, ends_at, days_since=days_since)
    return read_punctuality(rows(statement.text, statement.params))


def _lateness(row: Mapping[str, Any]) -> Lateness:
    names = ("releases", "by_watcher", "early", "p50_ms", "p99_ms", "max_ms")
    buckets = {name: row[name] for name in (*LATENESS_LIMITS, OVER)}
    return Lateness(**{name: row[name] for name in names}, buckets=buckets)
