"""Observe the whole bank many times a second from outside: money, releases, locks, processes, broker."""

import json
import time
from collections.abc import Mapping
from contextlib import suppress
from threading import Event
from typing import Any

import psycopg
from psycopg.rows import DictRow, dict_row
from redis import Redis, RedisError

from benchmarks.drills.chaos.history import History, Sample, SeenSession
from benchmarks.drills.processes import Processes

LOOK_EVERY_SECONDS = 0.1
#: Programs whose processes and sessions are distinguished.
PARTS = ("web", "release", "default", "beat", "watcher", "postgres", "valkey")

# One statement is one snapshot, even while money moves.
_LOOK = """
SELECT extract(epoch FROM bank_now())::float AS bank,
       extract(epoch FROM pg_postmaster_start_time())::float AS started,
       (SELECT coalesce(sum(balance_fen), 0)::bigint FROM accounts_account) AS total_fen,
       (SELECT coalesce(sum(held_fen), 0)::bigint FROM accounts_account) AS held_fen,
       (SELECT coalesce(sum(amount_fen), 0)::bigint FROM transfers_transfer WHERE status = 'held') AS holds_fen,
       (SELECT coalesce(json_object_agg(released_by, n), '{}') FROM (
           SELECT released_by, count(*) AS n FROM transfers_event WHERE released_by <> '' GROUP BY 1) each) AS released,
       (SELECT coalesce(extract(epoch FROM clock_timestamp() - max(seen_at))::float, 3600) FROM transfers_heartbeat
        WHERE part IN ('celery', 'dispatch')) AS celery_silent,
       (SELECT coalesce(json_agg(json_build_array(application_name, pid, backend_start, backend_xid IS NOT NULL)), '[]')
        FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend') AS sessions
"""


class Observer:
    """Observer of the bank; it changes nothing.

    :param database: connection arguments of psycopg for a role that sees all sessions.
    """

    def __init__(self, history: History, database: Mapping[str, Any], broker_url: str, processes: Processes) -> None:
        self.history = history
        self.database, self.processes = dict(database), processes
        self.broker = Redis.from_url(broker_url, socket_timeout=1, socket_connect_timeout=1)
        self._session: psycopg.Connection[DictRow] | None = None

    def run(self, stop: Event) -> None:
        """Observe until `stop` is set."""
        while not stop.wait(LOOK_EVERY_SECONDS):
            self.look()
        if self._session:
            self._session.close()

    def look(self) -> None:
        """Observe once; record it if the database is not reachable."""
        began = time.time()
        processes, broker = self._processes(), self._broker()
        try:
            seen = self._ask()
        except psycopg.Error:
            if self._session:
                self._session.close()
            self._session = None
            self.history.saw_nothing()
            return
        sessions: dict[str, int] = {}
        for part, *_ in seen["sessions"]:
            sessions[part] = sessions.get(part, 0) + 1
        busy = [SeenSession(part, pid, start) for part, pid, start, writes in seen.pop("sessions") if writes]
        self.history.saw(
            Sample(began, time.time(), sessions=sessions, busy=busy, processes=processes, broker=broker, **seen)
        )

    def _ask(self) -> dict[str, Any]:
        if self._session is None:
            self._session = psycopg.connect(
                **self.database,
                autocommit=True,
                connect_timeout=2,
                application_name="observer",
                options="-c statement_timeout=2s",
                row_factory=dict_row,
            )
        found: dict[str, Any] | None = self._session.execute(_LOOK).fetchone()
        if found is None:
            raise psycopg.OperationalError
        return found

    def _processes(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for part in PARTS:
            with suppress(OSError, KeyError, json.JSONDecodeError):
                found[part] = [pid for pid in self.processes.family(part) if is_alive(pid)]
        return found

    def _broker(self) -> str:
        try:
            server: Any = self.broker.info("server")
        except (RedisError, OSError):
            return ""
        return str(server["run_id"])


def is_alive(pid: int) -> bool:
    """Return whether a process with this id exists."""
    with suppress(OSError), open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:  # noqa: PTH123
        return file.read().rpartition(")")[2].split()[0] not in "ZX"
    return False
