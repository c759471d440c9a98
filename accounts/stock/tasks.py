"""When to read and to apply stock: Celery wakes, PostgreSQL says what is left and whether anybody is at it.

A task names no import: losing it, doubling it or running it early is harmless.
"""

import logging

from celery import shared_task
from django.db import DatabaseError, InterfaceError, connection
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import RedisError

from accounts.stock import operations as stock
from accounts.stock.operations.uploads import stage_uploaded, uploaded_left
from accounts.stock.refusals import StockImportBusy
from config.kernel.database.bulk import PIECE, in_pieces
from config.kernel.database.transactions import perform
from config.logs import constraint_name

log = logging.getLogger("bank.stock")

#: Reading goes on where it stopped, so a worker that takes longer loses nothing.
STAGING_SECONDS = 1800


@shared_task(name="accounts.tasks.stage_stock", ignore_result=True, time_limit=STAGING_SECONDS)
def stage_stock() -> None:
    """Read the files that were sent and are not read to the end yet, one import after another."""
    try:
        for import_id in uploaded_left():
            stage_uploaded(import_id)
    except StockImportBusy:
        # Another process reads them; beat sends the next wake-up.
        return
    except (DatabaseError, InterfaceError) as error:
        # Class and constraint only: a database error's text prints whole rows.
        log.warning("reading stock interrupted: %s, %s", type(error).__name__, constraint_name(error))
        connection.close()


def wake_staging() -> None:
    """Send a wake-up; a broker that is away is logged, and the next look finds what is left."""
    try:
        stage_stock.apply_async(retry=False)
    except (BrokerError, RedisError, OSError) as error:
        log.warning("no wake-up sent: %s", type(error).__name__)


#: An import of millions of rows takes as long as it takes.
LONGEST_SECONDS = 6 * 3600


@shared_task(name="accounts.tasks.apply_stock", ignore_result=True, time_limit=LONGEST_SECONDS)
def apply_stock() -> None:
    """Apply the imports of stock that a second person has approved, also those that a process has left."""
    try:
        done = stock.apply_approved()
    except StockImportBusy:
        return
    if done:
        log.info("applied %d imports of stock", done)


@shared_task(name="accounts.tasks.forget_staged_stock", ignore_result=True)
def forget_staged_stock() -> None:
    """Delete staged rows of imports that are applied or given up, a portion at a time."""
    in_pieces(lambda: perform(lambda: stock.forget_staged(PIECE)))
