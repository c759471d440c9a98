"""Sessions of the tester: a thread with its own connection that stops before each round trip.

It runs the bank's own code and stops only where psycopg waits for the server.
"""

import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Any

import psycopg
from django.db import connections
from django.db.backends.signals import connection_created
from psycopg.pq import TransactionStatus

from config.kernel.database.pipeline import Pipeline
from config.kernel.law.refusals import Refusal
from tests.interleavings.steps import Catalog, Step, step_of
from tests.races import SECONDS, be_patient

type Unit = Callable[[], object]

#: What psycopg calls waiting for the server although nothing is asked of it.
_QUIET = {
    "_answers",
    "_set_autocommit_gen",
    "_set_isolation_level_gen",
    "_set_read_only_gen",
    "_set_deferrable_gen",
    "_close_gen",
}
_ENDS = {"_commit_gen", "_rollback_gen"}
_WRITTEN = b"""
SELECT relname FROM pg_stat_xact_user_tables WHERE n_tup_ins + n_tup_upd + n_tup_del > 0
"""
#: What is locked after a savepoint is free again once that is gone back to.
_UNDONE = "ROLLBACK TO"
_here = threading.local()


class Session:
    """One session: it gets units of work, each with its own transactions, and makes a step on request.

    :ivar pid: of its backend.
    :ivar pending: its next step; None while it works and when it has finished.
    :ivar held: the locking steps of the open transaction.
    :ivar let_go: whether it released locks since the last step, by the end or partial rollback of the transaction.
    :ivar outcomes: results of its units: the code of a refusal, the name of an error, else `done`.
    """

    def __init__(self, known: Catalog) -> None:
        self.pid = 0
        self.pending: Step | None = None
        self.outcomes: list[str] = []
        self.held: list[Step] = []
        self.let_go = False
        self.units_left = 0
        self.at_rest = threading.Event()
        self._go = threading.Event()
        self._known = known
        self._last = ""
        self._work: SimpleQueue[Sequence[Unit] | None] = SimpleQueue()
        self._free_run = True
        self._thread = threading.Thread(target=self._live, daemon=True)
        self._thread.start()
        assert self.at_rest.wait(SECONDS)

    @property
    def finished(self) -> bool:
        """Return whether it has done all its work."""
        return self.at_rest.is_set() and self.pending is None

    def begin(self, units: Sequence[Unit]) -> None:
        """Give it work, and wait until it is before its first step."""
        self.at_rest.clear()
        self._work.put(units)
        assert self.at_rest.wait(SECONDS), "nothing was asked of the database"

    def go(self) -> Step:
        """Let it make its next step; return the step."""
        step = self.pending
        assert step is not None
        self.at_rest.clear()
        self._go.set()
        return step

    def end(self) -> None:
        """Let it finish its work, close the connection and end the thread."""
        self._free_run = True
        self._go.set()
        self._work.put(None)
        self._thread.join(SECONDS)

    def _live(self) -> None:
        _here.session = self
        wrapper = connections["default"]
        be_patient(wrapper)
        try:
            wrapper.ensure_connection()
            self.at_rest.set()
            while (units := self._work.get()) is not None:
                self._do(units)
        finally:
            self._free_run = True
            connections.close_all()
            self.at_rest.set()

    def _do(self, units: Sequence[Unit]) -> None:
        self.outcomes, self.held, self._last, self._free_run = [], [], "", False
        self.units_left = len(units)
        for unit in units:
            try:
                outcome = unit()
                self.outcomes.append(outcome if isinstance(outcome, str) else "done")
            except Refusal as refusal:
                self.outcomes.append(refusal.code)
            except Exception as error:  # noqa: BLE001 - what it came to is what is asked
                self.outcomes.append(f"ERROR {type(error).__name__} {error}")
            self.units_left -= 1
        self._free_run = True
        self.pending = None
        self.at_rest.set()

    def attach(self, session: "psycopg.Connection[Any]") -> None:
        """Stop a connection of this session before each of its round trips."""
        self.pid = session.info.backend_pid
        plain = session.wait

        def wait(asked: Generator[Any, Any, Any], *args: Any, **more: Any) -> Any:
            step = None if self._free_run else self._step(session, asked)
            return self.make(session, step, lambda: plain(asked, *args, **more))

        session.wait = wait  # type: ignore[method-assign]

    def exchanged(
        self, session: "psycopg.Connection[Any]", texts: Sequence[str], commit: bool, do: Callable[[], Any]
    ) -> Any:
        """Stop before a round trip of the bank's own pipeline, which is sent before psycopg waits."""
        step = None if self._free_run else self._asked(session, texts, ends=commit)
        return self.make(session, step, do)

    def make(self, session: "psycopg.Connection[Any]", step: Step | None, do: Callable[[], Any]) -> Any:
        """Wait before a step until the test lets it proceed, then make it."""
        if step is None:
            return do()
        self._wait_for_turn(step)
        try:
            return do()
        finally:
            self._made(session, step)

    def _wait_for_turn(self, step: Step) -> None:
        self.pending = step
        self.at_rest.set()
        assert self._go.wait(SECONDS), "nobody lets this session go on"
        self._go.clear()
        self.pending = None
        self._last = step.id

    def _made(self, session: "psycopg.Connection[Any]", step: Step) -> None:
        ended = session.pgconn.transaction_status != TransactionStatus.INTRANS
        self.let_go = ended or any(_UNDONE in text for text in step.texts)
        if ended:
            # What has failed holds nothing any more.
            self.held = []
        elif step.locks:
            self.held = [*self.held, step]

    def _step(self, session: "psycopg.Connection[Any]", asked: Generator[Any, Any, Any]) -> Step | None:
        name = asked.__name__
        if name in _QUIET:
            return None
        if name in _ENDS:
            if session.pgconn.transaction_status == TransactionStatus.IDLE:
                return None
            # A rollback writes nothing that others see.
            writes = self._written(session) if name == "_commit_gen" else frozenset()
            return step_of([], self._known, self._last, ends=True, held=self.held, writes=writes)
        assert asked.gi_frame is not None
        query = asked.gi_frame.f_locals["query"]
        return self._asked(session, [query.decode() if isinstance(query, bytes) else str(query)])

    def _asked(self, session: "psycopg.Connection[Any]", texts: Sequence[str], *, ends: bool = False) -> Step:
        # A statement alone is a transaction of its own.
        ends = ends or (session.autocommit and session.pgconn.transaction_status == TransactionStatus.IDLE)
        return step_of(texts, self._known, self._last, ends=ends, held=self.held)

    @staticmethod
    def _written(session: "psycopg.Connection[Any]") -> frozenset[str] | None:
        if session.pgconn.transaction_status != TransactionStatus.INTRANS:
            return frozenset()
        # Past psycopg, whose connection is locked here.
        found = session.pgconn.exec_(_WRITTEN)
        return frozenset((found.get_value(row, 0) or b"").decode() for row in range(found.ntuples))


@contextmanager
def sessions(count: int, known: Catalog) -> Iterator[list[Session]]:
    """Yield `count` sessions for the block."""
    plain = Pipeline._exchange

    def exchange(self: Pipeline, bound: Sequence[tuple[bytes, Any, Any]], *, commit: bool) -> Any:
        def do() -> Any:
            return plain(self, bound, commit=commit)

        here = _session()
        return here.exchanged(self.connection, [text.decode() for text, *_ in bound], commit, do) if here else do()

    connection_created.connect(_hold)
    Pipeline._exchange = exchange  # type: ignore[method-assign]
    made: list[Session] = []
    try:
        made += [Session(known) for _ in range(count)]
        yield made
    finally:
        for each in made:
            each.end()
        Pipeline._exchange = plain  # type: ignore[method-assign]
        connection_created.disconnect(_hold)


def _session() -> Session | None:
    return getattr(_here, "session", None)


def _hold(connection: Any, **_: Any) -> None:
    here = _session()
    if here is not None:
        here.attach(connection.connection)
