"""Queries over proposals: status at an instant, visibility, claims, comments, and what they concern.

Two principals may belong to one natural person; in the database the function `kernel_same_person` checks the
same.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Case, Exists, OuterRef, Q, QuerySet, When

from config.kernel.access.keys import Caller
from config.kernel.access.permissions import Permission, may
from config.kernel.approvals.registry import UNENDING, Lapse, administration_kinds, bank_kinds, kinds, submission_kinds
from config.kernel.database.ids import read_id
from config.kernel.law.dates import shanghai_day, start_of_day
from config.kernel.models import (
    Approval,
    ApprovalAttachment,
    ApprovalClaim,
    ApprovalComment,
    ApprovalStatus,
    Decision,
    Outcome,
    Principal,
    numbered,
)
from config.kernel.requests.special_measures import ScreenedAct


def _person_of(caller: Caller) -> UUID | None:
    """Return the id of the natural person behind a caller, looked up when not known yet; None for a machine."""
    return caller.person_id or Principal.objects.values_list("person_id", flat=True).filter(pk=caller.id).first()


def is_same_person(caller: Caller, other: Principal | None) -> bool:
    """Return whether both principals belong to one natural person; False for None."""
    if other is None:
        return False
    return caller.id == other.id or (other.person_id is not None and _person_of(caller) == other.person_id)


#: How long the home page shows a maker the proposals that had no effect.
TOLD_FOR = timedelta(days=3)
TOLD_MOST = 5
_DECIDED = (ApprovalStatus.APPROVED, ApprovalStatus.REJECTED, ApprovalStatus.RETURNED)
#: Numbers of comments and scans that were shown with a proposal; None if unknown.
type NotesSeen = tuple[int, int] | None


def status_at(approval: Approval, at: datetime) -> str:
    """Return the status of a proposal at an instant: a pending one expires by the clock alone."""
    if approval.status == ApprovalStatus.PENDING and approval.expires_at <= at:
        return ApprovalStatus.EXPIRED
    return approval.status


def lapses_at(approval: Approval) -> datetime | None:
    """Return when a proposal expires or has expired; None for a kind that never expires."""
    return None if approval.expires_at - approval.made_at >= UNENDING else approval.expires_at


def with_status(approvals: QuerySet[Approval], status: str, at: datetime) -> QuerySet[Approval]:
    """Filter proposals by their status at an instant.

    :param status: as in the API; `expired` and `pending` depend on the clock.
    """
    if status == ApprovalStatus.PENDING:
        return approvals.filter(status=status, expires_at__gt=at)
    if status == ApprovalStatus.EXPIRED:
        return approvals.filter(Q(status=status) | Q(status=ApprovalStatus.PENDING, expires_at__lte=at))
    return approvals.filter(status=status)


def visible_to(caller: Caller) -> QuerySet[Approval]:
    """Return the proposals that a caller may see: all of the bank's business, or only the caller's own.

    Administrators see only the proposals of administration.
    """
    found = Approval.objects.select_related("made_by", "decided_by")
    if may(caller, Permission.ADMINISTER):
        return found.filter(kind__in=administration_kinds())
    found = found.exclude(kind__in=administration_kinds())
    return found if may(caller, Permission.VIEW_APPROVALS) else found.filter(made_by_id=caller.id)


def visible_numbered(caller: Caller, reference: bytes) -> list[Approval]:
    """Return the proposals with a number that a caller may see; one, unless several ids end alike."""
    found = numbered(Approval, reference).values("pk")
    return list(visible_to(caller).filter(pk__in=found).defer("form", "subject_keys"))


def ended_without_effect(caller: Caller, at: datetime) -> list[Approval]:
    """Return a maker's own proposals rejected or expired within three days, the newest first; five at most.

    Returned proposals are included as long as they may be corrected. The query searches only proposals that may
    have ended since, by the index of the status.
    """
    since = at - TOLD_FOR
    own = _own_since(caller, since)
    ended = (
        own.filter(status=ApprovalStatus.REJECTED, decided_at__gt=since),
        with_status(own, ApprovalStatus.EXPIRED, at).filter(expires_at__gt=since),
        to_correct(caller, at).filter(kind__in=bank_kinds()),
    )
    found = [each for one in ended for each in one.select_related("decided_by").order_by("-made_at")[:TOLD_MOST]]
    return sorted(found, key=lambda each: each.decided_at or each.expires_at, reverse=True)[:TOLD_MOST]


def approved_today(caller: Caller, at: datetime) -> list[Approval]:
    """Return a maker's own proposals approved on the bank's day, the newest first; five at most."""
    today = start_of_day(shanghai_day(at))
    found = _own_since(caller, today).filter(status=ApprovalStatus.APPROVED, decided_at__gte=today)
    return list(found.select_related("decided_by").order_by("-decided_at")[:TOLD_MOST])


def own_outcome(object_ids: Iterable[UUID], caller: Caller, at: datetime) -> Approval | None:
    """Return a maker's own proposal about some objects that was decided last, on the bank's day; None without one."""
    decided = {"status__in": _DECIDED, "decided_at__gte": start_of_day(shanghai_day(at))}
    found = Approval.objects.filter(object_id__in=list(object_ids), made_by_id=caller.id, **decided)
    return found.select_related("decided_by").order_by("-decided_at").first()


def _own_since(caller: Caller, since: datetime) -> QuerySet[Approval]:
    """Return a maker's own proposals of the bank's business that may have ended since an instant."""
    waits = [name for name, kind in bank_kinds().items() if kind.lapses is Lapse.NEVER]
    recent = Q(made_at__gt=since - timedelta(days=settings.APPROVAL_EXPIRY_DAYS)) | Q(kind__in=waits)
    return Approval.objects.filter(recent, made_by_id=caller.id, kind__in=bank_kinds())


def to_correct(caller: Caller, at: datetime) -> QuerySet[Approval]:
    """Return a maker's own returned proposals that can still be corrected."""
    returned = Approval.objects.filter(status=ApprovalStatus.RETURNED, made_by_id=caller.id, expires_at__gt=at)
    return returned.filter(~Exists(Approval.objects.filter(follows=OuterRef("pk"))))


