"""Tell that a part of the releasing is at work, and how its clock stands; take turns where one is enough."""

import logging
import socket
import time

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from config.kernel.sql import rows
from config.kernel.transactions import transaction_required
from config.logs import constraint_name
from transfers.operations.release import Released
from transfers.queries.heartbeats import SEEN_WITHIN_SQL
from transfers.vocabulary import Part

log = logging.getLogger("bank.release")

ALARM_EVERY_SECONDS = 60

_TELL = """
INSERT INTO transfers_heartbeat AS known (part, host, seen_at, progressed_at, released, clock_ahead_ms)
SELECT %(part)s, %(host)s, now, CASE WHEN %(released)s > 0 THEN now END, %(released)s,
       round(extract(epoch FROM to_timestamp(%(clock)s) - now) * 1000)
FROM (SELECT clock_timestamp() AS now) AS real
ON CONFLICT (part, host) DO UPDATE
SET seen_at = EXCLUDED.seen_at, progressed_at = coalesce(EXCLUDED.progressed_at, known.progressed_at),
    released = known.released + EXCLUDED.released, clock_ahead_ms = EXCLUDED.clock_ahead_ms
RETURNING clock_ahead_ms
"""
_TURN = """
INSERT INTO transfers_heartbeat AS known (part, host, seen_at, released, clock_ahead_ms)
VALUES (%(part)s, '', clock_timestamp(), 0, 0)
ON CONFLICT (part, host) DO UPDATE SET seen_at = clock_timestamp()
WHERE known.seen_at NOT BETWEEN clock_timestamp() - %(every)s * interval '1 second' AND clock_timestamp()
RETURNING part
"""
_FOLD = f"""
WITH gone AS (
    DELETE FROM transfers_heartbeat WHERE host <> '' AND seen_at < clock_timestamp() - {SEEN_WITHIN_SQL}
    RETURNING part, seen_at, released
)
INSERT INTO transfers_heartbeat AS known (part, host, seen_at, released, clock_ahead_ms)
SELECT part, '', max(seen_at), sum(released), 0 FROM gone GROUP BY part
ON CONFLICT (part, host) DO UPDATE
SET seen_at = greatest(known.seen_at, EXCLUDED.seen_at), released = known.released + EXCLUDED.released
"""  # noqa: S608 - constants

_last_alarm: dict[Part, float] = {}


class Teller:
    """Tell of a part's progress as it works, a few times a second at most."""

    BUSY_SECONDS = 0.2
    IDLE_SECONDS = 1.0

    def __init__(self, part: Part) -> None:
        self.part = part
        self._released = 0
        self._told_at = -self.IDLE_SECONDS

    def __call__(self, done: Released) -> None:
        """Take in what came of a batch."""
        self._released += done.released
        if self._released and time.monotonic() - self._told_at >= self.BUSY_SECONDS:
            self._tell()

    def flush(self) -> None:
        """Tell what has not been told, and that this part is still there."""
        if self._released or time.monotonic() - self._told_at >= self.IDLE_SECONDS:
            self._tell()

    def _tell(self) -> None:
        self._told_at = time.monotonic()
        try:
            tell(self.part, released=self._released)
        except (DatabaseError, InterfaceError) as error:
            # A figure to watch by must not keep a release back: what was not told is told the next time.
            log.warning("no heartbeat: %s, %s", type(error).__name__, constraint_name(error))
            connection.close()
        else:
            self._released = 0


def tell(part: Part, *, released: int = 0) -> None:
    """Write that a part is at work on this host; raise an alarm when its clock differs from the database's.

    Nothing that is decided here depends on a process's clock; its logs do.

    :param released: how many transfers it has posted or returned since it last told.
    """
    found = rows(
        _TELL, {"part": part.value, "host": socket.gethostname()[:100], "released": released, "clock": time.time()}
    )
    ahead_ms: int = found[0]["clock_ahead_ms"]
    if abs(ahead_ms) > settings.CLOCK_TOLERANCE_MILLISECONDS:
        _alarm(part, ahead_ms)


def take_turn(part: Part, *, every_seconds: float) -> bool:
    """Say whether it is this caller's turn: one in so many seconds has it, whoever asks, on whichever host."""
    return bool(rows(_TURN, {"part": part.value, "every": every_seconds}))


@transaction_required
def fold_heartbeats() -> None:
    """Put one row for each part in the place of hosts that are gone: a container has a new name at each start.

    How many transfers a part has released in all stays what it was.
    """
    rows(_FOLD)


def _alarm(part: Part, ahead_ms: int) -> None:
    now = time.monotonic()
    if now - _last_alarm.get(part, -ALARM_EVERY_SECONDS) >= ALARM_EVERY_SECONDS:
        _last_alarm[part] = now
        log.error("the clock of %s differs by %.1f s from the database's", part.value, ahead_ms / 1000)
