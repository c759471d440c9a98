"""Lateness of held transfers in a whole bank without other work: written by SQL, released in real time.

    python -m benchmarks punctuality [--rate 200] [--seconds 60] [--by celery watcher] [--json]

Celery releases first, then only the watcher: release workers and beat are stopped just before the first transfer is
due. The report separates the seconds in which the watcher still waits for Celery from the time after five seconds of
silence. It shows percentiles of the lateness, the releasers, and the CPU of all processes. The command fails only for
a wrong result, never for lateness.
"""

import signal
import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime, timedelta

from benchmarks.bank.report import Measurement, Report
from benchmarks.cases.banks import WholeBank
from benchmarks.cases.common import Meter
from benchmarks.cases.release import CUSTOMERS
from benchmarks.cases.seeds import add_parties, hold_stream, last_event, lateness, seed_in_sets
from benchmarks.drills.processes import Processes, send
from config.kernel.database.clock import bank_now
from config.kernel.database.sql import rows
from config.stack.process import wait_until

FIRST_SECONDS = 8
#: Seconds after the stop of Celery from which the watcher releases everything.
SILENCE = timedelta(seconds=6)
#: Goal for the 99th percentile in milliseconds.
GOALS = {
    "by Celery": 250,
    "by the watcher, Celery just silent": 900,
    "by the watcher, Celery silent for long": 300,
}
_FIRST = "SELECT min(due_at) AS at FROM transfers_transfer WHERE status = 'held'"


def measure(words: Namespace, report: Report, bank: WholeBank) -> None:
    """Let a stream of transfers fall due for each releaser."""
    seed_in_sets(1, CUSTOMERS)
    add_parties()
    for number, by in enumerate(words.by):
        count, after = words.rate * words.seconds, last_event()
        # Accepted so that the last one falls due after all are written.
        hold_stream(words.rate, words.seconds, FIRST_SECONDS, number * count, CUSTOMERS)
        rows("ANALYZE")
        first = rows(_FIRST)[0]["at"]
        with celery_stopped(bank.processes, first) if by == "watcher" else nullcontext() as silent:
            meter = Meter()
            time.sleep(_seconds_to(first) + words.seconds)
            wait_until(lambda: lateness(after)["count"] >= count, seconds=120)  # noqa: B023
            cpu = meter.microseconds(count)
        every = lateness(after)
        report.promise("each was released once", every["count"] == every["once"] == count)
        report.promise("none was early", every["least"] >= 0)
        names = list(GOALS)
        windows = {names[0]: every}
        if silent:
            windows = {names[1]: lateness(after, until=silent), names[2]: lateness(after, since=silent)}
        for name, found in windows.items():
            what = f"lateness {name}, {words.rate} a second"
            report.note(f"- {what}: by Celery {found['celery']} of {found['count']}")
            report.lines += [
                Measurement(f"{what}: p50", [found["p50"]], "ms"),
                Measurement(f"{what}: p99", [found["p99"]], "ms", cpu=[cpu], most=GOALS[name]),
                Measurement(f"{what}: the latest", [found["most"]], "ms"),
            ]


@contextmanager
def celery_stopped(processes: Processes, first: datetime) -> Iterator[datetime]:
    """Stop release workers and beat half a second before an instant; yield when the watcher takes over."""
    time.sleep(max(0.0, _seconds_to(first) - 0.5))
    pids = [*processes.family("release"), *processes.family("beat")]
    send(pids, signal.SIGSTOP)
    try:
        yield bank_now() + SILENCE
    finally:
        send(pids, signal.SIGCONT)


def _seconds_to(instant: datetime) -> float:
    return max(0.0, (instant - bank_now()).total_seconds())
