"""When to read and to apply stock: Celery wakes, PostgreSQL says what is left and whether anybody is at it.

A task names no import: losing it, doubling it or running it early is harmless.
"""

from celery import shared_task

from accounts.stock import operations as stock
from accounts.stock.operations.uploads import stage_uploaded
from accounts.stock.queries.imports import STOCK
from config.broker import send_wake_up
from config.kernel.database.bulk import PIECE, in_pieces
from config.kernel.database.transactions import perform

#: Reading goes on where it stopped, so a worker that takes longer loses nothing; an import of millions of rows is applied
#: as a whole, however long that takes.
STAGING_SECONDS, LONGEST_SECONDS = 1800, 6 * 3600


@shared_task(name="accounts.tasks.stage_stock", ignore_result=True, time_limit=STAGING_SECONDS)
def stage_stock() -> None:
    """Read the files that were sent and are not read to the end yet, one import after another."""
    STOCK.read_all_sent(stage_uploaded)


def wake_staging() -> None:
    """Send a wake-up; the next look finds what is left where the broker is away."""
    send_wake_up(stage_stock)


@shared_task(name="accounts.tasks.apply_stock", ignore_result=True, time_limit=LONGEST_SECONDS)
def apply_stock() -> None:
    """Apply the imports of stock that a second person has approved, also those that a process has left."""
    STOCK.carry_out_all(stock.apply_approved)


@shared_task(name="accounts.tasks.forget_staged_stock", ignore_result=True)
def forget_staged_stock() -> None:
    """Delete staged rows of imports that are applied or given up, a portion at a time."""
    in_pieces(lambda: perform(lambda: stock.forget_staged(PIECE)))
