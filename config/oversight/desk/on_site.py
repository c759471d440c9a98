"""Authorization at the maker's own screen (现场授权): a checker approves with name, password and one-time code.

The maker stays signed in. Misses of the checker count as misses of a sign-in. The decision names the desk.
"""

from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from config.frames.desk import sessions
from config.frames.desk.access import caller_with, desk_page
from config.frames.desk.decision_page import APPROVE, checked_people, decide, done_text
from config.frames.desk.factor_checks import CodeField, Factor, is_answer, proved_factor
from config.frames.desk.labels import changes, field_word
from config.frames.desk.pages import found_or_404, problem_page
from config.frames.desk.problems import PageProblem, form_problem, problem_of
from config.frames.desk.requests import DeskRequest
from config.frames.desk.sign_in import SignInForm, words_of_refusal
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.access.permissions import Permission, may
from config.kernel.database.clock import bank_now
from config.kernel.database.transactions import perform
from config.kernel.law.refusals import Forbidden, Refusal, RequestError
from config.kernel.law.text import Text
from config.kernel.models import Approval, ApprovalStatus, TrailKind
from config.kernel.requests import special_measures
from config.kernel.requests.special_measures import CheckUnavailable
from config.kernel.trail import trail
from config.kernel.trail.evidence import scope_of
from config.oversight.desk.affected_customers import object_line, record_address, subjects_of, with_names
from config.oversight.desk.notes import shown_notes

#: Code of the problem where name, password or code prove nobody.
NOT_PROVED = "SIGN_IN_REFUSED"


class CheckerForm(SignInForm):
    """Form with name, password and one-time code of the checker; recovery codes and passkeys decide nothing here."""

    code = CodeField(label=Text("动态口令", "One-time code"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            # Nothing of another person is offered or kept by the browser of the desk.
            off = "new-password" if name == "password" else "off"
            field.widget.attrs |= {"class": "form-control", "autocomplete": off}
        self.fields["username"].widget.attrs["data-first"] = ""

    def _device(self, user: Any, code: str) -> Factor | None:
        return None if is_answer(code) else proved_factor(self.request, user.pk, code)


@desk_page(Permission.WITHDRAW_APPROVAL)
def on_site(request: DeskRequest, approval_id: UUID) -> HttpResponse:
    """Show an own proposal to a checker at this screen, who approves it here (现场授权)."""
    approval = _own_or_404(request, approval_id)
    record = record_address(approval, request.caller) or reverse("desk:approval", args=[approval_id])
    if approvals.status_at(approval, bank_now()) != ApprovalStatus.PENDING:
        return HttpResponseRedirect(record)
    form = CheckerForm(request.POST or None, request=request)
    problem = None
    if request.method == "POST":
        problem = _authorize(request, approval, form)
        if problem is None:
            return HttpResponseRedirect(record)
    kind = approvals.kinds()[approval.kind]
    row: Any = kind.row_of(approval)
    context = {
        "approval": approval,
        "about": object_line(approval, None),
        "subject": subjects_of([approval]).get(approval.id),
        "changes": with_names(changes(approval), approval.before, approval.after),
        "effects": [
            (field_word(name, scope_of(approval)), words) for name, words in kind.effects(row, approval).items()
        ],
        "comments": approvals.comments_of(approval.pk).count(),
        "scans": approvals.attachments_of(approval.pk).count(),
        "decides": kind.role,
        "form": form,
        "back": record,
    }
    return problem_page(request, "oversight/on_site.html", context, problem)


def _own_or_404(request: DeskRequest, approval_id: UUID) -> Approval:
    found = approvals.visible_to(request.caller).filter(pk=approval_id, made_by_id=request.caller.id).first()
    return found_or_404(found if found and approvals.decidable_on_site(found) else None)


def _authorize(request: DeskRequest, approval: Approval, form: CheckerForm) -> PageProblem | None:
    """Approve the proposal as the person who typed the factors; return the problem, if any."""
    if words := words_of_refusal(request, form):
        incomplete = set(form.errors) - {NON_FIELD_ERRORS}
        return form_problem(form) if incomplete else PageProblem(words, NOT_PROVED, status=403)
    checker = caller_with(form.user.pk)
    try:
        if checker is None or not may(checker, Permission.DECIDE_APPROVAL):
            raise Forbidden
        checked = checked_people([approval], caller=checker, decision=APPROVE).get(approval.pk)
        with special_measures.checked_act(checked):
            extra = perform(partial(_approve, request, approval, checker, form.user.pk))
    except (Refusal, RequestError, CheckUnavailable) as refused:
        if isinstance(refused, Forbidden):
            of = {"caller": checker, "user_id": form.user.pk, "object_id": approval.pk}
            trail.record_refusal(TrailKind.FORBIDDEN, request, refused.code, **of)
        return problem_of(refused)
    messages.success(request, done_text(approval.kind, APPROVE, extra))
    return None


def _approve(request: DeskRequest, approval: Approval, checker: Caller, user_id: int) -> Any:
    desk = (request.caller.name, sessions.own_id(request), trail.asker_of(request).address)
    with approvals.decided_on_site(*desk):
        extra = decide(approval.pk, caller=checker, decision=APPROVE, remark="", seen=shown_notes(request.POST))
    trail.record(TrailKind.ON_SITE, request, caller=checker, user_id=user_id, object_id=approval.pk)
    return extra
