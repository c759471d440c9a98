"""Celery tasks of releases: dispatch every two seconds, and wake-ups; PostgreSQL decides what is due.

A task names no transfer and no time, so a lost, duplicate or early task does no harm. Tasks do not expire, because
expiry would depend on a worker's clock. docs/architecture.md describes how Celery and the watcher share the work.
"""

import logging
import time
from collections.abc import Callable

from celery import shared_task
from django.conf import settings
from django.db import connection
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import RedisError

from config.kernel.database.bulk import PIECE, in_pieces
from config.kernel.database.transactions import perform
from config.logs import constraint_name
from transfers.operations.heartbeats import HeartbeatWriter, forget_heartbeats, take_turn, write_heartbeat
from transfers.operations.lateness import fold_lateness
from transfers.operations.release_all import release_all
from transfers.queries.due_queue import seconds_to_due
from transfers.vocabulary import Part, ReleasedBy

log = logging.getLogger("bank.release")

#: Beat sends a dispatch every two seconds (config/celery.py), and each follows the queue for nearly as long; one at a
#: time.
FOLLOW_SECONDS = 1.97
#: Dispatches that piled up without a worker are worth one.
DISPATCH_SECONDS = 1
#: Minimum time between two batches of the dispatch: a batch costs the same for one transfer as for ten.
PACE_SECONDS = 0.05
#: Maximum time until the next look: nothing announces a transfer that comes in overdue, or a moved clock.
PAUSE_SECONDS = 0.5
#: Minimum time between two calls for help by a process; after a call that the broker did not take, it works alone.
HELP_SECONDS, WITHOUT_SECONDS = 0.5, 30.0
#: Time after which a wake-up leaves the rest to the next one, well before Celery's limit.
BUSY_SECONDS = 20

_teller = HeartbeatWriter(Part.CELERY)


@shared_task(ignore_result=True)
def dispatch_due() -> None:
    """Follow the queue until the next dispatch: release what falls due, sleep until the next due instant."""
    until = time.monotonic() + FOLLOW_SECONDS
    if not _result_or(lambda: take_turn(Part.DISPATCH, every_seconds=DISPATCH_SECONDS), otherwise=True):
        return
    began = 0.0
    while began < until:
        began = time.monotonic()
        # The last look has time for one more batch.
        pause = _result_or(lambda: _look(until + PACE_SECONDS), otherwise=PAUSE_SECONDS)
        now = time.monotonic()
        time.sleep(max(0.0, min(max(pause, began + PACE_SECONDS - now), until - now)))


@shared_task(ignore_result=True)
def release_due() -> None:
    """Release what is due beside `dispatch_due`, and wait for accounts that it passed over."""
    until = time.monotonic() + BUSY_SECONDS
    _result_or(lambda: _release(until, waits=True), otherwise=0)


@shared_task(ignore_result=True)
def show_sign_of_life() -> None:
    """Write the heartbeat of the worker of the default queue, which does all but releasing."""
    write_heartbeat(Part.TASKS)


@shared_task(ignore_result=True)
def fold_counts() -> None:
    """Fold the counts of lateness and delete old heartbeats; the next run takes what is left."""
    forget_heartbeats()
    in_pieces(lambda: perform(lambda: fold_lateness(PIECE)), whole=PIECE, seconds=BUSY_SECONDS)


def wake_release() -> bool:
    """Send a wake-up to the queue `release`; log it if the broker is down, without other effect.

    :returns: whether it was sent.
    """
    try:
        release_due.apply_async(retry=False)
    except (BrokerError, RedisError, OSError) as error:
        log.warning("no wake-up sent: %s", type(error).__name__)
        return False
    return True


class HelperWakeUp:
    """Wake another worker process if one alone is too slow or would have to wait for an account."""

    def __init__(self) -> None:
        self._next_at = time.monotonic()

    def call(self) -> None:
        """Send a wake-up, unless this process sent one a moment ago; a hanging broker can take seconds."""
        if time.monotonic() >= self._next_at:
            sent = wake_release()
            self._next_at = time.monotonic() + (HELP_SECONDS if sent else WITHOUT_SECONDS)


_help = HelperWakeUp()


def _look(until: float) -> float:
    """Release what is due; return the seconds until the next look."""
    # Read before releasing, so that a transfer that falls due meanwhile is looked at immediately.
    seconds, asked = seconds_to_due(), time.monotonic()
    if _release(until, waits=False):
        # Passed-over transfers are tried again, and those that became due meanwhile.
        return 0.0
    return PAUSE_SECONDS if seconds is None else min(seconds - (time.monotonic() - asked), PAUSE_SECONDS)


def _release(until: float, *, waits: bool) -> int:
    """Go through the queue once; return the number of claimed transfers.

    :param waits: whether to wait for accounts; if not, another process is woken that does.
    """
    claimed = 0
    for done in release_all(released_by=ReleasedBy.CELERY, waits=waits):
        claimed += done.claimed
        _teller(progressed=done.released > 0)
        if done.claimed >= settings.RELEASE_BATCH_SIZE or (not waits and any(each.is_late for each in done.blocked)):
            _help.call()
        if time.monotonic() >= until:
            break
    return claimed


def _result_or[T](work: Callable[[], T], *, otherwise: T) -> T:
    """Return the result of some work or, if it fails, a safe default."""
    try:
        return work()
    except Exception as error:  # noqa: BLE001 - Celery would print its text, which may hold a row
        # Class and constraint only: the text of a database error contains whole rows.
        log.warning("release interrupted: %s, %s", type(error).__name__, constraint_name(error))
        connection.close()
        return otherwise
