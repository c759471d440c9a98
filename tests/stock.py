"""Batches of stock for tests, while they are loaded and afterwards; breaches of theirs."""

from datetime import datetime
from typing import Any

from accounts.models import Account, Card, Customer, ImportBatch, StockBreach
from accounts.vocabulary.cleanup import CleanupLimit
from config.kernel.dates import shanghai_day
from tests import factories
from tests.clock import NOON

YOUNG = NOON.replace(year=2021)


def batch(source: str = "stock-2014") -> ImportBatch:
    """Begin a load."""
    return ImportBatch.objects.create(source=source)


def finished(of: ImportBatch) -> ImportBatch:
    """End a load: nothing names it any more."""
    of.finished_at = NOON
    of.save(update_fields=["finished_at"])
    return of


def account_beyond(holder: Customer, of: ImportBatch, account_class: str = "I", **more: Any) -> Account:
    """Load an account that finds no place; it is stock, unless told when it was opened."""
    return factories.account(holder, account_class, class_slot=None, import_batch=of, **more)


def card_beyond(of: Account, brought_by: ImportBatch, **more: Any) -> Card:
    """Load a card that finds no place; it is stock, unless told when it was issued."""
    return factories.card(of, slot=None, import_batch=brought_by, **more)


def breach(of: ImportBatch, limit: CleanupLimit = CleanupLimit.BANK_I, at: datetime = YOUNG) -> StockBreach:
    """List what was opened at an instant beyond a limit."""
    return StockBreach.objects.create(import_batch=of, limit=limit, opened_on=shanghai_day(at))