def to_decide(caller: Caller, at: datetime) -> QuerySet[Approval]:
    """Return the proposals that a caller may decide at an instant; none that the same natural person made."""
    mine = [name for name, kind in bank_kinds().items() if kind.role == caller.role]
    waiting = Approval.objects.filter(status=ApprovalStatus.PENDING, kind__in=mine, expires_at__gt=at)
    person_id = _person_of(caller)
    own = Q(made_by_id=caller.id) if person_id is None else Q(made_by_id=caller.id) | Q(made_by__person_id=person_id)
    return waiting.exclude(own)


def claimed_by(approvals: QuerySet[Approval], caller: Caller, at: datetime) -> QuerySet[Approval]:
    """Filter proposals to those that a caller has claimed."""
    return approvals.filter(pk__in=valid_claims(at).filter(principal_id=caller.id).values("approval_id"))


def unclaimed(
    approvals: QuerySet[Approval], at: datetime, *, by_others_than: Caller | None = None
) -> QuerySet[Approval]:
    """Filter proposals to those without a claim.

    :param by_others_than: ignore the claims of this caller; None to consider all claims.
    """
    claims = valid_claims(at).filter(approval_id=OuterRef("pk"))
    if by_others_than is not None:
        claims = claims.exclude(principal_id=by_others_than.id)
    return approvals.filter(~Exists(claims))


def notes_on(approval_id: UUID) -> tuple[int, int]:
    """Return the numbers of comments and of scans attached to a proposal."""
    return (
        ApprovalComment.objects.filter(approval_id=approval_id).count(),
        ApprovalAttachment.objects.filter(approval_id=approval_id).count(),
    )


def with_notes(approvals: QuerySet[Approval], *, none: bool = False) -> QuerySet[Approval]:
    """Filter proposals to those with comments or scans; with `none`, to those without."""
    comments = ApprovalComment.objects.filter(approval_id=OuterRef("pk"))
    noted = Exists(comments) | Exists(ApprovalAttachment.objects.filter(approval_id=OuterRef("pk")))
    return approvals.filter(~noted if none else noted)


def valid_claims(at: datetime) -> QuerySet[ApprovalClaim]:
    """Return the claims on waiting proposals that are valid at an instant."""
    return ApprovalClaim.objects.filter(ended_at=None, until__gt=at)


def next_for(caller: Caller, at: datetime, *, after: Approval) -> UUID | None:
    """Return the next proposal for a caller to decide: the oldest made after a given one, else the oldest of all.

    Proposals claimed by others are left out.
    """
    waiting = unclaimed(to_decide(caller, at), at, by_others_than=caller).exclude(pk=after.pk)
    later = Case(When(pk__gt=after.pk, then=0), default=1)
    return waiting.order_by(later, "pk").values_list("pk", flat=True).first()


