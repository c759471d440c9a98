"""Why a proposal was rejected, returned or withdrawn: it stays sealed with the proposal, and is told with the decision."""

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from config.kernel.access.keys import Caller
from config.kernel.approvals import deciding_role
from config.kernel.models import Approval, ApprovalStatus, Decision, Outcome
from config.logs import scrub

_ENDED = {
    Outcome.REJECTED: ApprovalStatus.REJECTED,
    Outcome.RETURNED: ApprovalStatus.RETURNED,
    Outcome.WITHDRAWN: ApprovalStatus.WITHDRAWN,
}


def reason_for(caller: Caller, approval: Approval, text: str) -> str:
    """Return a free text of a proposal as a caller reads it: whole for its persons and the role that decides.

    For everybody else what looks like a number of a person is left out, as where decisions are listed.
    """
    return free_text_for(caller, approval.kind, {approval.made_by_id, approval.decided_by_id}, text)


def free_text_for(caller: Caller, kind: str, persons: Collection[UUID | None], text: str) -> str:
    """Return a free text as a caller reads it who is one of its persons, or of the role that decides a kind, or neither."""
    return text if caller.id in persons or caller.role == deciding_role(kind) else scrub(text)


def reasons_of(decisions: Iterable[Decision]) -> dict[UUID, str]:
    """Return the reasons by the id of the decision, in one query, and in none without a rejection or withdrawal.

    It is free text: what looks like the number of a document, a card or a phone is left out of it.
    """
    ended = {(row.kind, row.object_id, row.at): row.id for row in decisions if row.outcome in _ENDED}
    if not ended:
        return {}
    found = Approval.objects.filter(status__in=_ENDED.values(), object_id__in={about for _, about, _ in ended})
    told = found.only("id", "kind", "object_id", "decided_at", "remark")
    reasons: dict[Any, Any] = {(each.kind, each.object_id, each.decided_at): each.remark for each in told}
    return {row_id: scrub(str(reasons[about])) for about, row_id in ended.items() if reasons.get(about)}
