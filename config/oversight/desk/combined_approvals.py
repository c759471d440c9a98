"""Decision of several similar proposals with one code (合并复核): one list, a separate decision for each.

The code confirms exactly the list that was shown, and gives no time window for others. A proposal with
comments or scans must be read on its own page, so it is on no list.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.http import HttpResponse

from config.frames.desk.access import desk_page
from config.frames.desk.decision_page import REMARK_MAX, checked_people, decide, decision_problem, done_text
from config.frames.desk.labels import Change, changes, field_word
from config.frames.desk.pages import problem_page
from config.frames.desk.problems import PageProblem, problem_of
from config.frames.desk.requests import DeskRequest
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.access.permissions import Permission
from config.kernel.database.clock import bank_now
from config.kernel.database.transactions import perform
from config.kernel.law.refusals import BadRequest, Refusal, RequestError
from config.kernel.law.text import Text, text
from config.kernel.models import Approval
from config.kernel.requests import special_measures
from config.kernel.requests.special_measures import CheckUnavailable
from config.kernel.trail.evidence import scope_of
from config.oversight.desk.affected_customers import object_line, subjects_of, with_names

#: Maximum number of proposals on one list, as many as a person can read before one code.
MOST = 10
_SIGNER = signing.Signer(salt="oversight.several")
#: Outcome of a proposal that has changed since the list was shown.
_CHANGED = Text(
    "该项已不是清单所示内容，未处理；请单独打开复核。",
    "This item is no longer what the list showed and was not decided. Open it by itself.",
)


@dataclass(frozen=True, slots=True)
class ProposalShown:
    """One proposal of the list.

    :ivar stale: whether its object has changed since, so that it must be opened by itself.
    """

    approval: Approval
    about: str
    changes: Sequence[Change]
    grounds: Sequence[tuple[str, str]]
    effects: Sequence[tuple[str, str]]
    stale: bool


@dataclass(frozen=True, slots=True)
class ProposalOutcome:
    """The result of one decision."""

    approval: Approval
    about: str
    text: str
    done: bool


@desk_page(Permission.DECIDE_APPROVAL)
def several(request: DeskRequest) -> HttpResponse:
    """Show similar proposals as one list; decide the ticked ones with one fresh code."""
    caller = request.caller
    problem: PageProblem | None = None
    outcomes: list[ProposalOutcome] = []
    if request.method == "POST":
        problem, outcomes = _decide(request)
    mine = {name: kind for name, kind in approvals.bank_kinds().items() if kind.role == caller.role}
    kind = request.GET.get("kind", "")
    at = bank_now()
    waiting = approvals.to_decide(caller, at).filter(kind=kind if kind in mine else "")
    # Without proposals that another person has claimed.
    waiting = approvals.unclaimed(waiting, at, by_others_than=caller)
    noted = approvals.with_notes(waiting).exists()
    waiting = approvals.with_notes(waiting, none=True)
    lines = (
        []
        if outcomes
        else _lines(waiting.select_related("made_by").defer("remark", "form").order_by("pk")[:MOST], caller)
    )
    ticked = set(request.POST.getlist("item")) if problem else set()
    context = {
        "kind": kind if kind in mine else "",
        "kinds": [(name, each.text) for name, each in mine.items()],
        "lines": lines,
        "noted": noted,
        "signed": _SIGNER.sign_object([caller.id.hex, {str(each.approval.pk): digest_of(each.approval) for each in lines}]),
        "outcomes": outcomes,
        "done": sum(each.done for each in outcomes),
        "ticked": ticked,
        "decision": request.POST.get("decision", "") if problem else "",
        "remark": request.POST.get("remark", "") if problem else "",
        "most": MOST,
    }  # fmt: skip
    return problem_page(request, "oversight/several.html", context, problem)


def digest_of(approval: Approval) -> str:
    """Return the digest of what a checker reads of a proposal."""
    return _digest([approval.kind, str(approval.pk), approval.made_at.isoformat(), approval.before, approval.after])


def _digest(read: Any) -> str:
    return hashlib.sha256(json.dumps(read, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _lines(proposals: Any, caller: Caller) -> list[ProposalShown]:
    rows = list(proposals)
    subjects = subjects_of(rows)
    return [
        ProposalShown(
            each,
            object_line(each, subjects.get(each.pk)),
            with_names(changes(each), each.before, each.after),
            _named_texts(each, approvals.evidence_for(each, caller)),
            _named_texts(each, approvals.effects_of(each, caller)),
            approvals.is_stale(each),
        )
        for each in rows
    ]


def _named_texts(approval: Approval, texts: Any) -> list[tuple[str, str]]:
    return [(field_word(name, scope_of(approval)), words) for name, words in texts.items()]


def _decide(request: DeskRequest) -> tuple[PageProblem | None, list[ProposalOutcome]]:
    """Decide the ticked proposals; nothing without the caller's own list, a choice or a fresh code."""
    caller = request.caller
    decision, remark = request.POST.get("decision", ""), request.POST.get("remark", "").strip()[:REMARK_MAX]
    shown, ticked = _shown(request), request.POST.getlist("item")
    if not ticked or not shown.keys() >= set(ticked):
        wrong = text("请先勾选要复核的事项，未作任何处理。", "Tick the items to decide first. Nothing was done.")
        return PageProblem(wrong, BadRequest.code, fields={"item": [wrong]}, status=400), []
    rows = {str(each.pk): each for each in approvals.visible_to(caller).filter(pk__in=ticked).defer("remark", "form")}
    subjects = subjects_of(rows.values())
    chosen = {key: shown[key] for key in shown if key in ticked and key in rows}
    try:
        # Before the code is used, which renews the session: Django keeps no session with an answer of 503.
        checked = checked_people([rows[key] for key in chosen], caller=caller, decision=decision)
    except CheckUnavailable as error:
        return problem_of(error), []
    if problem := decision_problem(
        request, caller=caller, decision=decision, remark=remark, code=request.POST.get("code", "")
    ):
        return problem, []
    request.carried_out = True
    outcomes = []
    with approvals.decided_together(_digest([decision, chosen]), len(chosen)):
        for key, each in chosen.items():
            row = rows[key]
            with special_measures.checked_act(checked.get(row.pk)):
                named = object_line(row, subjects.get(row.pk))
                outcomes.append(_outcome(row, named, each, caller, decision, remark))
    return None, outcomes


def _outcome(approval: Approval, named: str, shown: str, caller: Caller, decision: str, remark: str) -> ProposalOutcome:
    """Decide one proposal in its own transaction if it is unchanged since the list; return the result."""
    if digest_of(approval) != shown:
        return ProposalOutcome(approval, named, str(_CHANGED), done=False)
    try:
        perform(lambda: decide(approval.pk, caller=caller, decision=decision, remark=remark, seen=(0, 0)))
    except (Refusal, RequestError) as refused:
        return ProposalOutcome(approval, named, problem_of(refused).text, done=False)
    return ProposalOutcome(approval, named, done_text(approval.kind, decision), done=True)


def _shown(request: DeskRequest) -> dict[str, str]:
    """Return the digests of the submitted list by proposal id, if the list was shown to the caller."""
    try:
        caller_hex, shown = _SIGNER.unsign_object(request.POST.get("list", ""))
    except (signing.BadSignature, ValueError, TypeError):
        return {}
    return dict(shown) if caller_hex == request.caller.id.hex else {}
