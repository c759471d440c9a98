"""Two persons: propose, then approve or reject by another; written once for every kind.

What is proposed takes effect at approval only. The checker decides about what he saw: if that has
changed meanwhile the proposal is stale. Expiry is by the bank's clock and needs no job.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet

from config.kernel.clock import bank_now
from config.kernel.decisions import REJECTION, deciding
from config.kernel.keys import Caller
from config.kernel.locks import lock_everybody, lock_subjects
from config.kernel.models import Approval, ApprovalStatus, Outcome, Role
from config.kernel.refusals import Conflict, Forbidden, NotFound, SamePerson


class ApprovalStale(Conflict):
    """Refuse to decide about something that is no longer what the checker was shown."""

    code = "APPROVAL_STALE"
    zh = "该事项提交后，所涉内容已经变更，不能再按原样复核。请经办人重新提交。"
    en = (
        "The data has changed since this was submitted, and it cannot be approved as it was. The maker can resubmit it."
    )


class ApprovalDecided(Conflict):
    """Refuse to decide twice, or after the time for it."""

    code = "APPROVAL_DECIDED"
    words: ClassVar = {"status": ApprovalStatus}
    zh = "该事项已经办结或逾期失效（{status}），不能再复核。如仍需办理，请重新提交。"
    en = "This item is already decided or has lapsed ({status}). Resubmit it if it is still needed."


class ApprovalPending(Conflict):
    """Refuse a second open proposal about the same thing."""

    code = "APPROVAL_PENDING"
    zh = "同一事项已有一笔待复核的申请，本次未再提交。请先复核该笔，或等待其逾期失效。"
    en = (
        "The same item is already pending approval; nothing was submitted. Decide the pending item "
        "first, or wait for it to lapse."
    )


@dataclass(frozen=True, slots=True)
class Kind:
    """How one kind of proposal is decided.

    :param role: who decides it.
    :param snapshot: what the checker was shown, read again now; unequal to `before` means stale.
    :param apply: put it into effect; what it returns is added to the approving answer.
    :param reject: undo what the proposal reserved; return which customer and account it is about, if any, by
        the names they have in a decision.
    :param evidence: what the maker wrote for the checker's eyes and is kept sealed: it may hold personal
        data and never stands in `before` or `after`.
    """

    name: str
    role: str
    snapshot: Callable[[Approval], dict[str, Any]]
    apply: Callable[[Approval, Caller, datetime], Mapping[str, Any] | None]
    reject: Callable[[Approval], Mapping[str, UUID] | None]
    evidence: Callable[[Approval], Mapping[str, str]] | None = None


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Make a kind known; each app does so for its own when Django starts."""
    _kinds[kind.name] = kind


def kinds() -> dict[str, Kind]:
    """Return every registered kind by name."""
    return dict(_kinds)


def propose(
    *,
    kind: str,
    principal: Caller,
    at: datetime,
    object_type: str,
    object_id: UUID,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    subject_keys: Iterable[bytes] = (),
) -> Approval:
    """Record a proposal that takes effect when a second person approves it (经办).

    :param before: the object as it stands, masked; compared again at approval.
    :param after: the object as it will be, masked, account numbers too: what takes effect is read from
        the object itself.
    :param subject_keys: whose listings this touches; their decisions are serialised with it.
    :raises ApprovalPending: while the same object has an open proposal of this kind.
    """
    same = Approval.objects.filter(kind=kind, object_id=object_id, status=ApprovalStatus.PENDING)
    same.filter(expires_at__lte=at).update(status=ApprovalStatus.EXPIRED)
    if open_one := same.first():
        raise ApprovalPending(approval_id=str(open_one.id))
    return Approval.objects.create(
        kind=kind,
        made_by_id=principal.id,
        made_at=at,
        expires_at=at + timedelta(days=settings.APPROVAL_EXPIRY_DAYS),
        object_type=object_type,
        object_id=object_id,
        before=dict(before),
        after=dict(after),
        subject_keys=list(subject_keys),
    )


