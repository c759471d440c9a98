"""The inbox of proposals (复核中心): list, page of a proposal, decision, withdrawal."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST

from accounts.desk.customer import remaining_text
from accounts.queries.cards import exception_to_hand_out, live_cards
from accounts.queries.restriction_history import holders_named, restriction_history_of
from accounts.queries.subject_lines import SubjectLine, subject_lines
from accounts.queries.timeline import LIFTING_KINDS
from blacklist.queries.certificates import named_by_revoked
from config.frames.desk import drafts
from config.frames.desk.access import desk_page
from config.frames.desk.decision_page import (
    APPROVE,
    REMARK_MAX,
    checked_people,
    decide,
    decision_problem,
    done_text,
    obstacle,
    read_remark,
)
from config.frames.desk.form_acts import new_form_key
from config.frames.desk.labels import changes, changes_since, correction_changes, field_word
from config.frames.desk.live_parts import SEEN_HEADER, unchanged
from config.frames.desk.pages import act_on_form, found_or_404, problem_page
from config.frames.desk.problems import PageProblem, problem_of
from config.frames.desk.requests import DeskRequest
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.access.permissions import Permission, may
from config.kernel.approvals.rejections import reason_for
from config.kernel.database.clock import bank_now
from config.kernel.database.transactions import perform
from config.kernel.law.refusals import Refusal, RequestError
from config.kernel.law.text import Text, text
from config.kernel.models import Approval, ApprovalStatus
from config.kernel.requests import special_measures
from config.kernel.requests.special_measures import CheckUnavailable
from config.kernel.trail.evidence import scope_of
from config.kernel.wings import of_wings
from config.oversight.desk.affected_customers import (
    account_of,
    current_holders,
    debit_cards,
    earlier_proposals,
    object_line,
    other_customer_of,
    record_address,
    subjects_of,
    with_names,
)
from config.oversight.desk.notes import notes_of, shown_notes
from config.oversight.queries.inbox import (
    COUNTED,
    MINE,
    MINE_TEXT,
    OPEN,
    OPEN_TEXT,
    InboxFilter,
    after_cursor,
    age_of,
    filtered_proposals,
    kinds_with_several,
)

PAGE = 50
#: Message if no form content of a returned proposal is stored: it came through the API, or was too large.
NO_FORM = Text(
    "未保存该申请的表单内容，或已补正、已逾期；请在原业务页面重新填写提交，将自动关联原申请。",
    "The form of this item was not kept, or it is corrected or lapsed. Enter it again where it was made; it is then linked to this item.",
)


@desk_page(Permission.VIEW_OWN_APPROVALS)
def inbox(request: DeskRequest) -> HttpResponse:
    """List proposals, the oldest first; by default those that the caller can decide or has to correct.

    A teller sees only the own ones, and an auditor, who decides none, all that wait.
    """
    caller = request.caller
    at = bank_now()
    own_only = not may(caller, Permission.VIEW_APPROVALS)
    kinds = approvals.bank_kinds()
    decides = any(each.role == caller.role for each in kinds.values())
    wanted = InboxFilter.read(request.GET, MINE if decides else OPEN if own_only else ApprovalStatus.PENDING)
    own_kinds = set(approvals.visible_to(caller).values_list("kind", flat=True).distinct()) if own_only else set()
    every = filtered_proposals(wanted, caller, at)
    count = every.order_by()[: COUNTED + 1].count()
    found = after_cursor(every, wanted, before) if (before := request.GET.get("before")) else every
    rows = list(found[: PAGE + 1])
    subjects = subjects_of(rows[:PAGE])
    lines = [(row, approvals.status_at(row, at)) for row in rows[:PAGE]]
    claims = approvals.claims_on([row.pk for row, status in lines if status == ApprovalStatus.PENDING], at)
    context = {
        "rows": [
            {
                "approval": row,
                "about": object_line(row, subjects.get(row.id)),
                "status": status,
                "obstacle": obstacle(row, caller, at),
                "age": age_of(row, status, at),
                "waited": at - row.made_at,
                "claim": claims.get(row.pk),
            }
            for row, status in lines
        ],
        "more": urlencode(wanted.query | {"before": str(rows[PAGE - 1].pk)}) if len(rows) > PAGE else "",
        "count": count,
        "counted": COUNTED,
        "wanted": wanted,
        "once": new_form_key(),
        "statuses": [*([(MINE, MINE_TEXT)] if decides else []), (OPEN, OPEN_TEXT), *ApprovalStatus.choices],
        "kinds": [
            (each.name, each.text, each.role == caller.role)
            for each in kinds.values()
            if not own_only or each.name in own_kinds
        ],
        "claimable": wanted.kind if wanted.kind and kinds[wanted.kind].role == caller.role else "",
        "groups": kinds_with_several(caller, at) if decides else [],
        "due_hours": settings.APPROVAL_DUE_HOURS,
        "exports": may(caller, Permission.EXPORT_EVIDENCE),
        "list": "approvals",
        # A start before every proposal, because this list has no filter by day.
        "export_fields": [
            ("from", "2000-01-01"),
            ("status", wanted.status),
            *([("kind", wanted.kind)] if wanted.kind else []),
        ],
        "decides": decides,
        "own_only": own_only,
    }
    return render(request, "oversight/inbox.html", context)


@desk_page(Permission.VIEW_OWN_APPROVALS)
def detail(request: DeskRequest, approval_id: UUID) -> HttpResponse:
    """Show one proposal with its changes; decide it with a fresh second-factor code."""
    approval = approval_or_404(request, approval_id)
    # A page of the maker asks for the status (`desk/pending_for.html`) and shows the outcome from this page.
    if same := unchanged(request, approvals.status_at(approval, bank_now())):
        return same
    problem: PageProblem | None = None
    if request.method == "POST":
        problem = _decide(request, approval)
        if problem is None:
            return HttpResponseRedirect(reverse("desk:approval", args=[approval_id]))
        approval = approval_or_404(request, approval_id)
    return approval_page(request, approval, problem)


@require_POST
@desk_page(Permission.WITHDRAW_APPROVAL, part=True)
def correct(request: DeskRequest, approval_id: UUID) -> HttpResponse:
    """Open the form of one's own returned proposal, filled as submitted (补正)."""
    returned = approvals.to_correct(request.caller, bank_now()).filter(pk=approval_id).first()
    address = drafts.begin_correction(request, returned) if returned else None
    if address is None:
        messages.warning(request, str(NO_FORM))
    return HttpResponseRedirect(address or reverse("desk:approval", args=[approval_id]))


