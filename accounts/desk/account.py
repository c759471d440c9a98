"""The page of one account: its money, cards, restrictions and freezes, and its entries."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from accounts.desk.barred_acts import unavailable_for_account
from accounts.desk.customer import acts_of
from accounts.desk.wing_parts import marks_of_customer, pages_of_entries, waiting_in_wings
from accounts.models import Card, Entry, Freeze
from accounts.operations.freezes import freeze_status
from accounts.policy.closing import RANKS, is_close_out_offered
from accounts.policy.opening import carries_cards
from accounts.queries.accounts import (
    AccountShown,
    declared_impostor,
    entries_page,
    find_card,
    freezes_of_account,
    left_aside,
    pending_close_outs,
    pending_exceptions,
    pending_set_aside,
    show_account,
)
from accounts.queries.cards import with_reports
from accounts.queries.customer_lines import BLOCKING_KINDS
from accounts.queries.particulars import use_of_account
from accounts.queries.subject_lines import subject_line
from accounts.vocabulary import AccountClass, AccountKind, AccountStatus, CardStatus
from blacklist.queries import with_certificates
from blacklist.vocabulary import RestrictionKind
from config.frames.desk.access import desk_page
from config.frames.desk.pages import found_or_404
from config.frames.desk.requests import DeskRequest
from config.kernel.access.permissions import Permission, may
from config.kernel.law.dates import shanghai_day

PAGE = 20


@desk_page(Permission.VIEW_ACCOUNT)
def account(request: DeskRequest, account_id: UUID) -> HttpResponse:
    """Show an account."""
    caller = request.caller
    shown = shown_or_404(account_id)
    entries, older = entries_of(account_id, request.GET.get("before", ""))
    pages, freezes = pages_of_entries(entries), freezes_of_account(account_id)
    declaration = declared_impostor(shown.account)
    context = {
        "subject": subject_line(shown.account.customer_id),
        "shown": shown,
        "use": use_of_account(shown.account),
        "restrictions": with_certificates(shown.restrictions, shown.grace),
        "available_fen": shown.account.balance_fen - shown.account.held_fen,
        "blocked": is_blocked(shown),
        **_restricted(shown),
        "live_cards": with_reports([card for card in shown.cards if card.status != CardStatus.CANCELLED]),
        "gone_cards": [card for card in shown.cards if card.status == CardStatus.CANCELLED],
        "carries_cards": carries_cards(AccountKind(shown.account.kind), AccountClass(shown.account.account_class)),
        "ranked": shown.account.account_class in RANKS[AccountKind(shown.account.kind)],
        "freezes": [(freeze, freeze_status(freeze, shown.at)) for freeze in freezes],
        "waiting": waiting_of(shown, freezes),
        "way_out": shown.account.balance_fen > 0
        and is_close_out_offered(AccountKind(shown.account.kind), shown.restrictions),
        "impostor": declaration,
        "aside_fen": declaration and left_aside(declaration),
        "marks": marks_of_customer(shown.account.customer_id),
        "entries": [(entry, pages.get(entry.posting_id)) for entry in entries],
        "older": older,
        "open": shown.account.status == AccountStatus.OPEN,
        "opened_today": shanghai_day(shown.account.opened_at) == shanghai_day(shown.at),
        "may": acts_of(caller),
        "masked": not may(caller, Permission.UNMASK_CUSTOMER),
    }
    return render(request, "accounts/desk/account.html", context)


def _restricted(shown: AccountShown) -> dict[str, Any]:
    """Return the restrictions of an account and its holder at a glance, and which acts are unavailable."""
    bars = [each for each in shown.of_holder if each.kind is RestrictionKind.OPENING_BARRED]
    is_open = shown.account.status == AccountStatus.OPEN
    return {
        "restricted": bool(shown.of_holder),
        "account_restricted": is_open and bool(shown.restrictions or shown.freezes),
        "bars": with_certificates(bars, ()),
        "off": unavailable_for_account(
            blocked=is_blocked(shown), of_account=shown.restrictions, of_holder=shown.of_holder
        ),
    }


def shown_or_404(account_id: UUID) -> AccountShown:
    """Return an account as it is now, or answer 404."""
    return found_or_404(show_account(account_id))


def about_account(shown: AccountShown) -> dict[str, Any]:
    """Return the head of a page about one account."""
    return {
        "subject": subject_line(shown.account.customer_id),
        "account": shown.account,
        "available_fen": shown.account.balance_fen - shown.account.held_fen,
        "blocked": is_blocked(shown),
        "restrictions": with_certificates(shown.restrictions, shown.grace),
        "freezes": shown.freezes,
        "back": account_address(shown.account.id),
    }


def is_blocked(shown: AccountShown) -> bool:
    """Return whether nothing can be paid from an account, not even at the counter."""
    return bool(shown.freezes) or any(each.kind in BLOCKING_KINDS for each in shown.restrictions)


def account_address(account_id: UUID) -> str:
    """Return the address of an account's page."""
    return reverse("desk:account", args=[account_id])


def entries_of(account_id: UUID, before: str) -> tuple[list[Entry], int | None]:
    """Return a page of an account's entries, newest first, and where the next one begins."""
    known = before.isascii() and before.isdigit() and len(before) < 19
    return entries_page(account_id, before=int(before) if known else None, limit=PAGE)


def waiting_of(shown: AccountShown, freezes: list[Freeze]) -> list[UUID]:
    """Return the ids of what is pending approval about an account."""
    account_id = shown.account.id
    return [
        *(freeze.id for freeze in freezes),
        *pending_exceptions(account_id),
        *pending_close_outs(account_id),
        *pending_set_aside(account_id),
        *waiting_in_wings(account_id),
    ]


def card_or_404(card_id: UUID) -> Card:
    """Return a card with its account, or answer 404."""
    return found_or_404(find_card(card_id))
