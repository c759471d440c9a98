"""Processes that release when they are told to, as the children of a Celery worker do."""

import multiprocessing
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection

from benchmarks.cases.common import Meter


@dataclass(frozen=True, slots=True)
class Herd:
    """What releasing all that was due came to; CPU in microseconds each, of the processes and the server."""

    posted: int
    returned: int
    parked: int
    seconds: float
    cpu: float

    @property
    def released(self) -> int:
        return self.posted + self.returned

    @property
    def rate(self) -> float:
        return self.released / self.seconds


class Releasers:
    """So many processes on the bank that the environment names."""

    def __init__(self, number: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipes: list[Connection] = []
        for _ in range(number):
            ours, theirs = context.Pipe()
            context.Process(target=_work, args=(theirs,), daemon=True).start()
            self.pipes.append(ours)
        for pipe in self.pipes:
            pipe.recv()  # it is ready

    def herd(self) -> Herd:
        """Release all that is due, and measure."""
        meter, began = Meter(), time.perf_counter()
        counts = self._all(0.0)
        seconds = time.perf_counter() - began
        posted, returned, parked = (sum(each) for each in zip(*counts, strict=True))
        return Herd(posted, returned, parked, seconds, meter.microseconds(posted + returned or 1))

    def follow(self, seconds: float) -> None:
        """Release what falls due, for some seconds."""
        self._all(seconds)

    def end(self) -> None:
        """Let the processes end."""
        for pipe in self.pipes:
            pipe.send(None)

    def _all(self, seconds: float) -> list[tuple[int, int, int]]:
        for pipe in self.pipes:
            pipe.send(seconds)
        return [pipe.recv() for pipe in self.pipes]


def _work(pipe: Connection) -> None:
    """Release for so many seconds, with none until nothing is due, whenever told."""
    import django

    django.setup()
    from config.celery import settle

    settle()
    pipe.send("ready")
    while (seconds := pipe.recv()) is not None:
        pipe.send(_follow(seconds) if seconds else drain())


def drain() -> tuple[int, int, int]:
    """Release until nothing is due; return how many were posted, returned and set aside."""
    from transfers.operations.release import Released
    from transfers.operations.release_all import release_all
    from transfers.vocabulary import ReleasedBy

    total = done = sum(release_all(released_by=ReleasedBy.CELERY), Released())
    while done.passed:
        done = sum(release_all(released_by=ReleasedBy.CELERY), Released())
        total += done
    return total.posted, total.returned, total.parked


def _follow(seconds: float) -> tuple[int, int, int]:
    """Look as often as who follows the queue in a bank; where nothing is due, wait for the next due instant."""
    from transfers.queries.due import seconds_to_due
    from transfers.tasks import PACE_SECONDS, PAUSE_SECONDS

    until, counts = time.monotonic() + seconds, [0, 0, 0]
    while time.monotonic() < until:
        began, done = time.monotonic(), drain()
        counts = [before + now for before, now in zip(counts, done, strict=True)]
        soon = 0.0 if any(done) else min(seconds_to_due() or PAUSE_SECONDS, PAUSE_SECONDS)
        time.sleep(max(soon, began + PACE_SECONDS - time.monotonic(), 0.0))
    posted, returned, parked = counts
    return posted, returned, parked
