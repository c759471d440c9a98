"""Kinds of approval of the app, registered with the kernel when Django starts."""

from accounts.operations import (
    aside_payments,
    card_exceptions,
    close_outs,
    documents,
    external_accounts,
    freezes,
    merging,
    names,
    reverifications,
    sameness,
    set_aside,
    withdrawals,
)

KINDS = (
    card_exceptions.KIND,
    close_outs.KIND,
    sameness.KIND,
    documents.KIND,
    external_accounts.KIND,
    freezes.KIND,
    merging.KIND,
    names.KIND,
    reverifications.KIND,
    set_aside.DECLARATION,
    aside_payments.KIND,
    withdrawals.DOCUMENT,
    withdrawals.EXTERNAL_ACCOUNT,
)
