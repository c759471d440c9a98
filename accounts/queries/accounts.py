"""Accounts with their cards and what restricts them, in the same number of queries for any of them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.models import Account, Card, Entry, Freeze
from accounts.queries.standing import standing_of, subject_keys
from blacklist.policy.restrictions import Restriction
from config.kernel.clock import bank_now
from config.kernel.sealed import card_key


@dataclass(frozen=True, slots=True)
class AccountShown:
    """An account at an instant: its row, its cards, and everything that restricts it."""

    account: Account
    cards: tuple[Card, ...]
    restrictions: tuple[Restriction, ...]
    freezes: tuple[Freeze, ...]
    at: datetime


def show_account(account_id: UUID) -> AccountShown | None:
    """Return an account as it stands now, None when there is none of this id."""
    account = Account.objects.select_related("customer").defer("customer__name").filter(pk=account_id).first()
    if account is None:
        return None
    at = bank_now()
    standing = standing_of(account.customer, subject_keys(account.customer_id), at)
    return AccountShown(
        account=account,
        cards=tuple(Card.objects.filter(account=account).order_by("id")),
        restrictions=standing.of_account(account),
        freezes=tuple(standing_freezes(at).filter(account=account).order_by("id")),
        at=at,
    )


def find_account(*, account_number: str | None = None, card_number: str | None = None) -> UUID | None:
    """Return the id of the account with a number, or of the account behind a card of any state."""
    if account_number is not None:
        return Account.objects.filter(account_number=account_number).values_list("id", flat=True).first()
    index = card_key(card_number or "")
    return Card.objects.filter(number_index=index).values_list("account_id", flat=True).first()


def account_exists(account_id: UUID) -> bool:
    """Say whether this bank keeps an account of this id, open or closed."""
    return Account.objects.filter(pk=account_id).exists()


def account_entries(account_id: UUID) -> QuerySet[Entry] | None:
    """Return the ledger entries of an account, None when there is no such account."""
    if not account_exists(account_id):
        return None
    return Entry.objects.filter(account_id=account_id)


def standing_freezes(at: datetime) -> QuerySet[Freeze]:
    """Return the freezes in force at an instant: not lifted, not expired."""
    return Freeze.objects.filter(Q(until=None) | Q(until__gt=at), lifted_at=None)
