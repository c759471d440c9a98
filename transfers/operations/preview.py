"""Preview of an order: the outcome that it would have now (转账试算)."""

from django.db import transaction

from config.kernel.database.transactions import owned
from config.kernel.law.refusals import NotFound
from transfers.operations.accept import OrderParties, TransferOrder, find_sides, judge_without_locks
from transfers.policy.acceptance import Judgement


def preview_transfer(order: TransferOrder) -> Judgement:
    """Return how an order would be judged now; nothing is locked and nothing is written.

    A clearing account that the judgement creates is rolled back.

    :raises NotFound: for an unknown payer account id.
    """
    with owned():
        (found,) = find_sides([order])
        if isinstance(found, NotFound):
            raise found
        judged = judge_without_locks(found) if isinstance(found, OrderParties) else found
        transaction.set_rollback(True)
    return judged
