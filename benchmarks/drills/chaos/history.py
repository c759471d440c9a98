"""History of a run: requests, answers, faults and observations, as lines of JSON.

It contains no personal data: accounts, transfers and approvals by id, no names or numbers.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any
from uuid import uuid4


@dataclass(slots=True)
class Try:
    """One attempt of a request: its times, and the result (`201`, `409 CODE`, or the name of the error)."""

    sent: float
    ended: float
    answer: str
    replayed: bool = False


@dataclass(slots=True)
class Operation:
    """One request under one key, sent until it is answered.

    :ivar kind: kind of request: accept, cancel, read, freeze, ...
    :ivar key: its idempotency key; empty for requests without one, such as reads and moves of the clock.
    :ivar subject: id of its object; for an accepted transfer, as soon as it is known.
    :ivar status: status of the answer; None while there is none.
    :ivar facts: parts of the answer for the checks: status, due_at, code.
    """

    kind: str
    role: str
    path: str
    body: dict[str, Any] | None
    key: str = field(default_factory=lambda: uuid4().hex)
    subject: str = ""
    tries: list[Try] = field(default_factory=list)
    status: int | None = None
    raw: bytes = b""
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def begun(self) -> float:
        """Return the time of the first attempt."""
        return self.tries[0].sent if self.tries else float("inf")

    @property
    def answered(self) -> float:
        """Return the time of the answer; infinity while there is none."""
        return self.tries[-1].ended if self.status is not None else float("inf")

    @property
    def code(self) -> str:
        """Return the code of the refusal; empty if there is none."""
        return str(self.facts.get("code", ""))


@dataclass(slots=True)
class Breakage:
    """A fault with its beginning and end."""

    what: str
    begun: float
    ended: float = float("inf")


@dataclass(frozen=True, slots=True)
class SeenSession:
    """A database session with row locks or writes, as an outside observer sees it.

    :ivar part: name of its program.
    """

    part: str
    pid: int
    began: str


@dataclass(frozen=True, slots=True)
class Sample:
    """One observation of the whole bank; the database part is one snapshot.

    :ivar began: start of the observation, `ended` its end, by this machine's clock.
    :ivar bank: the bank's instant, in seconds since 1970.
    :ivar started: start time of the database server.
    :ivar total_fen: total money of all accounts; `held_fen` is the reserved sum, `holds_fen` the sum of the held
        transfers.
    :ivar released: number of released transfers by releaser.
    :ivar celery_silent: seconds since the release workers' last sign of life.
    :ivar sessions: number of sessions by program; `busy` lists those with locks.
    :ivar processes: process ids by program.
    :ivar broker: run id of the broker; empty while it does not answer.
    """

    began: float
    ended: float
    bank: float
    started: float
    total_fen: int
    held_fen: int
    holds_fen: int
    released: dict[str, int]
    celery_silent: float
    sessions: dict[str, int]
    busy: list[SeenSession]
    processes: dict[str, list[int]]
    broker: str


class History:
    """Complete history of a run, in memory and in a file.

    :param place: path of the file; None for no file.
    """

    def __init__(self, place: Path | None) -> None:
        self.operations: list[Operation] = []
        self.faults: list[Breakage] = []
        self.samples: list[Sample] = []
        self.blind: list[float] = []
        self._lock = Lock()
        self._file = place.open("x", encoding="utf-8") if place else None

    def close(self) -> None:
        """Close the file."""
        if self._file:
            self._file.close()

    def write(self, kind: str, **rest: Any) -> None:
        """Write a line."""
        line = json.dumps({"at": round(time.time(), 6), "type": kind, **rest}, ensure_ascii=False)
        with self._lock:
            if self._file and not self._file.closed:
                self._file.write(line + "\n")

    def invoke(self, operation: Operation) -> None:
        """Record a request before it is sent."""
        with self._lock:
            self.operations.append(operation)
        self.write("invoke", op=operation.kind, key=operation.key, role=operation.role, subject=operation.subject)

    def tried(self, operation: Operation, attempt: Try) -> None:
        """Record the result of an attempt: `ok` and `fail` are answers, `info` means an unknown outcome."""
        operation.tries.append(attempt)
        kind = "info" if operation.status is None else "ok" if operation.status < 400 else "fail"
        self.write(
            kind,
            op=operation.kind,
            key=operation.key,
            subject=operation.subject,
            sent=round(attempt.sent, 6),
            answer=attempt.answer,
            replayed=attempt.replayed,
            **operation.facts,
        )

    def saw(self, sample: Sample) -> None:
        """Record an observation of the bank."""
        self.samples.append(sample)
        self.write("sample", **asdict(sample))

    def saw_nothing(self) -> None:
        """Record that the database could not be observed."""
        self.blind.append(time.time())
        self.write("blind")

    @contextmanager
    def fault(self, what: str) -> Iterator[None]:
        """Record begin and end of a fault."""
        fault = Breakage(what, time.time())
        with self._lock:
            self.faults.append(fault)
        self.write("break", what=what)
        try:
            yield
        finally:
            fault.ended = time.time()
            self.write("mend", what=what)
