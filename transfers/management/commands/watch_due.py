import logging
import signal
import threading
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connection

from config.kernel.integrity.catalog.guards import GuardWatch
from config.kernel.integrity.process_guard import guard_process
from config.kernel.integrity.restores import Reminder
from config.logs import constraint_name
from transfers.operations.heartbeats import HeartbeatWriter
from transfers.operations.release_all import head, release_all
from transfers.queries.due_queue import seconds_to_due
from transfers.queries.heartbeats import celery_progresses, celery_silent
from transfers.vocabulary import Part, ReleasedBy

log = logging.getLogger("bank.watcher")

#: Pauses between two looks: while a transfer is overdue, and when none is due soon.
PAUSE_SECONDS = 0.1, 0.5
#: Pauses after failed looks: after the first and after many.
LONGEST_PAUSE_SECONDS = 5.0
#: A look ends after this time, so that the watcher's other tasks get their turn.
BUSY_SECONDS = 20


class Command(BaseCommand):
    """Release what Celery left unreleased: a safety net that never uses the broker."""

    # The safety net must start even if other checks fail.
    requires_system_checks = []
    help = "Watch for transfers that are still held after their due time, and release them. Several may run."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        guard_process()
        log.info("watching")
        watch(stop)
        connection.close()
        log.info("stopped")


def watch(stop: threading.Event) -> None:
    """Look, release and pause in a loop; after an error, look again with growing pauses."""
    pause = PAUSE_SECONDS[0]
    teller, reminder, guards = HeartbeatWriter(Part.WATCHER), Reminder(), GuardWatch()
    while not stop.wait(pause):
        try:
            reminder.remind()
            next_look = look(stop, teller)
            guards.watch()
            pause = next_look
        except Exception as error:  # noqa: BLE001 - the safety net outlives whatever is amiss
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
            log.warning("no look: %s, %s; again in %.1f s", type(error).__name__, constraint_name(error), pause)
            connection.close()


def look(stop: threading.Event, teller: HeartbeatWriter) -> float:
    """Release what is overdue beyond the grace unless Celery makes progress; if Celery is silent, all that is due.

    :returns: seconds until the next look.
    """
    shortest, longest = PAUSE_SECONDS
    deadline = time.monotonic() + BUSY_SECONDS

    def goes_on() -> bool:
        in_time = time.monotonic() < deadline and not stop.is_set()
        return in_time and not celery_progresses(within_ms=settings.WATCHER_GRACE_MILLISECONDS)

    seconds, pause = seconds_to_due(since=head.since()), longest
    if seconds is not None and seconds < longest:
        silent = celery_silent(seconds=settings.WATCHER_SILENCE_SECONDS)
        left_to_celery_ms = 0 if silent else settings.WATCHER_GRACE_MILLISECONDS
        pause = seconds + left_to_celery_ms / 1000
        if pause <= 0 and goes_on():
            for done in release_all(released_by=ReleasedBy.WATCHER, grace_ms=left_to_celery_ms):
                teller(progressed=done.released > 0)
                if not goes_on():
                    break
    teller()
    return min(max(pause, shortest), longest)