def to_do(caller: Caller, at: datetime, most: int) -> int:
    """Return how many proposals wait for a caller to decide or to correct, counting up to a maximum."""
    waiting = to_decide(caller, at).values("pk").union(to_correct(caller, at).values("pk"), all=True)
    return waiting[:most].count()


def proposal_of(decision: Decision, caller: Caller) -> UUID | None:
    """Return the id of the proposal that a decision created, carried out or ended; None without one.

    :param caller: the reader of the decision; None is returned when the caller may not see the proposal.
    """
    if decision.outcome == Outcome.REFUSED:
        return None
    seen = visible_to(caller)
    if named := read_id(str(decision.facts.get("approval_id", ""))):
        return seen.filter(pk=named).values_list("pk", flat=True).first()
    names = submission_kinds().get(decision.kind, set()) | ({decision.kind} & kinds().keys())
    # The last proposal made before the decision; a decision may name another object's id than its proposal.
    who, at = decision.principal_id, decision.at
    about = Q(object_id=decision.object_id) | Q(made_by_id=who, made_at=at) | Q(decided_by_id=who, decided_at=at)
    found = seen.filter(about, kind__in=names, made_at__lte=decision.at)
    return found.order_by("-made_at", "-pk").values_list("pk", flat=True).first()


def latest_about(object_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """Return the id of the latest proposal for each object id."""
    found = Approval.objects.filter(object_id__in=list(object_ids))
    return dict(found.order_by("id").values_list("object_id", "id"))


def open_about(object_ids: Iterable[UUID], at: datetime) -> dict[UUID, UUID]:
    """Return the id of the open proposal at an instant for each object id.

    :param object_ids: of any kinds.
    :param at: the bank's clock.
    """
    waiting = with_status(Approval.objects.filter(object_id__in=list(object_ids)), ApprovalStatus.PENDING, at)
    return dict(waiting.values_list("object_id", "id"))


def desk_of(approval: Approval) -> str:
    """Return at whose desk a proposal was decided (现场授权), by the maker's name; empty for other decisions."""
    if approval.decided_at is None:
        return ""
    made = Decision.objects.filter(kind=approval.kind, object_id=approval.object_id, at=approval.decided_at)
    return str(made.values_list("facts__desk_of", flat=True).first() or "")


def is_own(approval: Approval, caller: Caller) -> bool:
    """Return whether the caller is the natural person who made a proposal."""
    return approval.made_by_id == caller.id or is_same_person(caller, approval.made_by)


def is_stale(approval: Approval) -> bool:
    """Return whether the object of a proposal differs from what the checker is shown."""
    return bool(changed_since(approval))


def changed_since(approval: Approval) -> Mapping[str, Any]:
    """Return the present values of the object that differ from what the checker is shown."""
    kind = kinds().get(approval.kind)
    row = kind.row_of(approval) if kind else None
    if kind is None or row is None:
        return {}
    then, now = approval.before, kind.snapshot(row, approval)
    same = {name for name in now if name in then and now[name] == then[name]}
    return {name: now.get(name) for name in {*then, *now} - same}


def evidence_for(approval: Approval, caller: Caller) -> Mapping[str, str]:
    """Return the maker's explanation for the checker (经办理由与依据), for the deciding role only.

    :returns: texts by field; empty for a caller of another role.
    """
    kind = kinds().get(approval.kind)
    row = kind.row_of(approval) if kind and caller.role == kind.role else None
    return kind.evidence(row, approval) if kind and row is not None else {}


def effects_of(approval: Approval, caller: Caller) -> Mapping[str, str]:
    """Return the effects of an approval in words by field, for the deciding role only; empty for others."""
    kind = kinds().get(approval.kind)
    row = kind.row_of(approval) if kind and caller.role == kind.role else None
    return kind.effects(row, approval) if kind and row is not None else {}


def people_named(proposals: Iterable[Approval], caller: Caller, at: datetime) -> dict[UUID, ScreenedAct]:
    """Return the people whom the approval of each of some proposals names, by its id; none where the caller cannot approve."""
    found: dict[UUID, ScreenedAct] = {}
    for each in proposals:
        kind = kinds().get(each.kind)
        if kind is None or kind.people is None or kind.role != caller.role:
            continue
        if status_at(each, at) != ApprovalStatus.PENDING or is_own(each, caller):
            continue
        if (row := kind.row_of(each)) is not None:
            found[each.pk] = kind.people(row)
    return found