@require_POST
@desk_page(Permission.WITHDRAW_APPROVAL, part=True)
def withdraw(request: DeskRequest, approval_id: UUID) -> HttpResponse:
    """Withdraw one's own proposal (撤回), once."""
    caller = request.caller
    approval_or_404(request, approval_id)
    reason = request.POST.get("reason", "").strip()[:REMARK_MAX]
    return act_on_form(
        request,
        lambda: approvals.withdraw(approval_id, principal=caller, reason=read_remark(reason, "reason")),
        page=lambda problem: approval_page(request, approval_or_404(request, approval_id), problem),
        to=reverse("desk:approval", args=[approval_id]),
        done=text("已撤回，记录保留。", "Withdrawn; the record is kept."),
    )


def approval_or_404(request: DeskRequest, approval_id: UUID) -> Approval:
    """Return a proposal that the caller may see.

    :raises Http404: for any other id.
    """
    caller = request.caller
    return found_or_404(approvals.visible_to(caller).filter(pk=approval_id).first())


def approval_page(
    request: DeskRequest,
    approval: Approval,
    problem: PageProblem | None,
    *,
    comment: Form | None = None,
    upload: Form | None = None,
) -> HttpResponse:
    """Return the page of a proposal in its present state.

    :param comment: the refused form of a comment; `upload` that of a scan; empty forms otherwise.
    """
    caller = request.caller
    at = bank_now()
    status = approvals.status_at(approval, at)
    pending = status == ApprovalStatus.PENDING
    # The draft belongs to this page, although some of its forms are sent to other addresses.
    address = reverse("desk:approval", args=[approval.pk])
    drafts.set_address(request, address)
    hindrance, may_withdraw = obstacle(approval, caller, at), pending and approval.made_by_id == caller.id
    # A draft is shown only while the page has its form.
    draft = drafts.form_arguments(request)["draft"] if may_withdraw or hindrance is None else {}
    typed = (request.POST if problem else draft) or {}
    subject = subjects_of([approval]).get(approval.id)
    changed = approvals.changed_since(approval) if pending else {}
    hands_out = exception_to_hand_out(approval) if approval.made_by_id == caller.id else None
    record, done = record_address(approval, caller), status == ApprovalStatus.APPROVED
    context = {
        "approval": approval,
        "about": object_line(approval, None),
        "subject": subject,
        "hands_out": hands_out,
        **_correction_context(approval, caller, at, status),
        **notes_of(approval, caller, pending=pending, comment=comment, upload=upload),
        "claim": approvals.claims_on([approval.pk], at).get(approval.pk) if pending else None,
        "other": other_customer_of(approval, subject),
        "account": account_of(approval),
        "earlier": earlier_proposals(approval, subject, caller, at),
        "live_cards": live_cards(subject.customer_id) if subject and pending else [],
        "cards": debit_cards(approval, subject, at) if pending else None,
        "status": status,
        "not_made": status not in {ApprovalStatus.PENDING, ApprovalStatus.APPROVED},
        "obstacle": hindrance,
        "stale": with_names(changes_since(approval), approval.before, changed) if changed else (),
        "holders": current_holders(changed),
        "changes": with_names(changes(approval), approval.before, approval.after),
        "evidence": [
            (field_word(name, scope_of(approval)), text)
            for name, text in approvals.evidence_for(approval, caller).items()
        ],
        "effects": [
            (field_word(name, scope_of(approval)), text.splitlines())
            for name, text in (approvals.effects_of(approval, caller).items() if pending else ())
        ],
        "group_lines": [
            each
            for lines_of in of_wings("blacklist", "desk.approval_section", "lines_of")
            for each in lines_of(approval)
        ],
        "decides": approvals.deciding_role(approval.kind),
        "worker": approvals.worker_task(approval.kind),
        "in_progress": approvals.work_in_progress(approval),
        "remarked": reason_for(caller, approval, str(approval.remark or "")),
        "record": record,
        "more": record if done and not hands_out else address if SEEN_HEADER in request.headers else "",
        "may_withdraw": may_withdraw,
        "own": approval.made_by_id == caller.id,
        "desk_of": approvals.desk_of(approval),
        "next_step": approvals.next_step(approval),
        "remaining": remaining_restrictions(approval),
        "decision": request.POST.get("decision", "") if problem else "",
        "remark": typed.get("remark", ""),
        "reason": typed.get("reason", ""),
    }
    return problem_page(request, "oversight/approval.html", context, problem)


