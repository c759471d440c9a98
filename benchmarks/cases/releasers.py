"""Processes that release on request, like the children of a Celery worker."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.bank.report import Report
from benchmarks.cases.common import Child, Meter
from config.celery import guard_worker
from config.kernel.database.sql import rows
from transfers.operations.release import Released
from transfers.operations.release_all import release_all
from transfers.queries.due_queue import seconds_to_due
from transfers.tasks import PACE_SECONDS, PAUSE_SECONDS
from transfers.vocabulary import ReleasedBy

#: Number of due transfers, and number of those with frozen payers.
_DUE = """
SELECT count(*) AS due, count(*) FILTER (WHERE EXISTS (
    SELECT FROM accounts_freeze z WHERE z.account_id = t.payer_account_id)) AS frozen
FROM transfers_transfer t WHERE status = 'held' AND due_at <= bank_now()
"""


@dataclass(frozen=True, slots=True)
class Burst:
    """Result of releasing all due transfers: releases a second, and CPU microseconds each, server included."""

    rate: float
    cpu: float


class Releasers:
    """Several releasing processes on the bank of the environment."""

    def __init__(self, number: int) -> None:
        self.children = [Child(__name__) for _ in range(number)]

    def burst(self, report: Report) -> Burst:
        """Release all due transfers, measure it, and check the results."""
        (before,) = rows(_DUE)
        meter = Meter()
        posted, returned, parked = self.follow(0.0)
        done, seconds = posted + returned, meter.seconds()
        report.promise("all that was due was released", (done, parked) == (before["due"], 0))
        report.promise("the frozen ones came back, no others", returned == before["frozen"])
        return Burst(done / seconds, meter.microseconds(done))

    def follow(self, seconds: float) -> list[int]:
        """Release for some seconds, or until nothing is due if 0; return posted, returned and set aside."""
        for each in self.children:
            each.begin(seconds)
        return [sum(several) for several in zip(*(each.answer() for each in self.children), strict=True)]

    def end(self) -> None:
        """End the processes."""
        for each in self.children:
            each.end()


def begin() -> tuple[str, Callable[[float], list[int]]]:
    """Return the function that releases for some seconds, in a separate process."""
    guard_worker()
    return "ready", _follow


def drain() -> Released:
    """Release until nothing is due."""
    total = done = sum(release_all(released_by=ReleasedBy.CELERY), Released())
    while done.passed:
        done = sum(release_all(released_by=ReleasedBy.CELERY), Released())
        total += done
    return total


def _follow(seconds: float) -> list[int]:
    """Release at the pace of the dispatch task; if nothing is due, wait for the next due instant."""
    until, total = time.monotonic() + seconds, Released()
    while True:
        began, done = time.monotonic(), drain()
        total += done
        if began >= until:
            return [total.posted, total.returned, total.parked]
        soon = 0.0 if done.posted or done.returned else min(seconds_to_due() or PAUSE_SECONDS, PAUSE_SECONDS)
        time.sleep(max(soon, began + PACE_SECONDS - time.monotonic(), 0.0))
