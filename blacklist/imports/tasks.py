"""When to read, register and forget lists: Celery wakes, PostgreSQL says what is left and whether anybody is at it.

A task names no list: losing it, doubling it or running it early is harmless.
"""

import logging

from celery import shared_task
from django.db import DatabaseError, InterfaceError, connection
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import RedisError

from blacklist.imports import operations as imports
from blacklist.imports.refusals import ListImportBusy
from config.kernel.database.bulk import in_pieces
from config.kernel.database.transactions import perform
from config.logs import constraint_name

log = logging.getLogger("bank.lists")

#: Reading and registering go on where they stopped, so a worker that takes longer loses nothing.
LONGEST_SECONDS = 1800


@shared_task(name="blacklist.tasks.stage_lists", ignore_result=True, time_limit=LONGEST_SECONDS)
def stage_lists() -> None:
    """Read the lists that were sent and are not read to the end yet, one after another."""
    try:
        for import_id in imports.uploaded_left():
            imports.stage_uploaded(import_id)
    except ListImportBusy:
        # Another process reads them; beat sends the next wake-up.
        return
    except (DatabaseError, InterfaceError) as error:
        # Class and constraint only: a database error's text prints whole rows.
        log.warning("reading a list interrupted: %s, %s", type(error).__name__, constraint_name(error))
        connection.close()


@shared_task(name="blacklist.tasks.apply_lists", ignore_result=True, time_limit=LONGEST_SECONDS)
def apply_lists() -> None:
    """Register or undo the lists of which that was approved, also those that a process has left."""
    try:
        done = imports.apply_approved()
    except ListImportBusy:
        return
    if done:
        log.info("registered or undone %d lists", done)


@shared_task(name="blacklist.tasks.forget_lists", ignore_result=True)
def forget_lists() -> None:
    """Delete the rows of lists that nobody needs any more, one list at a time."""
    in_pieces(lambda: perform(imports.forget_a_list))


def wake_lists() -> None:
    """Send a wake-up to read; a broker that is away is logged, and the next look finds what is left."""
    try:
        stage_lists.apply_async(retry=False)
    except (BrokerError, RedisError, OSError) as error:
        log.warning("no wake-up sent: %s", type(error).__name__)