def _correction_context(approval: Approval, caller: Caller, at: datetime, status: str) -> dict[str, Any]:
    """Return the context of a proposal: the one it corrects, its corrections, and the next one to decide."""
    returned = approval.follows
    grounds, earlier_grounds = ({}, {}) if returned is None else (
        approvals.evidence_for(approval, caller), approvals.evidence_for(returned, caller)
    )  # fmt: skip
    own = status == ApprovalStatus.RETURNED and approval.made_by_id == caller.id
    return {
        "follows": returned,
        "returned_for": reason_for(caller, returned, str(returned.remark or "")) if returned else "",
        "versions": correction_changes(approval, grounds, earlier_grounds),
        "followed_by": approvals.visible_to(caller).filter(follows=approval).first()
        if status == ApprovalStatus.RETURNED
        else None,
        "may_correct": own and approvals.to_correct(caller, at).filter(pk=approval.pk).exists(),
        "next": approvals.next_for(caller, at, after=approval),
    }


def _decide(request: DeskRequest, approval: Approval) -> PageProblem | None:
    """Approve, reject or return a proposal; return the problem, if any."""
    caller = request.caller
    decision, remark = request.POST.get("decision", ""), request.POST.get("remark", "").strip()[:REMARK_MAX]
    code, seen = request.POST.get("code", ""), shown_notes(request.POST)
    try:
        # Before the code is used, which renews the session: Django keeps no session with an answer of 503.
        checked = checked_people([approval], caller=caller, decision=decision).get(approval.pk)
    except CheckUnavailable as error:
        return problem_of(error)
    if problem := decision_problem(request, caller=caller, decision=decision, remark=remark, code=code):
        return problem
    try:
        with special_measures.checked_act(checked):
            extra = perform(lambda: decide(approval.pk, caller=caller, decision=decision, remark=remark, seen=seen))
    except (Refusal, RequestError) as refused:
        return problem_of(refused)
    request.carried_out = True
    tell = messages.success if decision == APPROVE else messages.warning
    tell(request, done_text(approval.kind, decision, extra))
    return None


#: Maximum number of customers for whom remaining restrictions are shown.
MOST = 5


@dataclass(frozen=True, slots=True)
class RemainingRestriction:
    """A customer with the restrictions at that time, in words.

    :ivar exists: whether there were any.
    """

    subject: SubjectLine
    text: str
    exists: bool


def remaining_restrictions(approval: Approval) -> list[RemainingRestriction]:
    """Return the restrictions that remained when a lifting proposal was approved; empty for other kinds."""
    if approval.status != ApprovalStatus.APPROVED or approval.decided_at is None:
        return []
    subjects = subject_lines(_customers(approval))
    lines = []
    for customer_id, subject in subjects.items():
        remaining = restriction_history_of(customer_id).restrictions_and_freezes(
            approval.decided_at, but=approval.object_id
        )
        lines.append(RemainingRestriction(subject, remaining_text(remaining), bool(remaining)))
    return lines


def _customers(approval: Approval) -> Sequence[UUID]:
    if approval.kind == "revocation":
        named = named_by_revoked(approval.object_id)
        return holders_named(named.identity_keys, named.account_numbers, named.card_keys, most=MOST)
    kind = approvals.kinds().get(approval.kind)
    row = kind.row_of(approval) if kind and approval.kind in LIFTING_KINDS else None
    return [kind.concerns(row)["customer_id"]] if kind and row is not None else []
