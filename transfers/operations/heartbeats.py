"""Write heartbeats with the clock difference to the database, and give one caller at a time its turn."""

import logging
import socket
import time

from django.db import DatabaseError, InterfaceError, connection

from config.kernel.database.sql import rows
from config.logs import constraint_name
from transfers.queries.heartbeats import SEEN_WITHIN_SQL
from transfers.vocabulary import Part

log = logging.getLogger("bank.release")

_WRITE = """
INSERT INTO transfers_heartbeat AS known (part, host, seen_at, progressed_at, clock_ahead_ms)
SELECT %(part)s, %(host)s, now, CASE WHEN %(progressed)s THEN now END,
       round(extract(epoch FROM to_timestamp(%(clock)s) - now) * 1000)
FROM (SELECT clock_timestamp() AS now) AS real
ON CONFLICT (part, host) DO UPDATE
SET seen_at = EXCLUDED.seen_at, progressed_at = coalesce(EXCLUDED.progressed_at, known.progressed_at),
    clock_ahead_ms = EXCLUDED.clock_ahead_ms
"""
_TURN = """
INSERT INTO transfers_heartbeat AS known (part, host, seen_at, clock_ahead_ms)
VALUES (%(part)s, '', clock_timestamp(), 0)
ON CONFLICT (part, host) DO UPDATE SET seen_at = clock_timestamp()
WHERE known.seen_at NOT BETWEEN clock_timestamp() - %(every)s * interval '1 second' AND clock_timestamp()
RETURNING part
"""
_FORGET = f"DELETE FROM transfers_heartbeat WHERE seen_at < clock_timestamp() - {SEEN_WITHIN_SQL}"  # noqa: S608 - constant


class HeartbeatWriter:
    """Write the heartbeat of a part while it works, at most a few times a second."""

    BUSY_SECONDS = 0.2
    IDLE_SECONDS = 1.0

    def __init__(self, part: Part) -> None:
        self.part = part
        self._written_at, self._progressed = float("-inf"), False

    def __call__(self, *, progressed: bool = False) -> None:
        """Write that the part looked, and whether it released something; skip it shortly after the last write."""
        self._progressed |= progressed
        now = time.monotonic()
        if now - self._written_at < (self.BUSY_SECONDS if self._progressed else self.IDLE_SECONDS):
            return
        self._written_at = now
        try:
            write_heartbeat(self.part, progressed=self._progressed)
            self._progressed = False
        except (DatabaseError, InterfaceError) as error:
            # Never delay a release for a heartbeat.
            log.warning("no heartbeat: %s, %s", type(error).__name__, constraint_name(error))
            connection.close()


def write_heartbeat(part: Part, *, progressed: bool = False) -> None:
    """Write that a part is at work on this host, and how far its clock is ahead of the database's.

    :param progressed: whether it has posted or returned a transfer.
    """
    host = socket.gethostname()[:100]
    rows(_WRITE, {"part": part.value, "host": host, "progressed": progressed, "clock": time.time()})


def take_turn(part: Part, *, every_seconds: float) -> bool:
    """Return whether it is this caller's turn: only one caller per interval, over all hosts."""
    return bool(rows(_TURN, {"part": part.value, "every": every_seconds}))


def forget_heartbeats() -> None:
    """Delete the rows of hosts that no longer exist; a container has a new name at each start."""
    rows(_FORGET)
