"""Who is deciding a proposal now (领取、放回), so that two people do not read the same one.

A claim is no right: the roles and the second person are asked at the decision as ever, and whoever may decide can do so
without one. It keeps others from claiming the same for `CLAIM_MINUTES`, and by the clock it lapses of itself.

:source: 〔本行规则〕 work is shared out, and nobody's absence holds it up
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from config.kernel.access.keys import Caller
from config.kernel.approvals.life import decidable, lock_open
from config.kernel.approvals.queries import holding, to_decide, unclaimed
from config.kernel.approvals.refusals import ApprovalClaimed, ApprovalDecided, ClaimNotYours, ClaimsFull
from config.kernel.database.clock import bank_now
from config.kernel.database.locks import claims_lock
from config.kernel.database.sql import ask
from config.kernel.database.transactions import transaction_required
from config.kernel.law.dates import rfc3339
from config.kernel.law.refusals import MakerDecides
from config.kernel.models import ApprovalClaim, ApprovalStatus

#: So many are tried, the oldest first, where others claim at the same instant.
_TRIED = 10
#: So many one person holds at once: what is claimed is being read, and nobody keeps the inbox from the others.
CLAIMS_MOST = 10


@transaction_required
def claim(approval_id: UUID, *, principal: Caller) -> ApprovalClaim:
    """Claim a proposal that the caller may decide (领取); one's own claim begins anew.

    :raises NotFound: for an unknown approval.
    :raises MakerDecides: for the maker.
    :raises Forbidden: for a role that does not decide this kind.
    :raises ApprovalDecided: when it was decided before, or has expired.
    :raises ApprovalClaimed: while somebody else has claimed it.
    :raises ClaimsFull: for more than ten at once.
    """
    decidable(approval_id, principal)
    _, at = lock_open(approval_id)
    earlier = ApprovalClaim.objects.filter(approval_id=approval_id, ended_at=None).first()
    if earlier is not None:
        if earlier.until > at and earlier.principal_id != principal.id:
            raise ApprovalClaimed(approval_id=str(approval_id), lapses_at=rfc3339(earlier.until))
        _end(earlier, at)
    # Whoever claims two at the same instant waits for themselves: the number is counted under this lock.
    ask(claims_lock(principal.id))
    held = holding(at).filter(principal_id=principal.id, approval__status=ApprovalStatus.PENDING)
    if held.filter(approval__expires_at__gt=at).count() >= CLAIMS_MOST:
        raise ClaimsFull(approval_id=str(approval_id))
    until = at + timedelta(minutes=settings.CLAIM_MINUTES)
    return ApprovalClaim.objects.create(approval_id=approval_id, principal_id=principal.id, at=at, until=until)


@transaction_required
def claim_next(*, principal: Caller, kind: str = "") -> ApprovalClaim | None:
    """Claim the oldest proposal that the caller may decide and nobody has claimed (领取下一条); None where there is none.

    :param kind: of one kind alone; empty for all.
    :raises ClaimsFull: for more than ten at once.
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
    """End one's own claim (放回): whoever may decide can claim it now.

    :raises NotFound: for an unknown approval.
    :raises MakerDecides: for the maker.
    :raises Forbidden: for a role that does not decide this kind.
    :raises ApprovalDecided: when it was decided before, or has expired: there is nothing left to put back.
    :raises ClaimNotYours: where the caller has not claimed it, or the time of it has passed.
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
    """Return the claim that holds at an instant by the proposal's id, with whose it is, in one query.

    :param approval_ids: of proposals that wait.
    """
    found = holding(at).filter(approval_id__in=list(approval_ids)).select_related("principal")
    return {each.approval_id: each for each in found}


def _end(row: ApprovalClaim, at: datetime) -> None:
    row.ended_at = min(at, row.until)
    row.save(update_fields=["ended_at"])
