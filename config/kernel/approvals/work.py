"""Work on a waiting proposal: claims (领取、放回), comments and attachments (留言、附件).

A claim is not a permission: a person who may decide can do so without one, and the decision checks roles and
second person as always. A claim only prevents others from claiming the same proposal for `CLAIM_MINUTES`.
Comments and scans are sealed and never changed. Nothing is added after the decision: the record shows what
the two persons could read before it.

:source: 〔本行规则〕 work is shared out, and the absence of a person never blocks it; what both persons could read
    before the decision stays on record
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Model, QuerySet

from config.kernel.access.keys import Caller
from config.kernel.approvals.lifecycle import decidable, lock_open
from config.kernel.approvals.queries import is_own, to_decide, unclaimed, valid_claims, visible_to
from config.kernel.approvals.refusals import (
    ApprovalClaimed,
    ApprovalDecided,
    ApprovalNotesFull,
    ClaimNotYours,
    ClaimsFull,
)
from config.kernel.approvals.registry import DecisionKind, Rule, deciding_role, kinds
from config.kernel.database.clock import bank_now
from config.kernel.database.locks import claims_lock
from config.kernel.database.sql import ask
from config.kernel.database.transactions import transaction_required
from config.kernel.law.dates import rfc3339
from config.kernel.law.refusals import BadRequest, Forbidden, MakerDecides, NotFound
from config.kernel.law.text import Text
from config.kernel.models import Approval, ApprovalAttachment, ApprovalClaim, ApprovalComment, ApprovalStatus
from config.kernel.models.approvals import ATTACHMENTS_MOST, COMMENTS_MOST
from config.kernel.trail.decisions import deciding
from config.kernel.trail.scans import Scan, check_scan, keep_scan, open_scan

#: Number of proposals tried, the oldest first, because others may claim them at the same instant.
_TRIED = 10
#: Maximum number of claims of one person: a claimed proposal is being read, so the rest of the inbox stays free.
CLAIMS_MOST = 10


@transaction_required
def claim(approval_id: UUID, *, principal: Caller) -> ApprovalClaim:
    """Claim a proposal that the caller may decide (领取); claiming again restarts the time.

    :raises NotFound: for an unknown approval.
    :raises MakerDecides: when the caller is the maker.
    :raises Forbidden: for a role that does not decide this kind.
    :raises ApprovalDecided: when it was decided before or has expired.
    :raises ApprovalClaimed: while another person has claimed it.
    :raises ClaimsFull: when the caller already has ten claims.
    """
    decidable(approval_id, principal)
    _, at = lock_open(approval_id)
    earlier = ApprovalClaim.objects.filter(approval_id=approval_id, ended_at=None).first()
    if earlier is not None:
        if earlier.until > at and earlier.principal_id != principal.id:
            raise ApprovalClaimed(approval_id=str(approval_id), lapses_at=rfc3339(earlier.until))
        _end(earlier, at)
    # This lock serialises simultaneous claims of one person, so that the count is right.
    ask(claims_lock(principal.id))
    held = valid_claims(at).filter(principal_id=principal.id, approval__status=ApprovalStatus.PENDING)
    if held.filter(approval__expires_at__gt=at).count() >= CLAIMS_MOST:
        raise ClaimsFull(approval_id=str(approval_id))
    until = at + timedelta(minutes=settings.CLAIM_MINUTES)
    return ApprovalClaim.objects.create(approval_id=approval_id, principal_id=principal.id, at=at, until=until)


@transaction_required
def claim_next(*, principal: Caller, kind: str = "") -> ApprovalClaim | None:
    """Claim the oldest unclaimed proposal that the caller may decide (领取下一条); None without one.

    :param kind: only this kind; empty for all.
    :raises ClaimsFull: when the caller already has ten claims.
    """
    at = bank_now()
    waiting = unclaimed(to_decide(principal, at), at)
    if kind:
        waiting = waiting.filter(kind=kind)
    for approval_id in waiting.order_by("pk").values_list("pk", flat=True)[:_TRIED]:
        try:
            return claim(approval_id, principal=principal)
        except (ApprovalClaimed, ApprovalDecided, MakerDecides):
            continue
    return None


@transaction_required
def put_back(approval_id: UUID, *, principal: Caller) -> ApprovalClaim:
    """End the caller's own claim (放回), so that others can claim the proposal.

    :raises NotFound: for an unknown approval.
    :raises MakerDecides: when the caller is the maker.
    :raises Forbidden: for a role that does not decide this kind.
    :raises ApprovalDecided: when it was decided before or has expired.
    :raises ClaimNotYours: when the caller has no valid claim on it.
    """
    decidable(approval_id, principal)
    _, at = lock_open(approval_id)
    own = ApprovalClaim.objects.filter(
        approval_id=approval_id, ended_at=None, principal_id=principal.id, until__gt=at
    ).first()
    if own is None:
        raise ClaimNotYours(approval_id=str(approval_id))
    _end(own, at)
    return own


def claims_on(approval_ids: Iterable[UUID], at: datetime) -> dict[UUID, ApprovalClaim]:
    """Return the valid claim at an instant by the proposal's id, with its principal, in one query.

    :param approval_ids: of waiting proposals.
    """
    found = valid_claims(at).filter(approval_id__in=list(approval_ids)).select_related("principal")
    return {each.approval_id: each for each in found}


def _end(row: ApprovalClaim, at: datetime) -> None:
    row.ended_at = min(at, row.until)
    row.save(update_fields=["ended_at"])


#: Maximum length of a comment in characters.
COMMENT_MAX = 1000
_LENGTH = Text("留言须为1至1000个字符。", "A comment has 1 to 1000 characters.")


def may_note(approval: Approval, caller: Caller) -> bool:
    """Return whether a caller may add to a proposal: its maker, and the role that decides it."""
    return caller.role == deciding_role(approval.kind) or is_own(approval, caller)


@transaction_required
def comment(approval_id: UUID, *, principal: Caller, text: str) -> ApprovalComment:
    """Add a sealed comment to a waiting proposal (留言).

    :raises NotFound: for an unknown approval, or one that the caller may not see.
    :raises Forbidden: for a caller who is not the maker and has no role to decide it.
    :raises BadRequest: for an empty or too long text.
    :raises ApprovalDecided: when it was decided before or has expired.
    :raises ApprovalNotesFull: for more than a hundred.
    """
    if not 1 <= len(text.strip()) <= COMMENT_MAX:
        raise BadRequest({"text": [_LENGTH]})
    approval, at = _lock_for_note(approval_id, principal)
    number = _next_number(ApprovalComment, approval, COMMENTS_MOST)
    facts = {"approval_id": str(approval.id), "number": number}
    with deciding(DecisionKind.NOTE, principal=principal, at=at, rule=Rule.COMMENT, facts=facts, **_about(approval)):
        row = ApprovalComment(approval=approval, number=number, principal_id=principal.id, at=at)
        row.text = text.strip()
        row.save(force_insert=True)
    return row


@transaction_required
def attach(approval_id: UUID, *, principal: Caller, scan: Scan) -> ApprovalAttachment:
    """Add a sealed scan to a waiting proposal (附件).

    :raises NotFound: for an unknown approval, or one that the caller may not see.
    :raises Forbidden: for a caller who is not the maker and has no role to decide it.
    :raises BadRequest: for a file that is not a valid scan.
    :raises ApprovalDecided: when it was decided before or has expired.
    :raises ApprovalNotesFull: for more than twenty.
    """
    scan = check_scan(scan)
    approval, at = _lock_for_note(approval_id, principal)
    number = _next_number(ApprovalAttachment, approval, ATTACHMENTS_MOST)
    facts = {"approval_id": str(approval.id), "number": number, **scan.facts}
    with deciding(DecisionKind.NOTE, principal=principal, at=at, rule=Rule.ATTACH, facts=facts, **_about(approval)):
        return keep_scan(ApprovalAttachment(approval=approval, number=number), scan, principal=principal, at=at)


@transaction_required
def open_attachment(*, principal: Caller, attachment_id: UUID, reason: str, approval_id: UUID | None = None) -> Scan:
    """Open a scan attached to a proposal, before or after its decision, and record the view (查看附件).

    :param reason: a code of `LookReason`.
    :param approval_id: the proposal it must belong to, when the caller names one.
    :raises NotFound: for an unknown attachment, or one of a proposal that the caller may not see; nothing is
        recorded.
    :raises Forbidden: for a caller who is not the maker and has no role to decide it.
    """
    row = ApprovalAttachment.objects.filter(pk=attachment_id).first()
    if row is None or approval_id not in {None, row.approval_id}:
        raise NotFound
    approval = _visible_approval(row.approval_id, principal)
    return open_scan(row, principal=principal, reason=reason, customer_id=_concerned_ids(approval).get("customer_id"))


def comments_of(*approval_ids: UUID) -> QuerySet[ApprovalComment]:
    """Return the comments on proposals with their authors, the oldest first."""
    found = ApprovalComment.objects.select_related("principal").filter(approval_id__in=approval_ids)
    return found.order_by("approval_id", "number")


def attachments_of(*approval_ids: UUID) -> QuerySet[ApprovalAttachment]:
    """Return the scans attached to proposals without their content, with who added them, the oldest first."""
    found = ApprovalAttachment.objects.select_related("principal").filter(approval_id__in=approval_ids)
    return found.defer("content").order_by("approval_id", "number")


def has_attachment(object_id: UUID) -> bool:
    """Return whether a scan is attached to a proposal about an object."""
    return ApprovalAttachment.objects.filter(approval__object_id=object_id).exists()


def _visible_approval(approval_id: UUID, principal: Caller) -> Approval:
    approval = visible_to(principal).filter(pk=approval_id).first()
    if approval is None:
        raise NotFound
    if not may_note(approval, principal):
        raise Forbidden
    return approval


def _lock_for_note(approval_id: UUID, principal: Caller) -> tuple[Approval, datetime]:
    _visible_approval(approval_id, principal)
    return lock_open(approval_id)


def _next_number(model: type[Model], approval: Approval, most: int) -> int:
    """Return the next number of a comment or scan of a locked proposal; the lock keeps numbers unique."""
    there = model._default_manager.filter(approval=approval).count()
    if there >= most:
        raise ApprovalNotesFull(approval_id=str(approval.id))
    return there + 1


def _about(approval: Approval) -> dict[str, UUID]:
    return {"object_id": approval.object_id, **_concerned_ids(approval)}


def _concerned_ids(approval: Approval) -> dict[str, UUID]:
    kind = kinds()[approval.kind]
    row = kind.row_of(approval)
    return dict(kind.concerns(row)) if row is not None else {}
