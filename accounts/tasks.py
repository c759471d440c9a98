"""Celery task that folds the sums of the bank's internal accounts; the database says what is left to do."""

from celery import shared_task

from accounts.operations.internal_sums import fold_internal_sums
from config.kernel.database.bulk import PIECE, in_pieces
from config.kernel.database.transactions import perform


@shared_task(ignore_result=True)
def fold_sums() -> None:
    """Fold the sums of the bank's internal accounts; the next run takes what this one leaves."""
    in_pieces(lambda: perform(lambda: fold_internal_sums(PIECE)))
