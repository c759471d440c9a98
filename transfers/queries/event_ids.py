"""From which id on the steps of transfers belong to a day, found without an index on their instant.

Every acceptance and every release writes steps, so their table has no index of every step that pages alone would need.
Ids are counted up as steps are written, and the bank's clock never runs backwards: the first id of an
instant is found by halving, in some twenty looks into the primary key, however long the table is.
"""

from datetime import timedelta

#: A step takes its id later than its instant, by what its transaction still did and waited for: seconds, by the
#: timeouts of a statement and of a lock. Ids within this much of an instant count as both before and after it.
SLACK = timedelta(hours=1)

_FIRST = """
(WITH RECURSIVE search AS (
    SELECT min(id) AS low, max(id) + 1 AS high FROM transfers_event
    UNION ALL
    SELECT CASE WHEN step.is_before THEN step.id + 1 ELSE low END, CASE WHEN step.is_before THEN high ELSE middle END
    FROM search
    CROSS JOIN LATERAL (SELECT (low + high) / 2 AS middle) half
    CROSS JOIN LATERAL (
        SELECT id, at < {instant} AS is_before FROM transfers_event WHERE id >= middle ORDER BY id LIMIT 1
    ) step
    WHERE low < high
) SELECT max(low) FROM search)
"""


def first_id(instant: str) -> str:
    """Return the SQL of the first id whose step is not before an instant; past the last when there is none.

    No step of the instant or after it, less the slack, has a smaller id. Filter by the instant all the same.

    :param instant: SQL of the instant, the slack taken off or added: a parameter of ours, never a text.
    """
    return _FIRST.format(instant=instant)
