"""Processes that release on request, as the children of a Celery worker do."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.bank.report import Report
from benchmarks.cases.common import Child, Meter
from config.celery import settle
from config.kernel.database.sql import rows
from transfers.operations.release import Released
from transfers.operations.release_all import release_all
from transfers.queries.due_queue import seconds_to_due
from transfers.tasks import PACE_SECONDS, PAUSE_SECONDS
from transfers.vocabulary import ReleasedBy

#: So many transfers are held that are due, and so many of them are of frozen payers.
_DUE = """
SELECT count(*) AS due, count(*) FILTER (WHERE EXISTS (
    SELECT FROM accounts_freeze z WHERE z.account_id = t.payer_account_id)) AS frozen
FROM transfers_transfer t WHERE status = 'held' AND due_at <= bank_now()
"""


@dataclass(frozen=True, slots=True)
class Burst:
    """What releasing all that was due came to: releases a second, CPU in microseconds each, server included."""

    rate: float
    cpu: float


class Releasers:
    """So many processes on the bank that the environment names."""

    def __init__(self, number: int) -> None:
        self.children = [Child(__name__) for _ in range(number)]

    def burst(self, report: Report) -> Burst:
        """Release all that is due, measure, and look at what became of it."""
        (before,) = rows(_DUE)
        meter = Meter()
        posted, returned, parked = self.follow(0.0)
        done, seconds = posted + returned, meter.seconds()
        report.promise("all that was due was released", (done, parked) == (before["due"], 0))
        report.promise("the frozen ones came back, no others", returned == before["frozen"])
        return Burst(done / seconds, meter.microseconds(done))

    def follow(self, seconds: float) -> list[int]:
        """Release what falls due for some seconds, with none until nothing is due; return posted, returned, set aside."""
        for each in self.children:
            each.begin(seconds)
        return [sum(several) for several in zip(*(each.answer() for each in self.children), strict=True)]

    def end(self) -> None:
        """Let the processes end."""
        for each in self.children:
            each.end()


def begin() -> tuple[str, Callable[[float], list[int]]]:
    """Return what releases for some seconds, in a process of its own."""
    settle()
    return "ready", _follow


def drain() -> Released:
    """Release until nothing is due."""
    total = done = sum(release_all(released_by=ReleasedBy.CELERY), Released())
    while done.passed:
        done = sum(release_all(released_by=ReleasedBy.CELERY), Released())
        total += done
    return total


def _follow(seconds: float) -> list[int]:
    """Look as often as who follows the queue in a bank; where nothing is due, wait for the next due instant."""
    until, total = time.monotonic() + seconds, Released()
    while True:
        began, done = time.monotonic(), drain()
        total += done
        if began >= until:
            return [total.posted, total.returned, total.parked]
        soon = 0.0 if done.posted or done.returned else min(seconds_to_due() or PAUSE_SECONDS, PAUSE_SECONDS)
        time.sleep(max(soon, began + PACE_SECONDS - time.monotonic(), 0.0))
