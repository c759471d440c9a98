"""Reasons of rejections, returns and withdrawals: sealed with the proposal, shown with the decision."""

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
    """Return a free text of a proposal for a caller: complete for its persons and the deciding role.

    For other readers, text that looks like a document, card or phone number is removed, as in lists of decisions.
    """
    return free_text_for(caller, approval.kind, {approval.made_by_id, approval.decided_by_id}, text)


def free_text_for(caller: Caller, kind: str, persons: Collection[UUID | None], text: str) -> str:
    """Return a free text: complete for the given persons and the role that decides the kind, else redacted."""
    return text if caller.id in persons or caller.role == deciding_role(kind) else scrub(text)


def reasons_of(decisions: Iterable[Decision]) -> dict[UUID, str]:
    """Return the reasons by the id of the decision, with at most one query.

    Text that looks like a document, card or phone number is removed.
    """
    ended = {(row.kind, row.object_id, row.at): row.id for row in decisions if row.outcome in _ENDED}
    if not ended:
        return {}
    proposals = Approval.objects.filter(status__in=_ENDED.values(), object_id__in={about for _, about, _ in ended})
    proposals = proposals.only("id", "kind", "object_id", "decided_at", "remark")
    reasons: dict[Any, Any] = {(each.kind, each.object_id, each.decided_at): each.remark for each in proposals}
    return {row_id: scrub(str(reasons[about])) for about, row_id in ended.items() if reasons.get(about)}
