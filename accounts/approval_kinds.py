"""What of accounts takes a second person: each kind, made known to the kernel when Django starts."""

from accounts.cleanup.operations import actions
from accounts.operations import (
    card_exceptions,
    close_outs,
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
from accounts.till.operations import boxes as cash_boxes
from accounts.till.operations import counter as counter_cash
from accounts.till.operations import reversals as cash_reversals

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
