import logging
import signal
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import DatabaseError, InterfaceError, connection

from config.kernel.key_marks import guard_process
from config.logs import constraint_name
from transfers.operations.release import release_due
from transfers.queries.due import anything_due
from transfers.vocabulary import ReleasedBy

log = logging.getLogger("bank.watcher")

LOOK_EVERY_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 5.0


class Command(BaseCommand):
    """Release what Celery has left lying: the safety net, which never touches the broker."""

    # The safety net starts whatever else is amiss.
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
    """Look, release, pause; a database that is away is asked again with growing pauses."""
    pause = LOOK_EVERY_SECONDS
    while not stop.wait(pause):
        try:
            look(stop)
            pause = LOOK_EVERY_SECONDS
        except (DatabaseError, InterfaceError) as error:
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
            log.warning("no look: %s, %s; again in %.1f s", type(error).__name__, constraint_name(error), pause)
            connection.close()


def look(stop: threading.Event) -> None:
    """Release batches until nothing is left that has been due for longer than the grace."""
    grace_ms = settings.WATCHER_GRACE_MILLISECONDS
    while not stop.is_set() and anything_due(grace_ms=grace_ms):
        done = release_due(released_by=ReleasedBy.WATCHER, due_before_grace_ms=grace_ms)
        if done.claimed:
            log.warning("posted %d, returned %d, set aside %d", done.posted, done.returned, done.parked)
        if done.claimed < settings.RELEASE_BATCH_SIZE:
            return
