"""Desk page of held transfers (待到账): due times, and which can still be cancelled."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode

from accounts.queries.transfer_sides import account_ids_of
from config.frames.desk.access import desk_page
from config.frames.desk.due_picture import DueSlot, draw_due
from config.frames.desk.live_parts import unchanged, version_of
from config.frames.desk.requests import DeskRequest
from config.kernel.access.permissions import Permission, may
from config.kernel.database.clock import bank_now
from config.kernel.database.ids import read_id
from config.kernel.database.sql import rows
from transfers.desk.forms import BoardForm
from transfers.desk.lines import lines_of
from transfers.queries.board import AHEAD, OVERDUE_SECONDS, due_ahead, held_of_accounts, held_page

PAGE = 50
CUSTOMER_PAGE = 20
SLOT = timedelta(minutes=15)


@desk_page(Permission.LIST_TRANSFERS)
def board(request: DeskRequest) -> HttpResponse:
    """Show the held transfers, next due first, with a chart of the next 24 hours."""
    context = _rows(request)
    ahead = due_ahead(context["at"], minutes=SLOT // timedelta(minutes=1))
    slots = [DueSlot(row["slot"], row["count"], int(row["fen"])) for row in rows(ahead.text, ahead.params)]
    context["drawing"] = draw_due(slots, now=context["at"], slot=SLOT, ahead=AHEAD)
    return render(request, "transfers/desk/board.html", context)


@desk_page(Permission.LIST_TRANSFERS, part=True)
def board_rows(request: DeskRequest) -> HttpResponse:
    """Return only the rows, for refreshing the page."""
    context = _rows(request)
    return unchanged(request, context["version"]) or render(request, "transfers/desk/board_rows.html", context)


@desk_page(Permission.LIST_TRANSFERS, part=True)
def customer_held(request: DeskRequest, customer_id: UUID) -> HttpResponse:
    """Return the held transfers of a customer's accounts for the customer's page, nothing without one."""
    at = bank_now()
    found = held_of_accounts(account_ids_of(customer_id), limit=CUSTOMER_PAGE + 1)
    if not found:
        return HttpResponse()
    context = {
        "lines": lines_of(found[:CUSTOMER_PAGE], at),
        "more": len(found) > CUSTOMER_PAGE,
        "at": at,
        "cancels": _cancels(request),
    }
    return render(request, "transfers/desk/customer_held.html", context)


def _rows(request: DeskRequest) -> dict[str, Any]:
    at = bank_now()
    form = BoardForm(request.GET)
    page = held_page(form.wanted(), at=at, limit=PAGE, after=read_id(request.GET.get("after")))
    lines = lines_of(page.transfers, at)
    late = sum(1 for row in page.transfers if _is_late(row.due_at, at))
    filters = {name: request.GET[name] for name in form.fields if request.GET.get(name)}
    here = filters | ({"after": request.GET["after"]} if request.GET.get("after") else {})
    return {
        "form": form,
        "at": at,
        "page": page,
        "lines": lines,
        "cancels": _cancels(request),
        "version": version_of(lines, late, page.count, page.total_fen, page.next_after),
        "filtered": bool(filters),
        "paged": "after" in here,
        "first_query": urlencode(filters),
        "here_query": urlencode(here),
        "next_query": urlencode(filters | {"after": str(page.next_after)}) if page.next_after else "",
        "late": late,
    }


def _is_late(due_at: datetime | None, at: datetime) -> bool:
    return due_at is not None and at - due_at > timedelta(seconds=OVERDUE_SECONDS)


def _cancels(request: DeskRequest) -> bool:
    return may(request.caller, Permission.CANCEL_TRANSFER)
