"""Customers whom certificates restrict: those named by one (所涉本行客户), and those free within a week (4108 即将到期的限制)."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.queries.merged_customers import surviving_ids
from accounts.queries.restriction_ends import ending_page
from accounts.queries.restriction_history import holders_named
from accounts.queries.subject_lines import subject_lines
from blacklist.queries.letter_facts import names_in
from config.frames.desk.access import desk_page
from config.frames.desk.requests import DeskRequest
from config.kernel.access.permissions import Permission
from config.kernel.database.clock import bank_now
from config.kernel.database.ids import read_id

PAGE = 50
COUNT_MAX = 99


@require_GET
@desk_page(Permission.VIEW_ENDING)
def ending(request: DeskRequest) -> HttpResponse:
    """List the customers with a restriction that ends within a week."""
    page = ending_page(bank_now(), after=read_id(request.GET.get("after")), limit=PAGE)
    return render(request, "accounts/desk/ending.html", {"page": page})


@require_GET
@desk_page(Permission.VIEW_ENDING, part=True)
def ending_count(request: DeskRequest) -> HttpResponse:  # noqa: ARG001
    """Return the number of these customers as a part of the home page; above a limit it ends with `+`."""
    page = ending_page(bank_now(), after=None, limit=COUNT_MAX)
    return HttpResponse(f"{len(page.lines)}{'+' if page.after else ''}")


CUSTOMERS_MAX = 50


@desk_page(Permission.VIEW_CERTIFICATES, part=True)
def customers_named(request: DeskRequest, certificate_id: UUID) -> HttpResponse:
    """Show the customers whom a certificate names by an identity, an account or a card, masked, with links to their pages."""
    names = names_in(certificate_id)
    found = holders_named(names.identity_keys, names.account_numbers, names.card_keys, most=CUSTOMERS_MAX + 1)
    lines = subject_lines(dict.fromkeys(surviving_ids(found[:CUSTOMERS_MAX]).values()))
    context = {"lines": list(lines.values()), "more": len(found) > CUSTOMERS_MAX}
    return render(request, "accounts/desk/named.html", context)
