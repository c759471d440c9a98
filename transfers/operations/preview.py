"""Preview of an order: the outcome that it would have now (转账试算)."""

from django.db import transaction

from config.kernel.database.transactions import owned
from config.kernel.law.refusals import NotFound
from transfers.operations.accept import Concerned, TransferOrder, find_sides, foresee
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
        judged = foresee(found) if isinstance(found, Concerned) else found
        transaction.set_rollback(True)
    return judged
