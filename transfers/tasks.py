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
from transfers.operations.heartbeats import HeartbeatWriter, forget_heartbeats, take_turn, tell
from transfers.operations.lateness import fold_lateness
from transfers.operations.release_all import release_all
from transfers.queries.due_queue import seconds_to_due
from transfers.vocabulary import Part, ReleasedBy

log = logging.getLogger("bank.release")

#: Beat sends a dispatch every two seconds (config/celery.py), and each follows the queue for nearly as long: one at a time.
FOLLOW_SECONDS = 1.97
#: Dispatches that piled up while no worker was there are worth one, not one each.
DISPATCH_SECONDS = 1
#: Who follows begins no two batches within so long: a batch costs the same for one transfer as for ten.
PACE_SECONDS = 0.05
#: And looks again after so long at most: nobody announces what is overdue as it comes in, or by a clock that was moved.
PAUSE_SECONDS = 0.5
#: A process calls for help no more often; after a call that the broker did not take, it does without.
HELP_SECONDS, WITHOUT_SECONDS = 0.5, 30.0
#: A wake-up leaves the rest to the next after so long, well before Celery's limit.
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
        # The last look, at the end, has time for a batch.
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
    tell(Part.TASKS)


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
    # Asked before: what falls due while this releases is then looked for at once.
    seconds, asked = seconds_to_due(), time.monotonic()
    if _release(until, waits=False):
        # What was passed over is tried again, or what has fallen due meanwhile.
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
        # Class and constraint only: a database error's text prints whole rows.
        log.warning("release interrupted: %s, %s", type(error).__name__, constraint_name(error))
        connection.close()
        return otherwise
