"""Desk page of the bank's delay of a held transfer (延缓到账)."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.urls import reverse

from config.frames.desk.access import desk_page
from config.frames.desk.drafts import form_arguments
from config.frames.desk.fields import DeskForm, StatedField
from config.frames.desk.labels import moment_text
from config.frames.desk.pages import act_on_form, found_or_404, problem_page
from config.frames.desk.problems import PageProblem
from config.frames.desk.requests import DeskRequest
from config.kernel.access.permissions import Permission
from config.kernel.database.clock import bank_now
from config.kernel.law.text import Text, text
from config.kernel.models import column_word
from transfers.desk.lines import line_of
from transfers.models import TransferDelay
from transfers.operations.delays import ask_delay
from transfers.queries.suspicions import suspicions_about
from transfers.queries.transfers import find_transfer_unopened
from transfers.vocabulary import DELAY_HOURS_MAX, SuspicionReason


class DelayForm(DeskForm):
    """Form for a delay: by how many hours, why, and on which suspicion."""

    hours = forms.IntegerField(
        label=Text(f"延缓小时数（最多{DELAY_HOURS_MAX}）", f"Hours of delay ({DELAY_HOURS_MAX} at most)"),
        min_value=1,
        max_value=DELAY_HOURS_MAX,
    )
    suspicion = StatedField(label=column_word(TransferDelay, "suspicion"))
    reason = forms.CharField(
        label=column_word(TransferDelay, "reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=Text("加密保存，不得告知客户。", "Kept encrypted. Never tell the customer."),
    )  # fmt: skip

    def __init__(self, *args: Any, suspicions: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["suspicion"].choices = suspicions  # type: ignore[attr-defined]


@desk_page(Permission.DELAY_TRANSFER)
def delay(request: DeskRequest, transfer_id: UUID) -> HttpResponse:
    """Show the transfer and ask for the delay; then submit the proposal."""
    transfer = found_or_404(find_transfer_unopened(transfer_id))
    rows = suspicions_about(transfer)
    choices = [
        (str(each.pk), f"{moment_text(each.at.isoformat())} {SuspicionReason.word(each.reason)}") for each in rows
    ]
    form = DelayForm(**form_arguments(request), suspicions=choices)

    def work() -> object:
        data, due_at = form.cleaned_data, transfer.due_at or transfer.accepted_at
        return ask_delay(
            principal=request.caller,
            transfer_id=transfer_id,
            until=due_at + timedelta(hours=data["hours"]),
            reason=data["reason"],
            suspicion_id=UUID(data["suspicion"]),
        )

    def page(problem: PageProblem | None) -> HttpResponse:
        at = bank_now()
        context = {"line": line_of(transfer, at), "at": at, "form": form, "any": bool(choices)}
        return problem_page(request, "transfers/desk/delay.html", context, problem)

    return act_on_form(
        request,
        work,
        form,
        page=page,
        to=reverse("desk:transfer", args=[transfer_id]),
        done=text(
            "已提交复核；复核前仍按原时间到账。", "Submitted; until it is approved the transfer stays due as before."
        ),
    )
