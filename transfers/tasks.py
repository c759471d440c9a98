"""When to look: Celery wakes, PostgreSQL decides what is due and whether it is executed.

A task names no transfer and carries no time: losing it, doubling it or running it early is
harmless. The delay it travels with is seconds, so the broker is never the schedule. It does not
expire, either: whether a wake-up is stale would be for a worker's clock to say.
"""

import logging
import time
from collections.abc import Callable

from celery import shared_task
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import RedisError

from config.kernel.pieces import PIECE, in_pieces
from config.kernel.transactions import perform
from config.logs import constraint_name
from transfers.operations.heartbeats import Teller, fold_heartbeats, take_turn, tell
from transfers.operations.lateness import fold_lateness
from transfers.operations.queue_head import QueueHead
from transfers.operations.release_all import release_all
from transfers.queries.due import anything_due, due_slots, seconds_to_next_due
from transfers.vocabulary import Part, ReleasedBy

log = logging.getLogger("bank.release")

#: A task stops here and leaves the rest to the next, well before Celery's limit.
BUSY_SECONDS = 20
#: A wake-up that comes a little early, by a clock that runs ahead, waits for its slot.
EARLY_SECONDS = 0.5
#: Wake-ups that piled up while no worker was there are worth one look at what falls due, not one each.
DISPATCH_SECONDS = 1
#: What waits for somebody else's lock is tried again after so long.
RETRY_SECONDS = 1
#: How long a task waits for a database that is restarting, try by try.
DATABASE_PAUSES = (0.1, 0.2, 0.5, 1, 2)

_teller = Teller(Part.CELERY)
_head = QueueHead()


@shared_task(ignore_result=True)
def release_due() -> None:
    """Release batches until nothing is due; survive a restart of the database."""
    deadline = time.monotonic() + BUSY_SECONDS
    for pause in (*DATABASE_PAUSES, 0):
        try:
            return _release_all(deadline)
        except Exception as error:  # noqa: BLE001 - Celery would print its text, which may hold a row
            _interrupted("release", error)
            time.sleep(pause)
    return None


@shared_task(ignore_result=True)
def dispatch_due() -> None:
    """Send the wake-ups of the next seconds, if nobody did just now."""
    if _asked(lambda: take_turn(Part.DISPATCH, every_seconds=DISPATCH_SECONDS), otherwise=True):
        send_wake_ups()


@shared_task(ignore_result=True)
def show_sign_of_life() -> None:
    """Write the heartbeat of the worker of the default queue, which registers lists and does all that is not releasing."""
    tell(Part.TASKS)


@shared_task(ignore_result=True)
def fold_counts() -> None:
    """Fold the counts of lateness and of hosts that are gone; what this leaves the next one takes."""
    perform(fold_heartbeats)
    in_pieces(lambda: perform(lambda: fold_lateness(PIECE)), whole=PIECE, seconds=BUSY_SECONDS)


def send_wake_ups() -> None:
    """Send a wake-up for each time slot of the next seconds in which something falls due.

    And one at once where something is overdue, or where that cannot be known.
    """
    # The slots first: what falls due between the two looks is in one of them.
    slots: list[float] = _asked(due_slots, otherwise=[])
    overdue = _asked(lambda: anything_due(since=_head.since()), otherwise=True)
    for seconds in [0.0, *slots] if overdue else slots:
        if not wake_release(after=seconds):
            return


def wake_release(*, after: float = 0) -> bool:
    """Send a wake-up to the queue `release`; a broker that is away is logged and harms nothing.

    :param after: seconds from now, of real time.
    :returns: whether it was sent.
    """
    try:
        release_due.apply_async(countdown=after or None, retry=False)
    except (BrokerError, RedisError, OSError) as error:
        log.warning("no wake-up sent: %s", type(error).__name__)
        return False
    return True


def _release_all(deadline: float) -> None:
    def goes_on() -> bool:
        return time.monotonic() < deadline

    total = release_all(released_by=ReleasedBy.CELERY, goes_on=goes_on, tell=_teller, head=_head)
    if not total.claimed:
        # Where this worker's clock runs ahead of the sender's, every wake-up comes that much too early.
        early = min(max(EARLY_SECONDS, _teller.clock_ahead), settings.RELEASE_HORIZON_SECONDS)
        seconds = seconds_to_next_due(early)
        if seconds is not None:
            time.sleep(seconds)
            total = release_all(released_by=ReleasedBy.CELERY, goes_on=goes_on, tell=_teller, head=_head)
    _teller.flush()
    if total.claimed:
        log.info("posted %d, returned %d, set aside %d", total.posted, total.returned, total.parked)
    if not goes_on():
        wake_release()
    elif total.passed and take_turn(Part.RETRY, every_seconds=RETRY_SECONDS):
        wake_release(after=RETRY_SECONDS)


def _asked[T](look: Callable[[], T], *, otherwise: T) -> T:
    """Return what the database says, or what is safe to do without it."""
    try:
        return look()
    except (DatabaseError, InterfaceError) as error:
        _interrupted("dispatch", error)
        return otherwise


def _interrupted(what: str, error: Exception) -> None:
    # Class and constraint only: a database error's text prints whole rows.
    log.warning("%s interrupted: %s, %s", what, type(error).__name__, constraint_name(error))
    connection.close()
