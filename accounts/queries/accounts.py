"""Accounts with their cards and restrictions, freezes, and payouts of the balance.

The number of queries for an account does not depend on its cards and restrictions.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Min, Q, QuerySet, Sum

from accounts.models import (
    Account,
    Card,
    CardException,
    CloseOut,
    Entry,
    ExternalAccount,
    Freeze,
    ImpostorDeclaration,
    SetAsidePayment,
)
from accounts.queries.cards import card_at, cards_at
from accounts.queries.customer_restrictions import standing_of, subject_keys
from accounts.vocabulary import AccountKind, AccountStatus, RequestStatus
from blacklist.policy.restrictions import Restriction
from config.kernel.database.clock import bank_now
from config.kernel.database.pages import newest_page
from config.kernel.law.money import Fen
from config.kernel.vault.sealed import card_key


@dataclass(frozen=True, slots=True)
class AccountShown:
    """An account at an instant: its row, its cards, and everything that restricts it.

    :ivar grace: the restrictions that begin unless its holder is re-verified in time (宽限期内).
    :ivar of_holder: the restrictions of its holder, bars on opening included.
    """

    account: Account
    cards: tuple[Card, ...]
    restrictions: tuple[Restriction, ...]
    freezes: tuple[Freeze, ...]
    at: datetime
    grace: tuple[Restriction, ...] = ()
    of_holder: tuple[Restriction, ...] = ()


def show_account(account_id: UUID) -> AccountShown | None:
    """Return an account as of now, None for an unknown id."""
    account = Account.objects.select_related("customer").defer("customer__name").filter(pk=account_id).first()
    if account is None:
        return None
    at = bank_now()
    standing = standing_of(account.customer, subject_keys(account.customer_id), at)
    return AccountShown(
        account=account,
        cards=tuple(cards_at(Card.objects.filter(account=account).order_by("id"), at)),
        restrictions=standing.of_account(account),
        freezes=tuple(freezes_in_force(at).filter(account=account).order_by("id")),
        at=at,
        grace=standing.grace_of_account(account),
        of_holder=standing.of_person(),
    )


def find_account(*, account_number: str | None = None, card_number: str | None = None) -> UUID | None:
    """Return the id of the account with a number, or of the account behind a card of any state.

    :param account_number: of an account here; None to look by card.
    :param card_number: whole; only its blind index is sent.
    :returns: None when there is none.
    """
    if account_number is not None:
        return Account.objects.filter(account_number=account_number).values_list("id", flat=True).first()
    index = card_key(card_number or "")
    return Card.objects.filter(number_index=index).values_list("account_id", flat=True).first()


def account_exists(account_id: UUID) -> bool:
    """Return whether this bank has an account with an id, open or closed."""
    return Account.objects.filter(pk=account_id).exists()


def account_entries(account_id: UUID) -> QuerySet[Entry] | None:
    """Return the ledger entries of an account, None for an unknown account."""
    if not account_exists(account_id):
        return None
    return Entry.objects.filter(account_id=account_id)


def entries_page(account_id: UUID, *, before: int | None, limit: int) -> tuple[list[Entry], int | None]:
    """Return a page of an account's entries, newest first, and the last one's id when there are more.

    :param before: the id of the last entry of the page before.
    """
    return newest_page(Entry.objects.filter(account_id=account_id), before, limit)


def find_card(card_id: UUID) -> Card | None:
    """Return a card as of now with its account, None for an unknown id."""
    card = Card.objects.select_related("account").filter(pk=card_id).first()
    return card_at(card, bank_now()) if card else None


def pending_exceptions(account_id: UUID) -> list[UUID]:
    """Return the ids of an account's pending requests for cards beyond the limit of four."""
    pending = CardException.objects.filter(account_id=account_id, status=RequestStatus.PENDING)
    return list(pending.values_list("id", flat=True))


def freezes_in_force(at: datetime) -> QuerySet[Freeze]:
    """Return the freezes in force at an instant: not lifted, not expired."""
    return Freeze.objects.filter(Q(until=None) | Q(until__gt=at), lifted_at=None)


