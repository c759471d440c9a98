"""When to apply stock: Celery wakes, PostgreSQL decides what was approved and whether it is applied.

A task names no import: losing it, doubling it or running it early is harmless.
"""

import logging

from celery import shared_task
from django.conf import settings

from accounts.operations import stock
from accounts.refusals.stock import StockImportBusy
from config.kernel.transactions import perform

log = logging.getLogger("bank.stock")


@shared_task(ignore_result=True, time_limit=None, soft_time_limit=None)
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
    while perform(lambda: stock.forget_staged(settings.STOCK_FORGET_ROWS)):
        pass
