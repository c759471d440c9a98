"""Fold the counts of lateness, one row for each releaser in the place of one for each batch; keep what past days came to."""

from datetime import datetime

from config.kernel.clock import clock_rests
from config.kernel.sql import rows
from config.kernel.transactions import transaction_required
from transfers.queries.steps import SLACK_SQL, day_of, first_id
from transfers.vocabulary import LATENESS_LIMITS, OVER, ReleasedBy

_NAMES = (*LATENESS_LIMITS, OVER, "total_ms")
# What a row says is in one place at any instant, and of two who fold at once each folds rows of its own.
_FOLD = f"""
WITH gone AS (
    DELETE FROM transfers_latenesscount WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM transfers_latenesscount ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
    )) RETURNING *
), folded AS (
    INSERT INTO transfers_latenesscount (released_by, {", ".join(_NAMES)})
    SELECT released_by, {", ".join(f"sum({name})" for name in _NAMES)} FROM gone GROUP BY released_by
)
SELECT count(*) AS count FROM gone
"""  # noqa: S608 - constants
# Of two that keep the same hour at once the second one waits for the first at the mark, finds it further on, and adds
# nothing: who moves the mark from where the hour begins is the one who has kept it.
_KEEP = f"""
WITH hour AS MATERIALIZED (
    SELECT begins, begins + interval '1 hour' AS ends FROM (SELECT coalesce(
        (SELECT until FROM transfers_latenessmark),
        (SELECT date_trunc('hour', at - {SLACK_SQL}) FROM transfers_event ORDER BY id LIMIT 1)
    ) AS begins) mark
    WHERE begins + interval '1 hour' + {SLACK_SQL} <= (SELECT bank_now())
), bounds AS MATERIALIZED (
    SELECT {first_id(f"begins - {SLACK_SQL}")} AS low, {first_id(f"ends + {SLACK_SQL}")} AS high FROM hour
), marked AS (
    INSERT INTO transfers_latenessmark AS mark (id, until) SELECT 1, ends FROM hour
    ON CONFLICT (id) DO UPDATE SET until = EXCLUDED.until WHERE mark.until = (SELECT begins FROM hour)
    RETURNING until
), kept AS (
    INSERT INTO transfers_latenessday AS before (day, lateness_ms, releases, by_watcher)
    SELECT {day_of("at")}, lateness_ms, count(*), count(*) FILTER (WHERE released_by = '{ReleasedBy.WATCHER.value}')
    FROM transfers_event
    WHERE EXISTS (SELECT FROM marked) AND id >= (SELECT low FROM bounds) AND id < (SELECT high FROM bounds)
      AND at >= (SELECT begins FROM hour) AND at < (SELECT ends FROM hour) AND released_by <> ''
    GROUP BY 1, 2
    ON CONFLICT (day, lateness_ms) DO UPDATE
    SET releases = before.releases + EXCLUDED.releases, by_watcher = before.by_watcher + EXCLUDED.by_watcher
)
SELECT until FROM marked
"""  # noqa: S608 - constants


@transaction_required
def fold_lateness(most: int) -> int:
    """Put one row for each releaser in the place of the oldest rows; return how many those were.

    All rows together come to the same counts as before.

    :param most: so many rows at a time.
    """
    return int(rows(_FOLD, [most])[0]["count"])


@transaction_required
def keep_hour() -> datetime | None:
    """Keep how late the releases of the hour were that comes after what is kept, once none of it can come any more.

    That is later than its end by the slack of the steps. A sandbox's clock leaps over that, and a release may be under way
    that has read it before: whoever moves it waits for such, and this for them.

    :returns: the end of that hour; None where it is not over, another kept it, or the clock is being moved.
    """
    # By a statement of its own: the next one sees what was committed until the clock rested.
    if not clock_rests():
        return None
    found = rows(_KEEP)
    return found[0]["until"] if found else None
