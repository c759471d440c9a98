"""What of accounts takes a second person: each kind, made known to the kernel when Django starts."""

from accounts.cleanup.operations import actions
from accounts.operations import (
    card_exceptions,
    cash_boxes,
    cash_reversals,
    close_outs,
    counter_cash,
    differences,
    documents,
    external_accounts,
    freezes,
    merging,
    name_changes,
    reverifications,
    withdrawals,
)
from accounts.stock import operations as stock

KINDS = (
    actions.KIND,
    card_exceptions.KIND,
    cash_boxes.KIND,
    cash_reversals.KIND,
    close_outs.KIND,
    counter_cash.KIND,
    differences.KIND,
    documents.KIND,
    external_accounts.KIND,
    freezes.KIND,
    merging.KIND,
    name_changes.KIND,
    reverifications.KIND,
    stock.KIND,
    withdrawals.DOCUMENT,
    withdrawals.EXTERNAL_ACCOUNT,
)
