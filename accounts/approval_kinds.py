"""What of accounts takes a second person: each kind, made known to the kernel when Django starts."""

from accounts.operations import card_exceptions, close_outs, documents, external_accounts, freezes, reverifications

KINDS = tuple(
    each.KIND for each in (card_exceptions, close_outs, documents, external_accounts, freezes, reverifications)
)
