"""Desk pages of suspicions of fraud (可疑情形): record one, list those of a customer and of the bank.

Only staff see them; no slip, letter or notice to a customer mentions one.
"""

from functools import partial
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from accounts.vocabulary import Channel
from config.frames.desk.access import desk_page
from config.frames.desk.drafts import form_arguments
from config.frames.desk.fields import DayField, DeskForm, DigitRadios, StatedField
from config.frames.desk.pages import act_on_form, problem_page
from config.frames.desk.problems import form_problem
from config.frames.desk.requests import DeskRequest
from config.kernel.access.permissions import Permission
from config.kernel.database.ids import read_id
from config.kernel.law.dates import day_end, start_of_day
from config.kernel.law.text import Text, text
from config.kernel.models import Role, column_word
from transfers.models import Suspicion
from transfers.operations.suspicions import SuspicionDraft, record_suspicion
from transfers.queries.suspicions import suspicions_between, suspicions_of
from transfers.vocabulary import SuspicionKind, SuspicionReason

#: Rows of one page.
PAGE = 50


class SuspicionForm(DeskForm):
    """Form for a suspicion; the page from which it was opened says whom it is about."""

    customer_id = forms.UUIDField(required=False, widget=forms.HiddenInput)
    account_id = forms.UUIDField(required=False, widget=forms.HiddenInput)
    transfer_id = forms.UUIDField(required=False, widget=forms.HiddenInput)
    kind = StatedField(label=column_word(Suspicion, "kind"), choices=SuspicionKind.choices, widget=DigitRadios)
    reason = StatedField(label=column_word(Suspicion, "reason"), choices=SuspicionReason.choices)
    words = forms.CharField(
        label=column_word(Suspicion, "words"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=Text("加密保存，仅供工作人员查看，不得告知客户。", "Kept encrypted, for staff alone. Never tell the customer."),
    )  # fmt: skip

    def draft(self, channel: str) -> SuspicionDraft:
        """Return the suspicion entered in a valid form."""
        data: dict[str, Any] = self.cleaned_data
        return SuspicionDraft(
            **data | {"kind": SuspicionKind(data["kind"]), "reason": SuspicionReason(data["reason"])}, channel=channel
        )


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(Permission.RECORD_SUSPICION)
def new(request: DeskRequest) -> HttpResponse:
    """Record a suspicion; about a customer, an account or a transfer, if the page was opened from one."""
    about = {f"{name}_id": read_id(request.GET.get(name)) for name in ("customer", "account", "transfer")}
    form = SuspicionForm(**form_arguments(request), initial={name: value for name, value in about.items() if value})
    channel = Channel.COUNTER.value if request.caller.role == Role.TELLER else ""
    return act_on_form(
        request,
        lambda: record_suspicion(form.draft(channel), principal=request.caller),
        form,
        page=partial(problem_page, request, "transfers/desk/suspicion_new.html", {"form": form}),
        to=_back(request),
        done=text("可疑情形已登记。", "Recorded."),
    )


def _back(request: DeskRequest) -> str:
    sent = request.POST
    if transfer := read_id(sent.get("transfer_id")):
        return reverse("desk:transfer", args=[transfer])
    if customer := read_id(sent.get("customer_id")):
        return reverse("desk:customer", args=[customer])
    return reverse("desk:suspicion-new")


class SuspicionListForm(DeskForm):
    """Filters of the list of suspicions."""

    kind = forms.ChoiceField(
        label=column_word(Suspicion, "kind"),
        required=False,
        choices=[("", Text("全部", "All")), *SuspicionKind.choices],
    )
    first_day = DayField(label=Text("登记日起", "Recorded from"), required=False)
    last_day = DayField(label=Text("登记日止", "Recorded to"), required=False)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        first, last = data.get("first_day"), data.get("last_day")
        if first and last and first > last:
            self.add_error("first_day", str(Text("起日不得晚于止日。", "It begins after it ends.")))
        return data

    def rows(self) -> QuerySet[Suspicion]:
        """Return the filtered suspicions of a validated form, newest first; both days are inclusive."""
        data = self.cleaned_data
        first, last = data["first_day"], data["last_day"]
        found = suspicions_between(
            start_of_day(first) if first else None, day_end(last) if last else None, data["kind"]
        )
        return found.order_by("-pk")


@require_GET
@desk_page(Permission.VIEW_SUSPICIONS)
def listing(request: DeskRequest) -> HttpResponse:
    """List the suspicions of the bank, newest first, filtered by kind and days."""
    form = SuspicionListForm(request.GET)
    problem = form_problem(form)
    context: dict[str, Any] = {"form": form}
    if problem is None:
        rows = form.rows()
        if before := read_id(request.GET.get("before")):
            rows = rows.filter(pk__lt=before)
        found = list(rows[: PAGE + 1])
        context |= {"rows": found[:PAGE], "older": found[PAGE - 1].pk if len(found) > PAGE else None}
    return problem_page(request, "transfers/desk/suspicions.html", context, problem)


@desk_page(Permission.VIEW_CUSTOMER, part=True)
def customer_suspicions(request: DeskRequest, customer_id: UUID) -> HttpResponse:
    """Return the suspicions about a customer for the customer's page."""
    context = {"rows": suspicions_of(customer_id)[:PAGE]}
    return render(request, "transfers/desk/suspicion_rows.html", context)
