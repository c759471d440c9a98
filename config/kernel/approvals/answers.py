"""Decisions in words for people; for a submitted proposal, its present status.

A maker's submission is kept as an allowed decision, because no rule refused it. It has no effect yet, so it
is never shown as 通过: it is shown as waiting, and later as approved, rejected, withdrawn or expired.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import BooleanField, DateTimeField, Exists, ExpressionWrapper, Func, OuterRef, Q, QuerySet

from config.kernel.approvals import submission_kinds
from config.kernel.law.text import Text
from config.kernel.models import Approval, ApprovalStatus, Decision, Outcome
from config.kernel.trail.decisions import outcome_text

#: The word for a submission that waits for its decision.
SUBMITTED = Text("已提交复核", "Submitted for approval")

#: The word for a repeated submission that created no proposal.
AGAIN = Text("此前已登记，未重复提交", "Registered before; not submitted again")
#: The rules that allow a repeated submission; only the first one has a proposal.
_REPEATABLE = ("register_certificate",)

#: The choice "submitted" in the filter of answers.
SUBMISSION = "submitted"
ANSWERS: Mapping[str, str] = {**dict(Outcome.choices), SUBMISSION: Text("提交复核", "Submitted for approval")}


class Tone(StrEnum):
    """Colour of an answer on a page; the word is always shown as well."""

    GOOD = "green"
    BAD = "red"
    WAITING = "yellow"
    OVER = "secondary"


@dataclass(frozen=True, slots=True)
class DecisionAnswer:
    """The answer of one decision in a word.

    :ivar submission: whether the decision is a maker's submission; the word is then the proposal's present status.
    """

    text: str
    tone: Tone
    submission: bool = False


#: A pending proposal expires by the bank's clock alone, as in `status_at`; computed here in SQL.
_LAPSED = ExpressionWrapper(
    Q(expires_at__lte=Func(function="bank_now", output_field=DateTimeField())), output_field=BooleanField()
)
_TONES = {
    Outcome.ALLOWED: Tone.GOOD,
    Outcome.REFUSED: Tone.BAD,
    Outcome.REJECTED: Tone.BAD,
    ApprovalStatus.PENDING: Tone.WAITING,
    ApprovalStatus.APPROVED: Tone.GOOD,
    ApprovalStatus.REJECTED: Tone.BAD,
    ApprovalStatus.RETURNED: Tone.WAITING,
}


def answers_of(decisions: Iterable[Decision]) -> dict[UUID, DecisionAnswer]:
    """Return the answer of each decision by its id, with at most one query."""
    found = list(decisions)
    proposals = _submitted(found)
    return {row.id: _submission(proposals[row.id]) if row.id in proposals else _answer(row) for row in found}


def with_answer(decisions: QuerySet[Decision], wanted: str) -> QuerySet[Decision]:
    """Filter decisions by their answer as `answers_of` gives it.

    :param wanted: one of `ANSWERS`.
    """
    if wanted == SUBMISSION:
        return decisions.filter(_is_submission() | _is_repeatable())
    found = decisions.filter(outcome=wanted)
    return found.exclude(_is_submission() | _is_repeatable()) if wanted == Outcome.ALLOWED else found


def _is_repeatable() -> Q:
    return Q(outcome=Outcome.ALLOWED, rule__in=_REPEATABLE)


def _is_submission() -> Q:
    kinds = submission_kinds()
    proposals = Approval.objects.filter(
        status__in=ApprovalStatus.values,
        kind__in={each for names in kinds.values() for each in names},
        made_at=OuterRef("at"),
        made_by_id=OuterRef("principal_id"),
    )
    return Q(outcome=Outcome.ALLOWED, kind__in=list(kinds)) & Q(Exists(proposals))


def _answer(row: Decision) -> DecisionAnswer:
    outcome = Outcome(row.outcome)
    if outcome is Outcome.ALLOWED and row.rule in _REPEATABLE:
        return DecisionAnswer(str(AGAIN), Tone.OVER, submission=True)
    return DecisionAnswer(outcome_text(row.kind, outcome), _TONES.get(outcome, Tone.OVER))


def _submission(approval: Approval) -> DecisionAnswer:
    status = ApprovalStatus(approval.status)
    if status is ApprovalStatus.PENDING and approval.lapsed:  # type: ignore[attr-defined]  # annotated below
        status = ApprovalStatus.EXPIRED
    text = SUBMITTED if status is ApprovalStatus.PENDING else status.text
    return DecisionAnswer(str(text), _TONES.get(status, Tone.OVER), submission=True)


def _submitted(decisions: Iterable[Decision]) -> dict[UUID, Approval]:
    """Return the proposal that each decision submitted; it has the decision's kind, maker and instant.

    The checker is another person, so an approval is never taken for the submission that it decides.
    """
    kinds = submission_kinds()
    asked = [row for row in decisions if row.outcome == Outcome.ALLOWED and row.kind in kinds and row.principal_id]
    if not asked:
        return {}
    approvals = (
        Approval.objects.annotate(lapsed=_LAPSED)
        .filter(
            status__in=ApprovalStatus.values,
            kind__in={kind for row in asked for kind in kinds[row.kind]},
            made_at__in={row.at for row in asked},
        )
        .only("kind", "status", "expires_at", "made_at", "made_by_id", "object_id", "about")
    )
    by_asking: dict[Any, list[Approval]] = {}
    for each in approvals:
        by_asking.setdefault((each.kind, each.made_at, each.made_by_id), []).append(each)
    return {
        row.id: approval
        for row in asked
        for kind in kinds[row.kind]
        if (approval := _about(row, by_asking.get((kind, row.at, row.principal_id), []))) is not None
    }


def _about(row: Decision, candidates: list[Approval]) -> Approval | None:
    """Return the candidate whose object is the decision's object, account or customer; None without one."""
    named = str(row.object_id)
    for each in candidates:
        if each.object_id == row.object_id or (each.about or "").split("/")[0] == named:
            return each
    # Older proposals have no `about`.
    return next((each for each in candidates if each.about is None), None)
