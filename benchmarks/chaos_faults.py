"""What breaks in a run under faults: processes killed or frozen, sessions cut, rows locked, the broker emptied."""

import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event

import psycopg
from redis import Redis

from config.stack.state import PIDS
from transfers.simulation.faults import Processes, below, send

FREEZE_SECONDS = 12.0
LOCK_SECONDS = 12.0


class Faults:
    """The faults of one demo.

    :param state_dir: of the demo, whose file of process ids says what runs.
    """

    def __init__(self, state_dir: Path, database_url: str, redis_url: str, chance: random.Random) -> None:
        self.processes = Processes(state_dir / PIDS)
        self.database_url = database_url
        self.redis_url = redis_url
        self.chance = chance
        self.done: list[str] = []
        self.kinds: dict[str, Callable[[], None]] = {
            "a web worker killed": lambda: self._kill(self._children("web")[:1]),
            "all web workers killed": lambda: self._kill(self._children("web")),
            "the release worker killed with its children": lambda: self._kill(self._family("release")),
            "the release worker's children killed": lambda: self._kill(self._children("release")),
            "beat killed": lambda: self._kill(self._family("beat")),
            "the watcher killed": lambda: self._kill(self._family("watcher")),
            "Celery and watcher killed together": lambda: self._kill(
                [*self._family("release"), *self._family("beat"), *self._family("watcher")]
            ),
            "the release worker told to stop": lambda: send([self._pid("release")], signal.SIGTERM),
            "the web process told to respawn its workers": lambda: send([self._pid("web")], signal.SIGHUP),
            "the release worker frozen with its children": lambda: self._freeze(
                self._family("release"), FREEZE_SECONDS
            ),
            "one child of the release worker frozen": lambda: self._freeze(
                self._children("release")[:1], FREEZE_SECONDS
            ),
            "the watcher frozen": lambda: self._freeze(self._family("watcher"), 4),
            "a web worker frozen": lambda: self._freeze(self._children("web")[:1], 3),
            "PostgreSQL frozen with its children": lambda: self._freeze(self._family("postgres"), 3),
            "Valkey frozen": lambda: self._freeze(self._family("valkey"), 3),
            "all sessions of the database cut": self._cut_sessions,
            "a backend killed": self._kill_backend,
            "the postmaster killed": lambda: self._kill([self._pid("postgres")]),
            "PostgreSQL restarted": lambda: send([self._pid("postgres")], signal.SIGINT),
            "two accounts in a hundred locked": lambda: self._lock(
                "SELECT id FROM accounts_account TABLESAMPLE BERNOULLI (2) FOR NO KEY UPDATE"
            ),
            "the earliest held rows locked": lambda: self._lock(
                "SELECT id FROM transfers_transfer WHERE status = 'held' ORDER BY due_at LIMIT 50 FOR UPDATE", seconds=3
            ),
            "the table of transfers locked": lambda: self._lock(
                "LOCK TABLE transfers_transfer IN ACCESS EXCLUSIVE MODE", seconds=2
            ),
            "the broker flushed": lambda: self._redis(lambda redis: redis.flushall()),
            "Valkey killed": lambda: self._kill(self._family("valkey")),
            "the broker's clients cut": lambda: self._redis(
                lambda redis: redis.execute_command("CLIENT KILL TYPE normal")
            ),
            "entries in the broker that are no message": lambda: self._redis(
                lambda redis: redis.lpush("release", b"{", b"42", b"\xff", b'{"body": "e30="}')
            ),
            "every wake-up three times": self._triple,
        }

    def run(self, stop: Event) -> None:
        """Break things, each kind once before any a second time, until told to stop."""
        waiting: list[str] = []
        while not stop.wait(self.chance.uniform(0.5, 2.5)):
            if not waiting:
                waiting = list(self.kinds)
                self.chance.shuffle(waiting)
            name = waiting.pop()
            with suppress(ProcessLookupError, psycopg.Error, OSError, KeyError, IndexError):
                self.kinds[name]()
                self.done.append(name)

    # --- processes ------------------------------------------------------------------------------------------------

    def _pid(self, name: str) -> int:
        return self.processes.pid(name)

    def _children(self, name: str) -> list[int]:
        return list(below(self._pid(name)))

    def _family(self, name: str) -> list[int]:
        return self.processes.family(name)

    def _kill(self, pids: list[int]) -> None:
        send(pids, signal.SIGKILL)

    def _freeze(self, pids: list[int], seconds: float) -> None:
        send(pids, signal.SIGSTOP)
        time.sleep(seconds)
        send(pids, signal.SIGCONT)

    # --- database and broker ------------------------------------------------------------------------------------

    @contextmanager
    def _session(self) -> Iterator[psycopg.Connection]:
        with psycopg.connect(self.database_url, connect_timeout=2) as session:
            yield session

    def _cut_sessions(self) -> None:
        with self._session() as session:
            session.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid() "
                "AND backend_type = 'client backend'"
            )

    def _kill_backend(self) -> None:
        with self._session() as session:
            found = session.execute(
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
                "AND backend_type = 'client backend' ORDER BY random() LIMIT 1"
            ).fetchone()
        if found:
            self._kill([found[0]])

    def _lock(self, statement: str, *, seconds: float = LOCK_SECONDS) -> None:
        with self._session() as session:
            session.execute("SET lock_timeout = '2s'")
            session.execute(statement)
            time.sleep(seconds)
            session.rollback()

    def _redis(self, act: Callable[[Redis], object]) -> None:
        with Redis.from_url(self.redis_url, socket_timeout=2) as redis:
            act(redis)

    def _triple(self) -> None:
        def triple(redis: Redis) -> None:
            for entry in redis.lrange("release", 0, -1):
                redis.lpush("release", entry, entry)

        self._redis(triple)
