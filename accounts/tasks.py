"""Fold the sums of the bank's own accounts: Celery wakes, PostgreSQL says what is left."""

from celery import shared_task

from accounts.operations.internal_sums import fold_internal_sums
from config.kernel.database.bulk import PIECE, in_pieces
from config.kernel.database.transactions import perform


@shared_task(ignore_result=True)
def fold_sums() -> None:
    """Fold the sums of the bank's own accounts; what this leaves the next one takes."""
    in_pieces(lambda: perform(lambda: fold_internal_sums(PIECE)))
