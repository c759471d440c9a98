"""Proposals in the back office: their changes, and the decision of the second person (复核)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Case, CharField, F, QuerySet, Value, When
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString

from config.frames.back_office.acts import ActingAdmin, RecordAct
from config.frames.back_office.columns import desk_link
from config.frames.desk import decision_page
from config.frames.desk.labels import NOTHING, changes, summary
from config.frames.desk.problems import PageProblem
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.access.permissions import Permission, may
from config.kernel.database.clock import bank_now
from config.kernel.law.text import Text
from config.kernel.models import Approval, ApprovalStatus
from config.logs import scrub


class DecisionForm(forms.Form):
    """Form with the reason and a fresh second-factor code."""

    use_required_attribute = False

    remark = forms.CharField(
        label=Text("意见", "Remark"), max_length=decision_page.REMARK_MAX, required=False,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
    )  # fmt: skip
    code = forms.CharField(
        label=Text("动态口令（再次验证）", "One-time code (again)"), max_length=6,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )  # fmt: skip

    def __init__(self, request: HttpRequest, *, reason_needed: bool) -> None:
        super().__init__(request.POST if request.method == "POST" else None)
        if reason_needed:
            self.fields["remark"].required = True
            self.fields["remark"].label = Text("不通过的理由", "Reason for the rejection")


class Decide(RecordAct):
    """Decision about a proposal of administrators; the bank's business is decided at the desk."""

    needs = Permission.ADMINISTER
    about = "admin/back_office/proposal.html"
    by_enter = False

    def offered_to(self, row: Any, caller: Caller) -> bool:
        return row.kind in approvals.administration_kinds() and may(caller, self.needs)

    def form(self, request: HttpRequest) -> DecisionForm:
        return DecisionForm(request, reason_needed=self.name == decision_page.REJECT)

    def context(self, row: Any, caller: Caller, at: datetime) -> Mapping[str, Any]:
        return {"summary": summary(row), "changes": changes(row)}

    def obstacle(self, row: Any, caller: Caller, at: datetime) -> str | None:
        return decision_page.obstacle(row, caller, at)

    def problem_before(self, request: HttpRequest, caller: Caller, form: Any) -> PageProblem | None:
        data = form.cleaned_data
        return decision_page.decision_problem(
            request, caller=caller, decision=self.name, remark=data["remark"].strip(), code=data.get("code", "")
        )

    def work(self, row: Any, caller: Caller, form: Any) -> Mapping[str, Any]:
        remark = form.cleaned_data["remark"].strip()
        return decision_page.decide(row.pk, caller=caller, decision=self.name, remark=remark)

    def done(self, result: Any) -> str:
        return str(decision_page.DONE[self.name])


class Approve(Decide):
    """Approve a proposal and put it into effect."""

    name = decision_page.APPROVE
    title = Text("复核通过", "Approve")
    button = Text("通过", "Approve")
    explained = Text("通过后即时生效。", "Approval takes effect immediately.")

    def obstacle(self, row: Any, caller: Caller, at: datetime) -> str | None:
        if obstacle := super().obstacle(row, caller, at):
            return obstacle
        return Text(approvals.ApprovalStale.zh, approvals.ApprovalStale.en) if approvals.is_stale(row) else None

    def work(self, row: Any, caller: Caller, form: Any) -> Mapping[str, Any]:
        # On that page proposer and approver collect the key or their halves of the code.
        page = reverse("admin:kernel_administration_change", args=[row.object_id])
        return {**super().work(row, caller, form), "next_page": page}

    def next_page(self, result: Any) -> str | None:
        return str(result["next_page"])


class Reject(Decide):
    """Reject a proposal, with a reason."""

    name = decision_page.REJECT
    title = Text("复核不通过", "Reject")
    button = Text("不通过", "Reject")
    explained = Text("不生效，记录保留。", "Nothing takes effect; the record is kept.")
    danger = True
    tone = messages.WARNING


class WithdrawalForm(forms.Form):
    """Form with an optional reason for a withdrawal."""

    remark = forms.CharField(
        label=Text("撤回理由（可不填）", "Reason for withdrawal (optional)"), max_length=decision_page.REMARK_MAX,
        required=False, widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
    )  # fmt: skip


class Withdraw(Decide):
    """Withdraw one's own proposal."""

    name = "withdraw"
    title = button = Text("撤回", "Withdraw")
    explained = Text("不生效，记录保留。", "Nothing takes effect; the record is kept.")
    danger = True

    def offered_to(self, row: Any, caller: Caller) -> bool:
        return super().offered_to(row, caller) and row.made_by_id == caller.id

    def form(self, request: HttpRequest) -> Any:
        return WithdrawalForm(request.POST if request.method == "POST" else None)

    def obstacle(self, row: Any, caller: Caller, at: datetime) -> str | None:
        status = approvals.status_at(row, at)
        return None if status == ApprovalStatus.PENDING else ApprovalStatus.word(status)

    def problem_before(self, request: HttpRequest, caller: Caller, form: Any) -> PageProblem | None:
        return None

    def work(self, row: Any, caller: Caller, form: Any) -> Any:
        return approvals.withdraw(row.pk, principal=caller, reason=form.cleaned_data["remark"].strip())

    def done(self, result: Any) -> str:
        return str(Text("已撤回，记录保留。", "Withdrawn; the record is kept."))


@admin.display(description=Text("状态", "Status"))
def _status(row: Any) -> str:
    return ApprovalStatus.word(row.status_now)


@admin.display(description=Text("到期时间", "Expires"))
def _lapses(row: Any) -> datetime | None:
    return approvals.lapses_at(row)


@admin.display(description=Text("意见", "Remark"))
def _remark(row: Any) -> str:
    return scrub(str(row.remark or NOTHING))


@admin.display(description=Text("工作台", "At the desk"))
def _desk(row: Approval) -> SafeString | str:
    """Return a link to the desk page where the bank's business is decided; empty for administration."""
    return NOTHING if row.kind in approvals.administration_kinds() else desk_link("approval", row.pk, _DETAILS)


_DETAILS = Text("复核详情", "Details of the approval")


@admin.register(Approval)
class ApprovalAdmin(ActingAdmin):
    """Proposals, and who decided them."""

    list_display: Any = ("id", "kind", _status, "made_by", "made_at", "decided_by", "decided_at", _lapses)
    list_filter = ("kind", "status")
    shown = (_status, _lapses, _remark, _desk)
    personal = ("status", "expires_at")
    acts = (Approve(), Reject(), Withdraw())

    def code_words(self) -> Any:
        """Return the names of kinds and objects, as their apps register them."""
        known = approvals.kinds().values()
        return {
            "kind": {kind.name: kind.text for kind in known},
            "object_type": {kind.object_type: kind.model._meta.verbose_name for kind in known},
        }

    def get_queryset(self, request: HttpRequest) -> QuerySet[Approval]:
        """Return the proposals with their present status: a pending one expires by the bank's clock alone."""
        lapsed = When(status=ApprovalStatus.PENDING, expires_at__lte=bank_now(), then=Value(ApprovalStatus.EXPIRED))
        rows: QuerySet[Approval] = super().get_queryset(request)
        return rows.annotate(status_now=Case(lapsed, default=F("status"), output_field=CharField()))
