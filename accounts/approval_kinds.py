"""What of accounts takes a second person: each kind, made known to the kernel when Django starts."""

from accounts.operations import card_exceptions, documents, external_accounts, freezes, reverifications
from config.kernel import approvals


def register() -> None:
    """Make the kinds known."""
    for each in (card_exceptions, documents, external_accounts, freezes, reverifications):
        approvals.register(each.KIND)
