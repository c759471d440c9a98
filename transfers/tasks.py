"""When to look: Celery wakes, PostgreSQL decides what is due and whether it is executed.

A task names no transfer and carries no time: losing it, doubling it or running it early is
harmless. The delay it travels with is seconds, so the broker is never the schedule.
"""

import logging
import time

from celery import shared_task
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import RedisError

from config.logs import constraint_name
from transfers.operations import release
from transfers.operations.release import Released
from transfers.queries.due import anything_due, due_slots, seconds_to_next_due
from transfers.vocabulary import ReleasedBy

log = logging.getLogger("bank.release")

#: A task stops here and leaves the rest to the next, well before Celery's soft limit.
BUSY_SECONDS = 20
#: A wake-up that comes a little early, by a clock that runs ahead, waits for its slot.
EARLY_SECONDS = 0.5
#: A wake-up that nobody took for so long is dropped: later ones have done its work.
EXPIRES_SECONDS = 60
#: How long a task waits for a database that is restarting, try by try.
DATABASE_PAUSES = (0.1, 0.2, 0.5, 1, 2)


@shared_task(ignore_result=True)
def release_due() -> None:
    """Release batches until nothing is due; survive a restart of the database."""
    for pause in (*DATABASE_PAUSES, 0):
        try:
            return _release_all()
        except (DatabaseError, InterfaceError) as error:
            # Class and constraint only: a database error's text prints whole rows.
            log.warning("release interrupted: %s, %s", type(error).__name__, constraint_name(error))
            connection.close()
            time.sleep(pause)
    return None


@shared_task(ignore_result=True)
def dispatch_due() -> None:
    """Send a wake-up for each time slot of the next seconds in which something falls due."""
    try:
        overdue, slots = anything_due(), due_slots()
    except (DatabaseError, InterfaceError) as error:
        log.warning("dispatch interrupted: %s, %s", type(error).__name__, constraint_name(error))
        connection.close()
        return
    for seconds in [0.0, *slots] if overdue else slots:
        if not wake_release(after=seconds):
            return


def wake_release(*, after: float = 0) -> bool:
    """Send a wake-up to the queue `release`; a broker that is away is logged and harms nothing.

    :param after: seconds from now, of real time.
    :returns: whether it was sent.
    """
    try:
        release_due.apply_async(countdown=after or None, expires=after + EXPIRES_SECONDS, retry=False)
    except (BrokerError, RedisError, OSError) as error:
        log.warning("no wake-up sent: %s", type(error).__name__)
        return False
    return True


def _release_all() -> None:
    deadline = time.monotonic() + BUSY_SECONDS
    total = _release_batches(deadline)
    if not total.claimed:
        seconds = seconds_to_next_due(EARLY_SECONDS)
        if seconds is None:
            return
        time.sleep(seconds)
        total = _release_batches(deadline)
    if total.claimed:
        log.info("posted %d, returned %d, set aside %d", total.posted, total.returned, total.parked)
    if time.monotonic() >= deadline:
        wake_release()


def _release_batches(deadline: float) -> Released:
    total = Released()
    while time.monotonic() < deadline:
        done = release.release_due(released_by=ReleasedBy.CELERY)
        total += done
        if done.claimed < settings.RELEASE_BATCH_SIZE:
            break
    return total
