"""The queue of identity conflicts (1030 身份冲突): one number with two names; a person examines each and decides it."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from accounts.desk.customer import acts_of
from accounts.operations.names import end_conflict, unmask_conflict
from accounts.queries.names import WholeConflict, conflict_line, conflicts_page, namesakes_of
from accounts.vocabulary.conflicts import ConflictEnd
from config.frames.desk import drafts
from config.frames.desk.access import desk_page
from config.frames.desk.fields import DeskForm, StatedField
from config.frames.desk.pages import act_on_form, found_or_404, problem_page
from config.frames.desk.problems import PageProblem
from config.frames.desk.requests import DeskRequest
from config.frames.desk.unmasking import REASONS, SHOWN_SECONDS, show_unmasked
from config.kernel.access.permissions import Permission, may
from config.kernel.approvals import latest_about
from config.kernel.approvals.queries import is_same_person
from config.kernel.database.ids import read_id
from config.kernel.law.text import Text, text
from config.logs import scrub

PAGE = 25
ENDED = "ended"


class ConflictEndForm(DeskForm):
    """The result of an identity conflict, and the reason."""

    end = StatedField(label=Text("核查结论", "Finding"), choices=ConflictEnd.choices)
    reason = forms.CharField(
        label=Text("理由", "Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=Text("写明核对了什么、由谁确认；加密保存，不能修改", "What was checked and who confirmed it; kept encrypted and never changed"),
    )  # fmt: skip


@require_GET
@desk_page(Permission.VIEW_CONFLICTS)
def conflicts(request: DeskRequest) -> HttpResponse:
    """List the open conflicts, or the decided ones, the newest first."""
    ended = request.GET.get("state") == ENDED
    lines, older = conflicts_page(before=read_id(request.GET.get("before")), limit=PAGE, ended=ended)
    return render(request, "accounts/desk/conflicts.html", {"lines": lines, "older": older, "ended": ended})


@require_GET
@desk_page(Permission.VIEW_CONFLICT)
def conflict(request: DeskRequest, conflict_id: UUID) -> HttpResponse:
    """Show both sides of a conflict, masked, and its result."""
    return _page(request, conflict_id, form=ConflictEndForm(**drafts.form_arguments(request)))


@require_POST
@desk_page(Permission.END_CONFLICT, part=True)
def conflict_end(request: DeskRequest, conflict_id: UUID) -> HttpResponse:
    """Decide a conflict, once."""
    found_or_404(conflict_line(conflict_id))
    to = reverse("desk:conflict", args=[conflict_id])
    drafts.set_address(request, to)
    form = ConflictEndForm(request.POST)
    return act_on_form(
        request,
        lambda: end_conflict(
            principal=request.caller,
            conflict_id=conflict_id,
            end=ConflictEnd(form.cleaned_data["end"]),
            reason=form.cleaned_data["reason"],
        ),
        form,
        page=lambda problem: _page(request, conflict_id, form=form, problem=problem),
        to=to,
        done=text("身份冲突已核查办结。", "The identity conflict is reviewed."),
    )


@desk_page(Permission.UNMASK_CUSTOMER, part=True)
def conflict_unmask(request: DeskRequest, conflict_id: UUID) -> HttpResponse:
    """Show both full names for half a minute, to compare them; who, when and why is recorded."""

    def page(whole: WholeConflict) -> HttpResponse:
        drafts.set_address(request, reverse("desk:conflict", args=[conflict_id]))
        return _page(request, conflict_id, form=ConflictEndForm(), whole=whole, seconds=SHOWN_SECONDS)

    return show_unmasked(
        request,
        look=lambda caller, reason: unmask_conflict(principal=caller, conflict_id=conflict_id, reason=reason),
        part=page,
        page=page,
        back=reverse("desk:conflict", args=[conflict_id]),
        object_id=conflict_id,
    )


def _page(
    request: DeskRequest, conflict_id: UUID, *, form: ConflictEndForm, problem: PageProblem | None = None, **more: Any
) -> HttpResponse:
    line = found_or_404(conflict_line(conflict_id))
    review, caller = line.review, request.caller
    own = is_same_person(caller, line.entered_by)
    act = (review.name_change_id or review.same_person_id or review.document_withdrawal_id) if review else None
    ends = review is None and may(caller, Permission.END_CONFLICT) and not own
    # The teller who entered the name may not see its customers here: that would be a search without a budget.
    looks = ends or may(caller, Permission.VIEW_CONFLICTS)
    context = {
        "line": line,
        "form": form,
        "namesakes": namesakes_of(conflict_id) if looks else [],
        "ends": ends,
        "own": review is None and own,
        "said": _as_read(review, caller.id, whole=may(caller, Permission.END_CONFLICT)) if review else "",
        "approval_id": latest_about([act]).get(act) if act else None,
        "reasons": REASONS.items(),
        "may": acts_of(caller),
        **more,
    }
    return problem_page(request, "accounts/desk/conflict.html", context, problem)


def _as_read(review: Any, caller_id: UUID, *, whole: bool) -> str:
    """Return the reason as a caller may read it: whole for a person who decides conflicts, for others with numbers masked."""
    return str(review.reason) if whole or review.principal_id == caller_id else scrub(str(review.reason))
