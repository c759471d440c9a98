"""The list of transfers in every state (转账查询), with filters that a person can keep (已存条件)."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_POST

from accounts.queries.sides import account_sides
from accounts.queries.subject_lines import subject_lines
from config.frames.desk.access import desk_page
from config.frames.desk.fields import DeskForm, LineField
from config.frames.desk.problems import form_problem
from config.frames.desk.requests import DeskRequest
from config.kernel.access.permissions import Permission, may
from config.kernel.database.clock import bank_now
from config.kernel.database.ids import read_id
from config.kernel.database.transactions import perform
from config.kernel.law.refusals import BadRequest, Refusal
from config.kernel.law.text import Text, text
from config.kernel.requests.saved_views import NAME_MAX, forget_view, keep_view, views_of
from config.kernel.trail import trail
from transfers.desk.lines import TransferLine, lines_of
from transfers.desk.list_form import TransferListForm
from transfers.models import Transfer
from transfers.queries.board import COUNTED_MAX
from transfers.queries.listing import LOOKED_THROUGH_MAX, ListOrder, transfers_like

PAGE = 50
#: Under which name this list's views are kept.
VIEWS = "transfers"


class ViewForm(DeskForm):
    """The name under which somebody keeps filters."""

    name = LineField(label=Text("名称", "Name"), max_length=NAME_MAX)


@require_GET
@desk_page(Permission.LIST_TRANSFERS)
def listing(request: DeskRequest) -> HttpResponse:
    """List transfers of the bank, of a customer or of an account."""
    form = TransferListForm(request.GET)
    problem = form_problem(form)
    context: dict[str, Any] = {"form": form, "problem": problem, "views": views_of(request.caller.id, VIEWS)}
    if problem is None:
        context |= _found(request, form)
    context |= {
        "whose": _whose(form),
        "codes": sorted(Refusal.catalogue),
        "told": form.parameters().items(),
        "query": form.query(),
        "exports": problem is None and may(request.caller, Permission.EXPORT_EVIDENCE),
    }
    if form.account_id:
        trail.viewed(request, account_id=form.account_id)
    elif form.customer_id:
        trail.viewed(request, customer_id=form.customer_id)
    return render(request, "transfers/desk/list.html", context, status=problem.status if problem else 200)


@require_POST
@desk_page(Permission.LIST_TRANSFERS, part=True)
def view_save(request: DeskRequest) -> HttpResponse:
    """Keep the filters under a name, for this person alone."""
    asked, form = TransferListForm(_query_of(request)), ViewForm(request.POST)
    caller_id = request.caller.id
    if not form.is_valid():
        messages.error(request, str(form.errors["name"][0]))
    else:
        try:
            perform(lambda: keep_view(caller_id, VIEWS, form.cleaned_data["name"], asked.query()))
        except BadRequest as bad:
            messages.error(request, str(bad.fields["name"][0]))
        else:
            messages.success(request, text("查询条件已保存。", "The view is saved."))
    return _to_list(asked)


@require_POST
@desk_page(Permission.LIST_TRANSFERS, part=True)
def view_forget(request: DeskRequest) -> HttpResponse:
    """Delete one of this person's views."""
    slot, caller_id = request.POST.get("slot", ""), request.caller.id
    if slot.isascii() and slot.isdigit() and len(slot) < 3:
        perform(lambda: forget_view(caller_id, VIEWS, int(slot)))
        messages.success(request, text("已删除该条件。", "The view is deleted."))
    return _to_list(TransferListForm(_query_of(request)))


def _found(request: DeskRequest, form: TransferListForm) -> dict[str, Any]:
    at, wanted, cursor = bank_now(), form.wanted(), request.GET.get("after")
    after = read_id(cursor)
    page = transfers_like(wanted, limit=PAGE, after=after)
    by_time = wanted.order is ListOrder.TIME
    asked = form.parameters()
    first, last = form.days()
    return {
        "at": at,
        # A cursor that is none of ours finds nothing.
        "lines": _seen(page.transfers, at, wanted.account_ids) if after or not cursor else [],
        "page": page,
        "days": (first, last),
        "by_time": by_time,
        "many": page.count > COUNTED_MAX,
        "looked_through": LOOKED_THROUGH_MAX,
        "paged": bool(cursor),
        "next_query": urlencode(asked | {"after": str(page.next_after)}) if page.next_after else "",
    }


def _seen(found: Iterable[Transfer], at: datetime, ours: Collection[UUID] | None) -> list[tuple[TransferLine, bool]]:
    """Return the lines, each with whether it tells what stood in its way: a payer's affairs are not for the payee's list."""
    return [(line, ours is None or line.payer.account_id in ours) for line in lines_of(found, at)]


def _whose(form: TransferListForm) -> dict[str, Any]:
    """Return whose transfers the list is about, masked; nothing where it is the bank's."""
    if form.account_id:
        side = account_sides([form.account_id]).get(form.account_id)
        return {"account": side} if side else {}
    if form.customer_id:
        return {"subject": subject_lines([form.customer_id]).get(form.customer_id)}
    return {}


def _query_of(request: DeskRequest) -> QueryDict:
    """Return the filters that a form about a view carries along."""
    return QueryDict(urlencode(parse_qsl(request.POST.get("query", "")[:1000])))


def _to_list(form: TransferListForm) -> HttpResponse:
    query = form.query()
    return HttpResponseRedirect(f"{reverse('desk:transfer-list')}{f'?{query}' if query else ''}")
