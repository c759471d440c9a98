"""Counts of requests, answers and times, displayed during a run and in its report."""

import time
from collections import Counter, defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

from rich.table import Table

HEAD = ("请求 request", "笔 n", "笔/秒 per s", "p50 ms", "p95 ms", "p99 ms", "答复 answers")
#: Seconds over which the present rate is computed.
WINDOW_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class TallyLine:
    """Counts, answers and times of one kind of request."""

    kind: str
    count: int
    rate: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    answers: dict[str, int]


class Tally:
    """Counts of all terminals together."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._milliseconds: defaultdict[str, list[float]] = defaultdict(list)
        self._answers: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._recent: defaultdict[str, deque[float]] = defaultdict(deque)
        self._seconds: defaultdict[int, list[float]] = defaultdict(list)
        self.began = time.monotonic()
        self.retries = 0

    def add(self, kind: str, answer: str, seconds: float) -> None:
        """Record one answer.

        :param answer: status and code, without personal data.
        """
        with self._lock:
            self._milliseconds[kind].append(seconds * 1000)
            self._answers[kind][answer] += 1
            now = time.monotonic()
            self._recent[kind].append(now)
            self._seconds[int(now - self.began)].append(seconds * 1000)

    def add_retry(self) -> None:
        """Record a request that got no answer and was sent again with the same key."""
        with self._lock:
            self.retries += 1

    def total(self) -> int:
        """Return the number of answers so far."""
        with self._lock:
            return sum(map(len, self._milliseconds.values()))

    def over_time(self) -> list[tuple[int, int, float]]:
        """Return for each second the number of answers and the p95 of their times in milliseconds."""
        with self._lock:
            last = max(self._seconds, default=-1)
            found = [sorted(self._seconds.get(second, ())) for second in range(last + 1)]
        return [(second, len(each), percentile(each, 95)) for second, each in enumerate(found)]

    def lines(self) -> list[TallyLine]:
        """Return one line per kind, in the order of first use."""
        with self._lock:
            return [self._line(kind) for kind in self._milliseconds]

    def _line(self, kind: str) -> TallyLine:
        now = time.monotonic()
        recent = self._recent[kind]
        while recent and recent[0] < now - WINDOW_SECONDS:
            recent.popleft()
        window = min(WINDOW_SECONDS, max(now - self.began, 0.001))
        ordered = sorted(self._milliseconds[kind])
        return TallyLine(
            kind,
            len(ordered),
            len(recent) / window,
            percentile(ordered, 50),
            percentile(ordered, 95),
            percentile(ordered, 99),
            dict(self._answers[kind].most_common()),
        )


def percentile(ordered: Sequence[float], percent: int) -> float:
    """Return the value that a given percentage of an ordered sequence does not exceed (nearest rank)."""
    if not ordered:
        return 0.0
    rank = -(-len(ordered) * percent // 100)
    return ordered[max(rank, 1) - 1]


class Screen:
    """The live table; rich calls it for each refresh."""

    def __init__(self, tally: Tally, title: str) -> None:
        self.tally = tally
        self.title = title

    def __rich__(self) -> Table:
        table = Table(*HEAD, title=self.title)
        for column in table.columns[1:6]:
            column.justify = "right"
        for row in rows(self.tally):
            table.add_row(*row)
        return table


def rows(tally: Tally) -> list[tuple[str, ...]]:
    """Return a row for each kind of request."""
    return [
        (
            line.kind,
            f"{line.count:,}",
            f"{line.rate:,.1f}",
            *(f"{value:,.1f}" for value in (line.p50_ms, line.p95_ms, line.p99_ms)),
            ", ".join(f"{answer}: {count:,}" for answer, count in line.answers.items()),
        )
        for line in tally.lines()
    ]
