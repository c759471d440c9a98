"""What was answered, as people read it: of a proposal that was submitted, what has become of it.

A maker's submission is kept as a decision that was allowed: the rules had nothing against it. Nothing takes effect by
it, so it is never told as 通过: it waits for a second person, and then reads as that person, its maker or the clock left it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from config.kernel.approvals import asking_kinds, status_at
from config.kernel.decisions import outcome_of, outcome_text
from config.kernel.models import Approval, ApprovalStatus, Decision, Outcome
from config.kernel.text import Text

#: What a submission reads as while nobody has decided it.
SUBMITTED = Text("已提交复核", "Submitted for approval")


class Tone(StrEnum):
    """How an answer is tinted; the word always stands beside it."""

    GOOD = "green"
    BAD = "red"
    WAITING = "yellow"
    OVER = "secondary"


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered, in a word.

    :ivar submission: it is of a maker's submission: where its proposal stands now.
    """

    text: str
    tone: Tone
    submission: bool = False


_TONES = {
    Outcome.ALLOWED: Tone.GOOD,
    Outcome.REFUSED: Tone.BAD,
    Outcome.REJECTED: Tone.BAD,
    ApprovalStatus.PENDING: Tone.WAITING,
    ApprovalStatus.APPROVED: Tone.GOOD,
    ApprovalStatus.REJECTED: Tone.BAD,
}


def answers_of(decisions: Iterable[Decision], at: datetime) -> dict[UUID, Answer]:
    """Return what was answered by the decision's id: in one query, and in none where nothing was submitted.

    :param at: the bank's clock; a proposal expires by it.
    """
    found = list(decisions)
    proposals = _submitted(found)
    return {row.id: _submission(proposals[row.id], at) if row.id in proposals else _answer(row) for row in found}


def _answer(row: Decision) -> Answer:
    outcome = Outcome(outcome_of(row))
    return Answer(outcome_text(row.kind, outcome), _TONES.get(outcome, Tone.OVER))


def _submission(approval: Approval, at: datetime) -> Answer:
    status = ApprovalStatus(status_at(approval, at))
    text = SUBMITTED if status is ApprovalStatus.PENDING else status.text
    return Answer(str(text), _TONES.get(status, Tone.OVER), submission=True)


def _submitted(decisions: Iterable[Decision]) -> dict[UUID, Approval]:
    """Return the proposals that decisions submitted: of the kind, the maker and the instant of each.

    The checker is another person, so that an approval is never taken for the submission it decides.
    """
    kinds = asking_kinds()
    asked = [row for row in decisions if row.outcome == Outcome.ALLOWED and row.kind in kinds and row.principal_id]
    if not asked:
        return {}
    found = Approval.objects.filter(
        status__in=ApprovalStatus.values,
        kind__in={kind for row in asked for kind in kinds[row.kind]},
        made_at__in={row.at for row in asked},
    ).only("kind", "status", "expires_at", "made_at", "made_by_id", "object_id", "about")
    by_asking: dict[Any, list[Approval]] = {}
    for each in found:
        by_asking.setdefault((each.kind, each.made_at, each.made_by_id), []).append(each)
    return {
        row.id: approval
        for row in asked
        for kind in kinds[row.kind]
        if (approval := _about(row, by_asking.get((kind, row.at, row.principal_id), []))) is not None
    }


def _about(row: Decision, candidates: list[Approval]) -> Approval | None:
    """Return the proposal about what a decision names: as its object, or as what it is about."""
    named = str(row.object_id)
    for each in candidates:
        if each.object_id == row.object_id or (each.about or "").split("/")[0] == named:
            return each
    # Before proposals told what they are about.
    return next((each for each in candidates if each.about is None), None)
