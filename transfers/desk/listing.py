"""Desk list of transfers in every status (转账查询), with filters that a person can save (已存条件).

Filters are part of the address, so none is personal data.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_POST

from accounts.queries.subject_lines import subject_lines
from accounts.queries.transfer_sides import account_ids_of, account_sides
from accounts.vocabulary import Channel
from config.frames.desk.access import desk_page
from config.frames.desk.fields import DayField, DeskForm, LineField, YuanField
from config.frames.desk.pages import problem_page
from config.frames.desk.problems import form_problem
from config.frames.desk.requests import DeskRequest
from config.kernel.access.permissions import Permission, may
from config.kernel.database.clock import bank_now
from config.kernel.database.ids import read_id
from config.kernel.database.transactions import perform
from config.kernel.law.dates import day_end, shanghai_day, start_of_day
from config.kernel.law.refusals import BadRequest, refusal_title, refusals_by_subject
from config.kernel.law.text import Text, text
from config.kernel.requests.saved_views import NAME_MAX, forget_view, keep_view, views_of
from config.kernel.trail import trail
from transfers.desk.lines import TransferLine, lines_of
from transfers.models import Transfer
from transfers.queries.board import COUNTED_MAX
from transfers.queries.listing import LOOKED_THROUGH_MAX, ListFilter, ListOrder, transfers_like
from transfers.vocabulary import TransferStatus

#: Days that the bank's list shows by default.
DAYS_SHOWN = 7
#: Modules with the refusals by which a transfer may end.
REFUSALS_OF_TRANSFERS = ("transfers.refusals", "accounts.refusals.money")
_ALL = ("", Text("全部", "All"))
#: Each sort order in both directions, the more useful direction first.
ORDERS = {
    "": (ListOrder.TIME, False, Text("受理时间，最新在前", "Accepted, newest first")),
    "time": (ListOrder.TIME, True, Text("受理时间，最早在前", "Accepted, oldest first")),
    "-amount": (ListOrder.AMOUNT, False, Text("金额，从大到小", "Amount, largest first")),
    "amount": (ListOrder.AMOUNT, True, Text("金额，从小到大", "Amount, smallest first")),
    "due": (ListOrder.DUE, True, Text("到账时间，最早在前", "Due, earliest first")),
    "-due": (ListOrder.DUE, False, Text("到账时间，最晚在前", "Due, latest first")),
}


class TransferListForm(DeskForm):
    """Filters of the list of transfers (查询条件)."""

    status = forms.ChoiceField(label=Text("状态", "Status"), required=False, choices=[_ALL, *TransferStatus.choices])
    first_day = DayField(label=Text("受理日起", "Accepted from"), required=False)
    last_day = DayField(label=Text("受理日止", "Accepted to"), required=False)
    amount_from = YuanField(label=Text("金额不低于（元）", "Amount from (yuan)"), required=False)
    amount_to = YuanField(label=Text("金额不高于（元）", "Amount to (yuan)"), required=False)
    channel = forms.ChoiceField(label=Text("渠道", "Channel"), required=False, choices=[_ALL, *Channel.choices])
    code = forms.RegexField(
        r"^[A-Za-z_]{1,40}$", label=Text("未受理或未执行的原因", "Refused because"), required=False, max_length=40,
        error_messages={"invalid": Text("代码由字母和下划线组成。", "A code is made of letters and underscores.")},
        widget=forms.Select,
    )  # fmt: skip
    sort = forms.ChoiceField(
        label=Text("排序", "Sort by"), required=False, choices=[(key, word) for key, (_, _, word) in ORDERS.items()]
    )

    def __init__(self, typed: Mapping[str, Any]) -> None:
        """Read the filters from an address or a form.

        :param typed: the fields of the form, and optionally `customer` or `account` with an id.
        """
        super().__init__(typed)
        code = str(typed.get("code", ""))
        groups = refusals_by_subject(*REFUSALS_OF_TRANSFERS)
        listed = {value for _, choices in groups for value, _ in choices}
        # An unknown refusal code in an address stays selected.
        other = [(code, refusal_title(code.upper()))] if code and code not in listed else []
        self.fields["code"].widget.choices = [_ALL, *groups, *other]
        self.customer_id, self.account_id = (read_id(typed.get(name)) for name in ("customer", "account"))
        # For an unknown customer or account, show nothing, and never the whole bank's list.
        self.is_empty = any(
            typed.get(name) and not found
            for name, found in (("customer", self.customer_id), ("account", self.account_id))
        )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        first, last = data.get("first_day"), data.get("last_day")
        if first and last and first > last:
            self.add_error("first_day", str(Text("起日不得晚于止日。", "It begins after it ends.")))
        return data

    @property
    def of_bank(self) -> bool:
        """Return whether the list covers the whole bank."""
        return not (self.customer_id or self.account_id or self.is_empty)

    def days(self) -> tuple[date | None, date | None]:
        """Return the requested days, both inclusive; for the whole bank by default the last seven."""
        first, last = (self.cleaned_data.get(name) for name in ("first_day", "last_day"))
        if first is None and self.of_bank:
            first = (last or shanghai_day(bank_now())) - timedelta(days=DAYS_SHOWN - 1)
        return first, last

    def wanted(self) -> ListFilter:
        """Return the filters of a validated form; an invalid one filters nothing."""
        self.is_valid()
        data, (first, last) = self.cleaned_data, self.days()
        order, up, _ = ORDERS[data.get("sort") or ""]
        return ListFilter(
            begins_at=start_of_day(first) if first else None,
            ends_at=day_end(last) if last else None,
            status=data.get("status", ""),
            channel=data.get("channel", ""),
            amount_from_fen=data.get("amount_from"),
            amount_to_fen=data.get("amount_to"),
            code=data.get("code", "").upper(),
            account_ids=self._account_ids(),
            order=order,
            up=up,
        )

    def by_time(self) -> ListFilter:
        """Return the filters with the default order, newest first."""
        return replace(self.wanted(), order=ListOrder.TIME, up=False)

    def parameters(self) -> dict[str, str]:
        """Return the filters as parameters for an address and for the record of an export."""
        self.is_valid()
        parameters = {
            name: str(self.data[name]) for name in self.fields if name in self.cleaned_data and self.data.get(name)
        }
        parameters |= {"code": parameters["code"].upper()} if "code" in parameters else {}
        of = {"customer": self.customer_id, "account": self.account_id}
        return parameters | {name: str(value) for name, value in of.items() if value}

    def query(self) -> str:
        """Return the filters as the query of an address."""
        return urlencode(self.parameters())

    def _account_ids(self) -> tuple[UUID, ...] | None:
        if self.is_empty:
            return ()
        if self.account_id:
            return (self.account_id,)
        return tuple(account_ids_of(self.customer_id)) if self.customer_id else None


PAGE = 50
#: The name under which this list's saved views are stored.
VIEWS = "transfers"


class ViewForm(DeskForm):
    """The name under which a person saves filters."""

    name = LineField(label=Text("名称", "Name"), max_length=NAME_MAX)


@require_GET
@desk_page(Permission.LIST_TRANSFERS)
def listing(request: DeskRequest) -> HttpResponse:
    """List transfers of the bank, of a customer or of an account."""
    form = TransferListForm(request.GET)
    problem = form_problem(form)
    context: dict[str, Any] = {"form": form, "views": views_of(request.caller.id, VIEWS)}
    if problem is None:
        context |= _found(request, form)
    context |= {
        "party": _party(form),
        "export_fields": form.parameters().items(),
        "query": form.query(),
        "exports": problem is None and may(request.caller, Permission.EXPORT_EVIDENCE),
    }
    if form.account_id:
        trail.record_view(request, account_id=form.account_id)
    elif form.customer_id:
        trail.record_view(request, customer_id=form.customer_id)
    return problem_page(request, "transfers/desk/list.html", context, problem)


@require_POST
@desk_page(Permission.LIST_TRANSFERS, part=True)
def view_save(request: DeskRequest) -> HttpResponse:
    """Save the filters under a name, for this person only."""
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
    """Delete one of this person's saved views."""
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
        # An invalid cursor finds nothing.
        "lines": _seen(page.transfers, at, wanted.account_ids) if after or not cursor else [],
        "page": page,
        "days": (first, last),
        "by_time": by_time,
        "many": page.count > COUNTED_MAX,
        "looked_through": LOOKED_THROUGH_MAX,
        "paged": bool(cursor),
        "next_query": urlencode(asked | {"after": str(page.next_after)}) if page.next_after else "",
    }


def _seen(
    transfers: Iterable[Transfer], at: datetime, ours: Collection[UUID] | None
) -> list[tuple[TransferLine, bool]]:
    """Return the lines, each with whether to show the cause; the payee's list hides causes of the payer."""
    return [(line, ours is None or line.payer.account_id in ours) for line in lines_of(transfers, at)]


def _party(form: TransferListForm) -> dict[str, Any]:
    """Return the customer or account of the list, masked; empty for the whole bank."""
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
