"""Faults in a sandbox, one at a time; the history records begin and end of each."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

import psycopg
from celery.platforms import set_pdeathsig
from redis import Redis, RedisError

from benchmarks.drills.chaos.history import History
from benchmarks.drills.chaos.proxy import CuttingProxy
from benchmarks.drills.processes import Processes, below, send

CLOCK_OFF = "+48h"
#: Maximum time for which an abandoned transaction holds its locks, as for the bank's own sessions.
ABANDONED = "-c idle_in_transaction_session_timeout=10s"
END_CLIENTS = ("CLIENT", "KILL", "TYPE", "normal")
_CUT = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND application_name <> 'observer' AND pid <> pg_backend_pid()
  AND backend_type = 'client backend'
"""
_ONE_BACKEND = """
SELECT pid FROM pg_stat_activity
WHERE datname = current_database() AND application_name <> 'observer' AND pid <> pg_backend_pid()
  AND backend_type = 'client backend' ORDER BY random() LIMIT 1
"""
_BUSY = """
SELECT pid FROM pg_stat_activity
WHERE datname = current_database() AND application_name = ANY(%s) AND backend_xid IS NOT NULL
"""


class FaultInjector:
    """Injector of faults into a bank whose processes a supervisor keeps running.

    :param database: connection arguments of psycopg for the server's superuser.
    :param place: folder for the logs of additional processes.
    """

    def __init__(
        self,
        history: History,
        processes: Processes,
        database: Mapping[str, Any],
        broker_url: str,
        proxy: CuttingProxy,
        *,
        place: Path,
        chance: random.Random,
    ) -> None:
        self.history, self.processes, self.database = history, processes, dict(database)
        self.broker_url, self.proxy, self.place, self.chance = broker_url, proxy, place, chance
        self._started: list[subprocess.Popen[bytes]] = []

    # --- processes ------------------------------------------------------------------------------------------------

    def kill(self, *names: str, only: slice = slice(None)) -> None:
        """Kill programs with all their descendants, or a slice of these processes."""
        pids = [pid for name in names for pid in self.processes.family(name)][only]
        with self.history.fault(f"{', '.join(names)} killed"):
            send(pids, signal.SIGKILL)
            self._until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids), 2)

    def kill_children(self, name: str, count: int | None = None) -> None:
        """Kill the descendants of a program, but not the program itself."""
        with self.history.fault(f"children of {name} killed"):
            send(list(below(self.processes.pid(name)))[:count], signal.SIGKILL)

    @contextmanager
    def suspended(self, name: str) -> Iterator[None]:
        """Stop a program and its descendants for a while, as on a hung machine."""
        pids = self.processes.family(name)
        with self.history.fault(f"{name} suspended"):
            send(pids, signal.SIGSTOP)
            try:
                yield
            finally:
                send(pids, signal.SIGCONT)

    def away(self, name: str, seconds: float) -> None:
        """Kill a server each time it comes back, for some seconds."""
        deadline = time.monotonic() + seconds
        with self.history.fault(f"{name} away"):
            while time.monotonic() < deadline:
                with suppress(KeyError, OSError, ValueError):
                    send(self.processes.family(name), signal.SIGKILL)
                time.sleep(0.2)

    def start(self, what: str, *words: str) -> None:
        """Start an additional program until the end of the run."""
        with self.history.fault(what):
            self._start(*words, PGAPPNAME="second")

    def end(self) -> None:
        """End all programs started here."""
        while self._started:
            self._end(self._started[0])

    def _start(self, *words: str, **more: str) -> subprocess.Popen[bytes]:
        with (self.place / "started.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *words],
                env={**os.environ, **more},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                # A second watcher must end with the run, because no other process would end it.
                preexec_fn=partial(set_pdeathsig, "SIGKILL"),
            )
        self._started.append(process)
        return process

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if process in self._started:
            self._started.remove(process)

    def wrong_clock(self, seconds: float, stop: Event) -> None:
        """Run an additional release worker whose clock is two days ahead; skip it without libfaketime."""
        library = faketime_library()
        if library is None:
            self.history.write("skipped", what="a worker's clock is two days ahead", why="libfaketime is not installed")
            return
        worker = ("-m", "celery", "-A", "config.celery:app", "worker", "-Q", "release", "-c", "1", "-n", "ahead@%h")
        quiet = ("--without-gossip", "--without-mingle")
        more = {"LD_PRELOAD": str(library), "FAKETIME": CLOCK_OFF, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
        process = self._start(*worker, *quiet, PGAPPNAME="ahead", **more)
        with self.history.fault("a worker's clock is two days ahead"):
            stop.wait(seconds)
        self._end(process)

    # --- the database ---------------------------------------------------------------------------------------------

    @contextmanager
    def session(self, **more: Any) -> Iterator[psycopg.Connection]:
        """Open a session of the superuser; roll back uncommitted work at the end."""
        with psycopg.connect(**self.database, connect_timeout=3, application_name="nemesis", **more) as session:
            session.execute("SET lock_timeout = '3s'")
            yield session
            session.rollback()

    @contextmanager
    def gate(self) -> Iterator[None]:
        """Block all writing of steps; a transaction about to write one waits with all its locks."""
        with self.session() as session, self.history.fault("steps cannot be written"):
            session.execute("LOCK TABLE transfers_event IN SHARE MODE")
            yield

    @contextmanager
    def locked(self, *account_ids: str) -> Iterator[None]:
        """Lock the rows of accounts for a while."""
        with self.session() as session, self.history.fault("accounts locked"):
            session.execute(
                "SELECT id FROM accounts_account WHERE id = ANY(%s::uuid[]) ORDER BY id FOR NO KEY UPDATE",
                [list(account_ids)],
            )
            yield

    def until_busy(self, *parts: str, seconds: float = 0.45) -> bool:
        """Wait until a program has a transaction with row locks; return whether one has."""
        with psycopg.connect(**self.database, autocommit=True, application_name="nemesis") as session:
            return self._until(lambda: bool(session.execute(_BUSY, [list(parts)]).fetchall()), seconds)

    def vanish(self, account_id: str, stop: Event) -> None:
        """Lock an account and disappear; only the server's timeout ends the transaction."""
        with self.history.fault("a client vanished with a lock"):
            session = psycopg.connect(**self.database, application_name="vanished", options=ABANDONED)
            session.execute("SELECT id FROM accounts_account WHERE id = %s FOR NO KEY UPDATE", [account_id])
            stop.wait(11)
            with suppress(psycopg.Error):
                session.close()

    def cut_sessions(self) -> None:
        """End every database session of the bank."""
        with self.history.fault("sessions cut"), self.session() as session:
            session.execute(_CUT)

    def kill_backend(self) -> None:
        """Kill a server process; the database server then restarts itself and ends all sessions."""
        with self.history.fault("a backend killed"), self.session() as session:
            found = session.execute(_ONE_BACKEND).fetchone()
            if found:
                send([found[0]], signal.SIGKILL)

    # --- broker and network -----------------------------------------------------------------------------------------

    def flush(self) -> None:
        """Delete all content of the broker."""
        self._broker("the broker emptied", lambda redis: redis.flushall())

    def cut_broker(self) -> None:
        """End every session of the broker."""
        self._broker("sessions of the broker cut", lambda redis: redis.execute_command(*END_CLIENTS))  # type: ignore[no-untyped-call]

    def double(self) -> None:
        """Send every waiting wake-up again, twice."""

        def again(redis: Redis) -> None:
            for entry in redis.lrange("release", 0, -1):
                redis.lpush("release", entry, entry)

        self._broker("wake-ups doubled", again)

    def storm(self, seconds: float, stop: Event) -> None:
        """Cut or half-close three of ten requests and answers for a while."""
        with self.history.fault("connections cut and half-closed"):
            usual, self.proxy.odds = self.proxy.odds, 0.3
            stop.wait(seconds)
            self.proxy.odds = usual

    def _broker(self, what: str, act: Callable[[Redis], object]) -> None:
        redis = Redis.from_url(self.broker_url, socket_timeout=2)
        with self.history.fault(what), suppress(RedisError), redis:
            act(redis)

    @staticmethod
    def _until(true: Callable[[], bool], seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while not true():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.002)
        return True


def faketime_library() -> Path | None:
    """Return the path of libfaketime, which gives a program another clock; None if it is not installed."""
    return next(iter(Path("/usr/lib").glob("*/faketime/libfaketime.so.1")), None)
