"""The history of a run: what was asked and answered, what was broken, what was seen, line by line as JSON.

No personal data is in it: accounts, transfers and approvals by their ids, no names, no numbers.
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
    """One sending of a request: when, and what came back (`201`, `409 CODE`, or the name of the error)."""

    sent: float
    ended: float
    answer: str
    replayed: bool = False


@dataclass(slots=True)
class Operation:
    """One request under one key, sent as often as it takes.

    :ivar kind: what was asked: accept, cancel, read, freeze, ...
    :ivar key: its idempotency key; empty for what has none: a look, a move of the clock.
    :ivar subject: the id of what it is about; of a transfer that is accepted, once it is known.
    :ivar status: of the answer; None while there is none.
    :ivar told: of the answer what the checks need: status, due_at, code.
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
    told: dict[str, Any] = field(default_factory=dict)

    @property
    def begun(self) -> float:
        """Return when it was first sent."""
        return self.tries[0].sent if self.tries else float("inf")

    @property
    def answered(self) -> float:
        """Return when its answer was there, infinity while there is none."""
        return self.tries[-1].ended if self.status is not None else float("inf")

    @property
    def code(self) -> str:
        """Return the refusal's code, empty when there is none."""
        return str(self.told.get("code", ""))


@dataclass(slots=True)
class Breakage:
    """Something that was broken, from when until when."""

    what: str
    begun: float
    ended: float = float("inf")


@dataclass(frozen=True, slots=True)
class SeenSession:
    """A session of the database that holds locks on rows or has written, as somebody outside sees it.

    :ivar part: the name of the program it belongs to.
    """

    part: str
    pid: int
    began: str


@dataclass(frozen=True, slots=True)
class Sample:
    """What was seen of the whole bank at an instant: of the database in one snapshot.

    :ivar began: when the look began, `ended` when it was done, by this machine's clock.
    :ivar bank: the bank's instant, in seconds since 1970.
    :ivar started: when the database server was started.
    :ivar total_fen: what all accounts hold together; `held_fen` what is reserved, `holds_fen` for which transfers.
    :ivar released: how many transfers were released by whom.
    :ivar celery_silent: for how many seconds release workers have shown no sign of life.
    :ivar sessions: how many sessions each program has; `busy` those that hold locks.
    :ivar processes: the process ids of each program.
    :ivar broker: which run of the broker answers, empty while none does.
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
    """Everything of a run, in memory and in a file.

    :param place: of the file, None to keep none.
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
        """Keep that something is asked for, before it is sent."""
        with self._lock:
            self.operations.append(operation)
        self.write("invoke", op=operation.kind, key=operation.key, role=operation.role, subject=operation.subject)

    def tried(self, operation: Operation, attempt: Try) -> None:
        """Keep what a sending came to: `ok` and `fail` are answers, after `info` nobody knows."""
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
            **operation.told,
        )

    def saw(self, sample: Sample) -> None:
        """Keep a look at the bank."""
        self.samples.append(sample)
        self.write("sample", **asdict(sample))

    def saw_nothing(self) -> None:
        """Keep that the database could not be looked at."""
        self.blind.append(time.time())
        self.write("blind")

    @contextmanager
    def fault(self, what: str) -> Iterator[None]:
        """Keep from when until when something is broken."""
        fault = Breakage(what, time.time())
        with self._lock:
            self.faults.append(fault)
        self.write("break", what=what)
        try:
            yield
        finally:
            fault.ended = time.time()
            self.write("mend", what=what)
