"""Queries of the steps of transfers: by day, by refusal code, and of releases.

The table has no index on the instant of a step, because every acceptance and release writes steps and only pages would
need it. Ids grow as steps are written, and the bank's clock never runs backwards. So the first id of an instant is
found by binary search, with about twenty reads of the primary key, whatever the size of the table.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from config.kernel.database.sql import Row, rows

#: A step gets its id after its instant, later by the remaining time of its transaction: seconds, limited by the
#: timeouts of statement and lock. Ids within this time of an instant count as before and as after it.
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
    """Return the SQL of the first id whose step is not before an instant; past the last id if there is none.

    No step at or after the instant minus the slack has a smaller id. The caller must still filter by the instant.

    :param instant: SQL of the instant with the slack applied; only a parameter's name, never user input.
    """
    return _FIRST.format(instant=instant)


def day_of(instant: str) -> str:
    """Return the SQL of the Shanghai day of an instant.

    :param instant: SQL of the instant, never user input.
    """
    return f"({instant} AT TIME ZONE interval '8 hours')::date"


_WITHIN = f"""e.id >= {first_id("%(around_begin)s")} AND e.id < {first_id("%(around_end)s")}
  AND e.at >= %(begins)s AND e.at < %(ends)s"""
_COUNTED = f"SELECT e.new_status, count(*) AS count FROM transfers_event e WHERE {_WITHIN} GROUP BY 1"  # noqa: S608 - constants
_STEPS = f"""
SELECT e.id, e.at, e.old_status, e.new_status, e.code, e.released_by, e.lateness_ms, e.transfer_id,
       t.amount_fen, t.channel, p.name AS actor
FROM transfers_event e
JOIN transfers_transfer t ON t.id = e.transfer_id
LEFT JOIN kernel_principal p ON p.id = e.actor_id
WHERE {_WITHIN} AND (%(before)s::bigint IS NULL OR e.id < %(before)s)
  AND (%(status)s = '' OR e.new_status = %(status)s) {{coded}} {{about}}
ORDER BY e.id DESC LIMIT %(most)s
"""  # noqa: S608 - constants
# Few steps have a code; this condition makes the planner use their index.
_CODED = "AND e.code = %(code)s AND e.code <> ''"
# For one transfer or account, the steps are found transfer by transfer, whatever else the days hold.
_ABOUT = """
AND e.transfer_id = ANY (ARRAY(
    SELECT id FROM transfers_transfer WHERE id = %(about)s
    UNION SELECT id FROM transfers_transfer WHERE payer_account_id = %(about)s
    UNION SELECT id FROM transfers_transfer WHERE payee_account_id = %(about)s AND status <> 'refused'
))
"""


def steps_between(
    begins_at: datetime,
    ends_at: datetime,
    *,
    status: str,
    code: str,
    before: int | None,
    most: int,
    about: UUID | None = None,
) -> list[Row]:
    """Return the steps of some days, newest first, with the transfer's amount and channel and the principal.

    :param ends_at: exclusive end.
    :param status: the status reached, empty for all; `code` likewise.
    :param before: the id of the last step on the previous page.
    :param about: id of a transfer, or of an account whose transfers are meant.
    """
    return rows(
        _STEPS.format(coded=_CODED if code else "", about=_ABOUT if about else ""),
        {
            **_window(begins_at, ends_at),
            "before": before,
            "status": status,
            "code": code,
            "about": about,
            "most": most,
        },
    )


def steps_counted(begins_at: datetime, ends_at: datetime) -> dict[str, int]:
    """Return the number of steps of some days by the status reached, of the steps that `steps_between` lists.

    :param ends_at: exclusive end.
    """
    return {row["new_status"]: row["count"] for row in rows(_COUNTED, _window(begins_at, ends_at))}


def _window(begins_at: datetime, ends_at: datetime) -> dict[str, datetime]:
    return {
        "begins": begins_at,
        "ends": ends_at,
        "around_begin": begins_at - SLACK,
        "around_end": ends_at + SLACK,
    }


def codes_since(codes: Sequence[str], at: datetime) -> set[str]:
    """Return those of some codes that refused a transfer since an instant, by one index read each."""
    found = rows(
        "SELECT asked.code FROM unnest(%s::text[]) AS asked(code) CROSS JOIN LATERAL ("
        "SELECT e.at FROM transfers_event e WHERE e.code = asked.code AND e.code <> '' ORDER BY e.id DESC LIMIT 1"
        ") last WHERE last.at >= %s",
        [list(codes), at],
    )
    return {row["code"] for row in found}


@dataclass(frozen=True, slots=True)
class ReleaseStep:
    """A release: its instant, lateness, releaser and result."""

    transfer_id: str
    due_at: datetime
    at: datetime
    lateness_ms: int
    released_by: str
    new_status: str


def releases_of(transfer_ids: Sequence[str]) -> list[ReleaseStep]:
    """Return all releases of some transfers."""
    found = rows(
        "SELECT e.transfer_id::text, t.due_at, e.at, e.lateness_ms, e.released_by, e.new_status FROM transfers_event e "
        "JOIN transfers_transfer t ON t.id = e.transfer_id "
        "WHERE e.transfer_id = ANY(%s::uuid[]) AND e.released_by <> '' ORDER BY e.id",
        [list(transfer_ids)],
    )
    return [ReleaseStep(**row) for row in found]


def count_known(transfer_ids: Sequence[str], payers: Sequence[str] = ()) -> tuple[int, int]:
    """Count the given transfers that exist here, and those of given payers that were not refused."""
    found = rows(
        "SELECT (SELECT count(*) FROM transfers_transfer WHERE id = ANY(%s::uuid[])) AS known, "
        "(SELECT count(*) FROM transfers_transfer WHERE payer_account_id = ANY(%s::uuid[]) AND status <> 'refused') AS made",
        [list(transfer_ids), list(payers)],
    )
    return found[0]["known"], found[0]["made"]
