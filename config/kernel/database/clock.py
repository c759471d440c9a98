"""The bank's clock: the clock of the database, read after the lock under which a decision is made.

The clock of a client, a terminal or a worker never decides. In production `bank_now()` reads no table; the
sandbox replaces it by a version that adds an offset.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.db import transaction

from config.kernel.database.sql import Query, Row, ask, rows
from config.kernel.database.transactions import transaction_required
from config.kernel.law.dates import rfc3339
from config.kernel.law.refusals import BadRequest, Conflict
from config.kernel.law.text import Text

#: Session advisory lock, held while the sandbox clock moves and until the transfers that fell due by it are released;
#: `clock_rests` returns False meanwhile.
CLOCK_MOVE_LOCK = 0x62616E6B

MAX_JUMP = timedelta(days=3653)
TOO_FAR = Text("时钟一次最多前进十年。", "The clock moves ten years at most.")
#: The sandbox clock stays before this instant: later years cannot be read, and periods that begin near it need room.
END = datetime(9000, 1, 1, tzinfo=UTC)
PAST_END = Text("时钟不能设到9000年或更晚。", "The clock stays before the year 9000.")

# It reads no table and sets no option, so PostgreSQL inlines it as `clock_timestamp()`.
PRODUCTION_FUNCTION = """
CREATE OR REPLACE FUNCTION bank_now() RETURNS timestamptz LANGUAGE sql VOLATILE
AS $$ SELECT clock_timestamp() $$
"""

# The result does not depend on the session: it reads no temporary table of the same name, and adds days of UTC.
SANDBOX_FUNCTION = """
CREATE OR REPLACE FUNCTION bank_now() RETURNS timestamptz LANGUAGE sql VOLATILE
SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC'
AS $$
  SELECT coalesce(frozen_at, clock_timestamp() + shift) FROM kernel_sandboxclock
$$
"""


class ClockBackward(Conflict):
    """Refuse to set the sandbox clock to an earlier instant."""

    code = "CLOCK_BACKWARD"
    title = Text("银行时钟不能倒拨", "Clock cannot go back")
    zh = "银行时钟不能倒退：现在是 {now}。只能设为同一时刻或更晚的时刻。"
    en = "The bank's clock does not run backwards: it is {now}. Set the same instant or a later one."


def _instant(found: list[Row]) -> datetime:
    at: datetime = found[0]["at"]
    return at


#: The present instant; sent after locks in the same round trip, it is the instant of the decision.
NOW = Query("SELECT bank_now() AS at", None, _instant)


def bank_now() -> datetime:
    """Return the bank's present instant (aware, to the microsecond)."""
    return ask(NOW)


def _rests(found: list[Row]) -> bool:
    rests: bool = found[0]["rests"]
    return rests


@transaction_required
def clock_rests() -> bool:
    """Return whether the sandbox clock is not being moved; if so, prevent a move until this transaction ends."""
    return ask(Query("SELECT pg_try_advisory_xact_lock_shared(%s::bigint) AS rests", [CLOCK_MOVE_LOCK], _rests))


def sandbox_installed() -> bool:
    """Return whether this database has the sandbox clock."""
    found = rows("SELECT 1 FROM pg_proc WHERE proname = 'bank_now' AND prosrc LIKE '%%kernel_sandboxclock%%'", [])
    return bool(found)


def install_sandbox() -> None:
    """Replace the production clock by the sandbox clock, starting at the same instant, unless it is installed."""
    with transaction.atomic():
        rows("INSERT INTO kernel_sandboxclock (id, shift) VALUES (1, interval '0') ON CONFLICT DO NOTHING")
        rows(SANDBOX_FUNCTION)


def begin_earlier(before: timedelta) -> bool:
    """Let the sandbox clock of an empty bank run behind by a duration; return whether it does.

    The demo uses it to simulate its first day. Afterwards the clock only moves forward.

    :param before: how far behind the database's clock.
    """
    began = rows(
        "UPDATE kernel_sandboxclock SET shift = -%s::interval WHERE NOT EXISTS (SELECT FROM kernel_decision)"
        " AND shift = interval '0' AND frozen_at IS NULL RETURNING 1",
        [before],
    )
    return bool(began)


def catch_up() -> None:
    """Set a sandbox clock that runs behind to the database's clock."""
    rows("UPDATE kernel_sandboxclock SET shift = interval '0' WHERE shift < interval '0' AND frozen_at IS NULL")


def runs_behind() -> bool:
    """Return whether the sandbox clock is behind the database's clock."""
    return bool(rows("SELECT 1 FROM kernel_sandboxclock WHERE shift < interval '0' AND frozen_at IS NULL"))


def remove_sandbox() -> None:
    """Replace the sandbox clock by the production clock."""
    rows(PRODUCTION_FUNCTION)


def sandbox_clock() -> tuple[datetime, bool]:
    """Return the instant of the sandbox clock and whether it is frozen."""
    row = rows("SELECT bank_now() AS now, frozen_at IS NOT NULL AS frozen FROM kernel_sandboxclock")[0]
    return row["now"], row["frozen"]


def set_sandbox_clock(*, now: datetime | None, frozen: bool | None) -> None:
    """Set, freeze or unfreeze the sandbox clock.

    :param now: the new instant; None keeps the present one.
    :param frozen: True freezes it, False lets it run, None changes nothing.
    :raises ClockBackward: when `now` is before the bank's present instant.
    :raises BadRequest: when it is more than ten years ahead, or after the clock's last instant.
    """
    locked = rows("SELECT frozen_at FROM kernel_sandboxclock FOR UPDATE")[0]
    present = bank_now()
    target = present if now is None else now
    if target < present:
        raise ClockBackward(now=rfc3339(present))
    if target - present > MAX_JUMP:
        raise BadRequest({"now": [TOO_FAR]})
    if target >= END:
        raise BadRequest({"now": [PAST_END]})
    if frozen if frozen is not None else locked["frozen_at"] is not None:
        rows("UPDATE kernel_sandboxclock SET frozen_at = %s, shift = %s - clock_timestamp()", [target, target])
    elif now is None and locked["frozen_at"] is None:
        return
    else:
        rows("UPDATE kernel_sandboxclock SET frozen_at = NULL, shift = %s - clock_timestamp()", [target])


def advance_sandbox_clock(seconds: Decimal) -> None:
    """Move the sandbox clock forward, whether it is frozen or runs.

    :param seconds: 0 or more, with fractions.
    :raises BadRequest: beyond ten years, or after the clock's last instant.
    """
    if seconds > MAX_JUMP.total_seconds():
        raise BadRequest({"seconds": [TOO_FAR]})
    jump = timedelta(microseconds=int(seconds * 1_000_000))
    # Without the lock two concurrent moves would both start from the same instant.
    rows("SELECT 1 FROM kernel_sandboxclock FOR UPDATE")
    if bank_now() >= END - jump:
        raise BadRequest({"seconds": [PAST_END]})
    rows("UPDATE kernel_sandboxclock SET frozen_at = frozen_at + %s, shift = shift + %s", [jump, jump])
