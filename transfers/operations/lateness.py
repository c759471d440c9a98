"""Counts of lateness (延迟计数): fold them into one row per day and releaser, or count days again."""

from datetime import date, timedelta

from config.kernel.database.sql import rows
from config.kernel.database.transactions import transaction_required
from config.kernel.law.dates import start_of_day
from transfers.queries.punctuality import BELONGS
from transfers.queries.steps import SLACK, day_of, first_id

#: A row with more different values is not folded again, because it would be written anew each minute.
FULL = 10_000

# The same as the trigger `event_lateness_counted` writes, from rows of `late`: day, released_by, lateness_ms, n.
_WRITE = f"""
INSERT INTO transfers_latenesscount (day, released_by, folded, {", ".join(BELONGS)}, total_ms, lateness_ms, releases)
SELECT day, released_by, true,
       {", ".join(f"coalesce(sum(n) FILTER (WHERE {condition}), 0)" for condition in BELONGS.values())},
       sum(n * lateness_ms), array_agg(lateness_ms ORDER BY lateness_ms), array_agg(n ORDER BY lateness_ms)
FROM late GROUP BY day, released_by
"""  # noqa: S608 - constants
# Each release is counted in one row at any instant. Two processes that fold at once fold different rows; a day may then
# have two folded rows until the next fold.
_FOLD = f"""
WITH added AS MATERIALIZED (
    SELECT id, day, released_by FROM transfers_latenesscount WHERE NOT folded
    ORDER BY id LIMIT %(most)s FOR UPDATE SKIP LOCKED
), gone AS (
    DELETE FROM transfers_latenesscount c WHERE id IN (SELECT id FROM added)
       OR folded AND (day, released_by) IN (SELECT day, released_by FROM added) AND cardinality(c.lateness_ms) < %(full)s
    RETURNING *
), late AS (
    SELECT day, released_by, each.lateness_ms, sum(each.n)::bigint AS n
    FROM gone, unnest(gone.lateness_ms, gone.releases) AS each (lateness_ms, n) GROUP BY 1, 2, 3
), folded AS ({_WRITE})
SELECT count(*) AS count FROM added
"""  # noqa: S608 - constants
_COUNT_AGAIN = f"""
WITH gone AS (
    DELETE FROM transfers_latenesscount WHERE day >= %(first)s AND day <= %(last)s
), late AS (
    SELECT {day_of("at")} AS day, released_by, lateness_ms, count(*) AS n FROM transfers_event
    WHERE id >= {first_id("%(around_begin)s")} AND id < {first_id("%(around_end)s")}
      AND at >= %(begins)s AND at < %(ends)s AND released_by <> '' GROUP BY 1, 2, 3
)
{_WRITE}
"""  # noqa: S608 - constants


@transaction_required
def fold_lateness(most: int) -> int:
    """Fold the oldest rows of the trigger into one per day and releaser; return their number.

    :param most: maximum of rows.
    """
    return int(rows(_FOLD, {"most": most, "full": FULL})[0]["count"])


@transaction_required
def count_again(first: date, last: date) -> None:
    """Replace the counts of some days by new counts of their steps; releases wait meanwhile.

    Used when counts differ from the steps (`I66`, `I68`), or when steps were written without the trigger.

    :param last: inclusive.
    """
    begins, ends = start_of_day(first), start_of_day(last + timedelta(days=1))
    # Rows that are being folded would be counted twice. This is a separate statement, so that the next one sees the
    # folded rows.
    rows("LOCK TABLE transfers_latenesscount IN SHARE ROW EXCLUSIVE MODE")
    around = {"around_begin": begins - SLACK, "around_end": ends + SLACK}
    rows(_COUNT_AGAIN, {"first": first, "last": last, "begins": begins, "ends": ends, **around})
