"""When to apply stock: Celery wakes, PostgreSQL decides what was approved and whether it is applied.

A task names no import: losing it, doubling it or running it early is harmless.
"""

import logging
import time

from celery import shared_task

from accounts.operations import stock
from accounts.refusals.stock import StockImportBusy
from config.kernel.transactions import perform

log = logging.getLogger("bank.stock")

#: An import of millions of rows takes as long as it takes.
LONGEST_SECONDS = 6 * 3600
#: Rows of a sheet that are forgotten in one transaction, and for how long before the next task goes on.
PIECE = 20_000
BUSY_SECONDS = 40


@shared_task(ignore_result=True, time_limit=LONGEST_SECONDS)
def apply_stock() -> None:
    """Apply the imports of stock that a second person has approved, also those that a process has left."""
    try:
        done = stock.apply_approved()
    except StockImportBusy:
        return
    if done:
        log.info("applied %d imports of stock", done)


@shared_task(ignore_result=True)
def forget_staged_stock() -> None:
    """Delete staged rows of imports that are applied or given up, a portion at a time."""
    deadline = time.monotonic() + BUSY_SECONDS
    while time.monotonic() < deadline and perform(lambda: stock.forget_staged(PIECE)):
        pass
