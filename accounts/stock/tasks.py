"""Celery tasks that read and apply stock: the database shows the remaining work, and whether another process does it.

A task names no import: it is harmless when it is lost, repeated or early.
"""

from celery import shared_task

from accounts.stock import operations as stock
from accounts.stock.operations.uploads import stage_uploaded
from accounts.stock.queries.imports import STOCK
from config.broker import send_wake_up
from config.kernel.database.bulk import PIECE, in_pieces
from config.kernel.database.transactions import perform

#: Time limits. Reading continues where it was stopped. Millions of rows are applied as a whole, which may take hours.
STAGING_SECONDS, LONGEST_SECONDS = 1800, 6 * 3600


@shared_task(name="accounts.tasks.stage_stock", ignore_result=True, time_limit=STAGING_SECONDS)
def stage_stock() -> None:
    """Read the uploaded files that are not read completely yet, one import after another."""
    STOCK.read_all_uploads(stage_uploaded)


def wake_staging() -> None:
    """Wake a worker; without the broker the periodic task finds the files."""
    send_wake_up(stage_stock)


@shared_task(name="accounts.tasks.apply_stock", ignore_result=True, time_limit=LONGEST_SECONDS)
def apply_stock() -> None:
    """Apply approved imports of stock, also those that another process has left unfinished."""
    STOCK.carry_out_all(stock.apply_approved)


@shared_task(name="accounts.tasks.forget_staged_stock", ignore_result=True)
def forget_staged_stock() -> None:
    """Delete staged rows of imports that are applied or discarded, a portion at a time."""
    in_pieces(lambda: perform(lambda: stock.forget_staged(PIECE)))
