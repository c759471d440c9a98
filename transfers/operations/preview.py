"""What would become of an order, were it given now (转账试算)."""

from django.db import transaction

from config.kernel.transactions import owned
from transfers.operations.accept import judge_order
from transfers.operations.orders import TransferOrder
from transfers.policy.acceptance import Judgement


def preview_transfer(order: TransferOrder) -> Judgement:
    """Return how an order would be judged now; nothing is locked and nothing is written.

    A clearing account that the judgement makes at its first use goes with the trial.
    """
    with owned():
        judged = judge_order(order)
        transaction.set_rollback(True)
    return judged
