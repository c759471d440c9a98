"""Holders of accounts: whether an applicant is the holder, and the holder's name."""

from dataclasses import dataclass
from uuid import UUID

from accounts.models import Account, Card
from accounts.vocabulary import SERVED_CARD_STATUSES, AccountStatus
from config.kernel.database.sql import Query, Row
from config.kernel.vault.sealed import card_key

HOLDER = """
SELECT a.customer_id,
       EXISTS (SELECT FROM accounts_identity i WHERE i.customer_id = a.customer_id AND i.key = %(identity)s)
       OR EXISTS (SELECT FROM accounts_card c WHERE c.customer_id = a.customer_id AND c.number_index = %(card)s)
       AS is_applicant
FROM accounts_account a WHERE a.id = %(account)s
"""


@dataclass(frozen=True, slots=True)
class AccountHolder:
    """The holder of an account, and whether the applicant is the holder (本人)."""

    customer_id: UUID
    is_applicant: bool


def holder_query(
    account_id: UUID | None, *, identity_key: bytes | None = None, card_number: str | None = None
) -> Query[AccountHolder | None]:
    """Return the query that compares an account's holder with an applicant; it finds None for an unknown account.

    :param identity_key: of any of the applicant's documents.
    :param card_number: of any of the applicant's cards; a card shows the person, whatever its state.
    """
    card = card_key(card_number) if card_number is not None else None
    return Query(HOLDER, {"account": account_id, "identity": identity_key, "card": card}, _holder)


def _holder(rows: list[Row]) -> AccountHolder | None:
    return AccountHolder(**rows[0]) if rows else None


def holder_id(account_id: UUID | None) -> UUID | None:
    """Return the id of an account's holder, None for an unknown account."""
    if account_id is None:
        return None
    return Account.objects.filter(pk=account_id).values_list("customer_id", flat=True).first()


def holder_name(number: str) -> str | None:
    """Return the name of the holder of an open account of this bank, None when there is none.

    :param number: of the account, or of a card of this bank that is issued, active or lost.
    """
    accounts = Account.objects.select_related("customer")
    account = accounts.filter(account_number=number).first()
    if account is None:
        cards = Card.objects.filter(number_index=card_key(number), status__in=SERVED_CARD_STATUSES)
        account = accounts.filter(pk__in=cards.values("account_id")).first()
    return account.customer.name if account and account.status == AccountStatus.OPEN else None