def approve(approval_id: UUID, *, principal: Caller, note: str = "") -> tuple[Approval, Mapping[str, Any]]:
    """Approve a proposal and put it into effect (复核通过).

    :raises NotFound: for an unknown approval.
    :raises SamePerson: for the maker himself.
    :raises Forbidden: for a role that does not decide this kind.
    :raises ApprovalDecided: when it was decided before, or has expired.
    :raises ApprovalStale: when what it concerns has changed since.
    """
    approval, kind, at = _take(approval_id, principal)
    if kind.snapshot(approval) != approval.before:
        raise ApprovalStale
    # What is refused by a rule now leaves the proposal open: only what took effect is approved.
    extra = kind.apply(approval, principal, at)
    _decide(approval, ApprovalStatus.APPROVED, principal, at, note)
    return approval, extra or {}


def reject(approval_id: UUID, *, principal: Caller, reason: str) -> Approval:
    """Reject a proposal (复核未通过): nothing changes, and that it was rejected is a decision like every other.

    The reason stays sealed with the proposal, because it may hold personal data; the decision names the proposal.
    """
    approval, kind, at = _take(approval_id, principal)
    with deciding(
        approval.kind,
        principal=principal,
        at=at,
        outcome=Outcome.REJECTED,
        rule=REJECTION,
        object_id=approval.object_id,
        facts={"approval_id": str(approval.id)},
    ) as decision:
        about = kind.reject(approval) or {}
        decision.customer_id, decision.account_id = about.get("customer_id"), about.get("account_id")
        _decide(approval, ApprovalStatus.REJECTED, principal, at, reason)
    return approval


def _take(approval_id: UUID, principal: Caller) -> tuple[Approval, Kind, datetime]:
    found = Approval.objects.filter(pk=approval_id).only("subject_keys", "kind", "made_by_id").first()
    if found is None:
        raise NotFound
    kind = _kinds[found.kind]
    if principal.role != kind.role:
        raise Forbidden
    if found.made_by_id == principal.id:
        raise SamePerson
    if found.subject_keys:
        lock_everybody()
        lock_subjects(found.subject_keys, exclusive=True)
    approval = Approval.objects.select_for_update(no_key=True, of=("self",)).get(pk=approval_id)
    at = bank_now()
    status = status_at(approval, at)
    if status != ApprovalStatus.PENDING:
        raise ApprovalDecided(status=status)
    return approval, kind, at


def _decide(approval: Approval, status: str, principal: Caller, at: datetime, remark: str) -> None:
    approval.status = status
    approval.decided_by_id = principal.id
    approval.decided_at = at
    approval.remark = remark or None
    approval.save(update_fields=["status", "decided_by", "decided_at", "remark"])


def status_at(approval: Approval, at: datetime) -> str:
    """Return where a proposal stands at an instant: a pending one expires by the clock alone."""
    if approval.status == ApprovalStatus.PENDING and approval.expires_at <= at:
        return ApprovalStatus.EXPIRED
    return approval.status


def with_status(approvals: QuerySet[Approval], status: str, at: datetime) -> QuerySet[Approval]:
    """Return those that stand in `status` at an instant."""
    if status == ApprovalStatus.PENDING:
        return approvals.filter(status=status, expires_at__gt=at)
    if status == ApprovalStatus.EXPIRED:
        return approvals.filter(Q(status=status) | Q(status=ApprovalStatus.PENDING, expires_at__lte=at))
    return approvals.filter(status=status)


def is_stale(approval: Approval) -> bool:
    """Say whether what a proposal concerns is no longer what the checker is shown."""
    return bool(changed_since(approval))


def changed_since(approval: Approval) -> Mapping[str, Any]:
    """Return what a proposal concerns as it is now, of that only what is not as the checker is shown."""
    if approval.kind not in _kinds:
        return {}
    then, now = approval.before, _kinds[approval.kind].snapshot(approval)
    same = {name for name in now if name in then and now[name] == then[name]}
    return {name: now.get(name) for name in {*then, *now} - same}


def evidence_for(approval: Approval, caller: Caller) -> Mapping[str, str]:
    """Return what the maker wrote for the checker (经办理由与依据): only for the role that decides."""
    kind = _kinds.get(approval.kind)
    if kind is None or kind.evidence is None or caller.role != kind.role:
        return {}
    return kind.evidence(approval)


def deciding_role(kind: str) -> str:
    """Return the role that decides a kind."""
    return _kinds[kind].role if kind in _kinds else Role.SUPERVISOR