def ended_freezes(at: datetime) -> QuerySet[Freeze]:
    """Return the freezes that have ended by an instant: lifted or expired."""
    return Freeze.objects.filter(Q(lifted_at__isnull=False) | Q(until__lte=at))


@dataclass(frozen=True, slots=True)
class EndingFreezes:
    """Number of freezes that end within a span, and the first end; None where none does."""

    count: int
    first: datetime | None


def freezes_ending(begins: datetime, ends: datetime) -> EndingFreezes:
    """Return which freezes end within a span: an authority may renew them before.

    :param ends: inclusive.
    """
    ending = Freeze.objects.filter(until__gt=begins, until__lte=ends, lifted_at=None)
    figures = ending.aggregate(count=Count("pk"), first=Min("until"))
    return EndingFreezes(figures["count"], figures["first"])


def freezes_page(
    freezes: QuerySet[Freeze] | None = None, *, before: UUID | None, limit: int
) -> tuple[list[Freeze], UUID | None]:
    """Return a page of freezes with their accounts, newest first, and the last one's id when there are more.

    :param freezes: the freezes to page through; None for all.
    :param before: the id of the last freeze of the page before.
    """
    every = Freeze.objects.all() if freezes is None else freezes
    return newest_page(every.select_related("account"), before, limit)


def freezes_of_account(account_id: UUID) -> list[Freeze]:
    """Return every freeze of an account, newest first."""
    return list(Freeze.objects.filter(account_id=account_id).order_by("-id"))


def find_freeze(freeze_id: UUID) -> Freeze | None:
    """Return a freeze with its account, None for an unknown id."""
    return Freeze.objects.select_related("account").filter(pk=freeze_id).first()


def find_close_out(close_out_id: UUID) -> CloseOut | None:
    """Return a payout of the balance with its accounts, None for an unknown id."""
    found = CloseOut.objects.select_related("account", "to_account", "to_external_account")
    return found.filter(pk=close_out_id).first()


def pending_close_outs(account_id: UUID) -> list[UUID]:
    """Return the ids of an account's pending payouts of the balance."""
    pending = CloseOut.objects.filter(account_id=account_id, status=RequestStatus.PENDING)
    return list(pending.values_list("id", flat=True))


def declared_impostor(account: Account) -> ImpostorDeclaration | None:
    """Return the declaration in force by which an account was closed, None without one."""
    if account.status != AccountStatus.CLOSED:
        return None
    return ImpostorDeclaration.objects.filter(account=account, status=RequestStatus.IN_FORCE).first()


def left_aside(declaration: ImpostorDeclaration) -> Fen:
    """Return what a declaration in force set aside and is not yet paid to whom an authority named."""
    paid = declaration.payments.filter(status=RequestStatus.IN_FORCE).aggregate(fen=Sum("amount_fen"))["fen"]
    return declaration.amount_fen - int(paid or 0)


def pending_set_aside(account_id: UUID) -> list[UUID]:
    """Return the ids of an account's pending declarations, and of pending payments of what is set aside from it."""
    declared = ImpostorDeclaration.objects.filter(account_id=account_id, status=RequestStatus.PENDING)
    payments = SetAsidePayment.objects.filter(declaration__account_id=account_id, status=RequestStatus.PENDING)
    return [*declared.values_list("id", flat=True), *payments.values_list("id", flat=True)]


def open_bank_accounts(customer_id: UUID) -> list[Account]:
    """Return a customer's open bank accounts, the oldest first; the rules judge whether one can be credited."""
    found = Account.objects.filter(customer_id=customer_id, kind=AccountKind.BANK, status=AccountStatus.OPEN)
    return list(found.defer("agent_name").order_by("id"))


def approved_external_accounts(customer_id: UUID) -> list[ExternalAccount]:
    """Return a customer's approved own accounts at other banks, the oldest first."""
    found = ExternalAccount.objects.filter(customer_id=customer_id, status=RequestStatus.IN_FORCE)
    return list(found.defer("evidence").order_by("id"))
