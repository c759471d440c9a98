"""The held transfers (待到账): what falls due when, and what can still be cancelled."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode

from accounts.queries.sides import account_ids_of
from config.desk.access import desk_page
from config.desk.requests import DeskRequest
from config.kernel.clock import bank_now
from config.kernel.dates import SHANGHAI
from config.kernel.ids import read_id
from config.kernel.permissions import Permission, may
from config.kernel.sql import rows
from transfers.desk.forms import BoardForm
from transfers.desk.lines import lines_of
from transfers.queries.board import OVERDUE_SECONDS, due_ahead, held_of_accounts, held_page

PAGE = 50
CUSTOMER_PAGE = 20
SLOT = timedelta(minutes=15)


@desk_page(Permission.LIST_TRANSFERS)
def board(request: DeskRequest) -> HttpResponse:
    """Show the held transfers, the next to fall due first, and the next 24 hours as a picture."""
    context = _rows(request)
    ahead = due_ahead(context["at"], minutes=SLOT // timedelta(minutes=1))
    context["slots"] = [
        {
            # Its middle; the first slot is cut by the present.
            "at": int(max(row["slot"] + SLOT / 2, context["at"]).timestamp() * 1000),
            "label": f"{row['slot'].astimezone(SHANGHAI):%m-%d %H:%M}",
            "count": row["count"],
            "fen": int(row["fen"]),
        }
        for row in rows(ahead.text, ahead.params)
    ]
    context["now_ms"] = int(context["at"].timestamp() * 1000)
    return render(request, "transfers/desk/board.html", context)


@desk_page(Permission.LIST_TRANSFERS, part=True)
def board_rows(request: DeskRequest) -> HttpResponse:
    """Show the rows alone, for the page to refresh."""
    return render(request, "transfers/desk/board_rows.html", _rows(request))


@desk_page(Permission.LIST_TRANSFERS, part=True)
def customer_held(request: DeskRequest, customer_id: UUID) -> HttpResponse:
    """Show what is held on a customer's accounts, to stand on the customer's page."""
    at = bank_now()
    found = held_of_accounts(account_ids_of(customer_id), limit=CUSTOMER_PAGE + 1)
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
    filters = {name: request.GET[name] for name in form.fields if request.GET.get(name)}
    here = filters | ({"after": request.GET["after"]} if request.GET.get("after") else {})
    return {
        "form": form,
        "at": at,
        "page": page,
        "lines": lines_of(page.transfers, at),
        "cancels": _cancels(request),
        "filtered": bool(filters),
        "paged": "after" in here,
        "first_query": urlencode(filters),
        "here_query": urlencode(here),
        "next_query": urlencode(filters | {"after": str(page.next_after)}) if page.next_after else "",
        "late": sum(1 for row in page.transfers if _is_late(row.due_at, at)),
    }


def _is_late(due_at: datetime | None, at: datetime) -> bool:
    return due_at is not None and at - due_at > timedelta(seconds=OVERDUE_SECONDS)


def _cancels(request: DeskRequest) -> bool:
    return may(request.caller, Permission.CANCEL_TRANSFER)
