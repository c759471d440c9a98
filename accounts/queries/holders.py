"""Whether an applicant is the holder, and whose name is on an account."""

from uuid import UUID

from accounts.models import Account, Card, Identity
from config.kernel.sealed import card_key


def is_holder(account_id: UUID | None, *, identity_key: bytes | None = None, card_number: str | None = None) -> bool:
    """Say whether a document's identity or a card is that of an account's holder (本人).

    :param identity_key: of any of his documents.
    :param card_number: of any of his cards; a card shows the person, whatever its state.
    """
    if account_id is None:
        return False
    holder = Account.objects.filter(pk=account_id).values("customer_id")
    if identity_key is not None:
        return Identity.objects.filter(key=identity_key, customer_id__in=holder).exists()
    if card_number is not None:
        return Card.objects.filter(number_index=card_key(card_number), customer_id__in=holder).exists()
    return False


def holder_id(account_id: UUID | None) -> UUID | None:
    """Return which customer holds an account, None when there is no such account."""
    if account_id is None:
        return None
    return Account.objects.filter(pk=account_id).values_list("customer_id", flat=True).first()


def holder_name(account_number: str) -> str | None:
    """Return the name of the holder of an open account of this bank, None when there is none."""
    account = Account.objects.filter(account_number=account_number, status="open").select_related("customer").first()
    return account.customer.name if account else None
