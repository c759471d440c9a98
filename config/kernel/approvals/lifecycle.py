"""Lifecycle of proposals of every kind: pending, then approved, rejected, returned, withdrawn or expired.

A proposal takes effect only at its approval. The checker decides about the state that was shown; if it has
changed meanwhile, the proposal is stale. Proposals expire by the bank's clock without a job. The expiry is
recorded as a decision by `make_room`, before the next proposal about the same thing, and by `settle_lapsed`
for all others.

A returned proposal (退回补正) has ended like a rejected one, so that each row stays as its checker saw it. The
maker corrects it by a new proposal that follows it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from config.kernel.access.keys import Caller
from config.kernel.approvals.context import circumstances, submitted_form
from config.kernel.approvals.queries import NotesSeen, is_own, notes_on, status_at, to_correct
from config.kernel.approvals.refusals import (
    ApprovalDecided,
    ApprovalNotesNew,
    ApprovalPending,
    ApprovalStale,
    NotTheMaker,
    NotToBeCorrected,
)
from config.kernel.approvals.registry import Kind, Rule, kinds
from config.kernel.database.clock import bank_now
from config.kernel.database.locks import lock_concerned
from config.kernel.database.transactions import transaction_required
from config.kernel.law.dates import rfc3339
from config.kernel.law.refusals import Forbidden, MakerDecides, NotFound
from config.kernel.models import Approval, ApprovalStatus, Decision, Outcome, ProposedModel
from config.kernel.trail.decisions import Deciding, deciding

#: Allowed changes of a proposal's status, as in the constraint `approval_decision_is_whole` and the trigger
#: `kernel_approval_stands`: the checker approves, rejects or returns, the maker withdraws, the clock expires.
MOVES: dict[ApprovalStatus, frozenset[ApprovalStatus]] = {
    ApprovalStatus.PENDING: frozenset(
        {
            ApprovalStatus.APPROVED,
            ApprovalStatus.REJECTED,
            ApprovalStatus.RETURNED,
            ApprovalStatus.WITHDRAWN,
            ApprovalStatus.EXPIRED,
        }
    ),
    ApprovalStatus.APPROVED: frozenset(),
    ApprovalStatus.REJECTED: frozenset(),
    ApprovalStatus.RETURNED: frozenset(),
    ApprovalStatus.WITHDRAWN: frozenset(),
    ApprovalStatus.EXPIRED: frozenset(),
}
#: Outcome and rule of the decision that records the end of a proposal without effect.
_ENDINGS = {
    ApprovalStatus.REJECTED: (Outcome.REJECTED, Rule.REJECT),
    ApprovalStatus.RETURNED: (Outcome.RETURNED, Rule.RETURN),
    ApprovalStatus.WITHDRAWN: (Outcome.WITHDRAWN, Rule.WITHDRAW),
    ApprovalStatus.EXPIRED: (Outcome.EXPIRED, Rule.LAPSE),
}


@dataclass(frozen=True, slots=True)
class Place:
    """Permission to create the one open proposal of a kind about an object, at an instant.

    :ivar about: identifies the object, in one written form, without personal data in the clear.
    """

    kind: Kind[Any]
    about: str
    at: datetime


@transaction_required
def make_room(kind: Kind[Any], *about: UUID | str | bytes, at: datetime) -> Place:
    """Return the place for a new proposal, after recording the expiry of the previous one.

    The caller holds the lock of the object, so that no second proposal can be created at the same time. The
    constraint `approval_one_pending_per_object` is the final check.

    :param about: identifies what must not be proposed twice at once: ids, codes, keyed hashes; no personal data
        in the clear.
    :param at: the bank's clock, read under that lock.
    :raises ApprovalPending: while a proposal about the same object waits for a decision.
    """
    object_key = "/".join(each.hex() if isinstance(each, bytes) else str(each) for each in about)
    # Locked after the rows of its object, against the usual order. A checker who decides this proposal while it expires
    # may wait for those rows; the database then ends one of the two transactions, which is tried again.
    same = Approval.objects.filter(kind=kind.name, about=object_key, status=ApprovalStatus.PENDING)
    open_one = same.select_for_update(no_key=True, of=("self",)).first()
    if open_one is not None:
        if status_at(open_one, at) == ApprovalStatus.PENDING:
            raise ApprovalPending(approval_id=str(open_one.id))
        _lapse(kind, [open_one], at)
    return Place(kind, object_key, at)


@transaction_required
def propose(
    place: Place,
    *,
    principal: Caller,
    object_id: UUID,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    subject_keys: Iterable[bytes] = (),
) -> Approval:
    """Record a proposal that takes effect when a second person approves it (经办).

    It follows the proposal that its form corrects, or the one about the same object that was returned to its maker.

    :param place: from `make_room`.
    :param before: the present state of the object, masked; compared again at approval.
    :param after: the proposed state of the object, masked, account numbers too. At approval the values are read
        from the object itself.
    :param subject_keys: keys of the subjects whose listings this changes; decisions about them are serialised
        with it.
    :raises NotToBeCorrected: when the maker may not correct the proposal that the form names.
    """
    form = submitted_form()
    follows = _proposal_to_correct(form.follows if form else None, place, principal)
    made = Approval(
        kind=place.kind.name,
        about=place.about,
        made_by_id=principal.id,
        made_at=place.at,
        expires_at=place.kind.lapses.ends_at(place.at),
        object_type=place.kind.object_type,
        object_id=object_id,
        before=dict(before),
        after=dict(after),
        subject_keys=list(subject_keys),
        follows=follows,
    )
    if form and form.content:
        made.form_address, made.form = form.address, form.content
    made.save(force_insert=True)
    return made


@transaction_required
def propose_row[M: ProposedModel](
    place: Place,
    row: M,
    decision: Deciding,
    *,
    principal: Caller,
    after: Mapping[str, Any],
    before: Mapping[str, Any] | None = None,
    subject_keys: Iterable[bytes] = (),
) -> tuple[M, Approval]:
    """Save a new row that waits for a second person, and record its proposal (经办).

    :param decision: the decision that records the submission; it gets the id of the row.
    :param after: values that the row brings, besides its own status.
    :param before: the present state of the object, where it was already read; else the snapshot of the kind.
    :raises NotToBeCorrected: when the maker may not correct the proposal that the form names.
    """
    row.save(force_insert=True)
    decision.object_id = row.pk
    approval = propose(
        place,
        principal=principal,
        object_id=row.pk,
        before=before or place.kind.snapshot(row, Approval(made_at=place.at)),
        after={"status": row.IN_FORCE, **after},
        subject_keys=subject_keys,
    )
    return row, approval


def put_in_force(row: ProposedModel, at: datetime, **more: Any) -> None:
    """Set the status of a waiting row to in force (生效).

    :param more: further columns to update.
    :raises ApprovalStale: when the row no longer waits.
    """
    if not row.put_in_force(row.pk, at, **more):
        raise ApprovalStale


@transaction_required
def approve(
    approval_id: UUID, *, principal: Caller, note: str = "", seen: NotesSeen = None
) -> tuple[Approval, Mapping[str, Any]]:
    """Approve a proposal and put it into effect (复核通过).

    :param note: the checker's remark, kept sealed.
    :param seen: how many comments and scans the checker was shown; None when the caller does not say.
    :returns: the decided proposal, and the values that its kind adds to the answer.
    :raises NotFound: for an unknown approval.
    :raises MakerDecides: when the caller is the maker.
    :raises Forbidden: for a role that does not decide this kind.
    :raises ApprovalDecided: when it was decided before or has expired.
    :raises ApprovalNotesNew: when comments or scans were added that the checker has not seen.
    :raises ApprovalStale: when the object has changed since the proposal.
    """
    approval, kind, at = _take(approval_id, principal, seen)
    row = kind.row_of(approval)
    if row is None or kind.snapshot(row, approval) != approval.before:
        raise ApprovalStale
    # If a rule refuses now, the proposal stays open: only an approval with an effect is recorded as approved.
    about = kind.concerns(row)
    with deciding(kind.name, principal=principal, at=at, rule=kind.rule, object_id=row.pk, **about) as decision:
        extra = kind.approve(row, at, decision)
        decision.facts = {**decision.facts, **circumstances()}
    # An approval that waited for further locks has read the clock again under them.
    return _settle(approval, ApprovalStatus.APPROVED, decision.at or at, principal, note), extra or {}


@transaction_required
def reject(approval_id: UUID, *, principal: Caller, reason: str, seen: NotesSeen = None) -> Approval:
    """Reject a proposal (复核未通过): the object does not change, and the rejection is recorded as a decision.

    The reason may hold personal data, so it is sealed with the proposal; the decision names the proposal.

    :param reason: in the checker's words.
    :param seen: how many comments and scans the checker was shown; None when the caller does not say.
    :raises NotFound: for an unknown approval.
    :raises MakerDecides: when the caller is the maker.
    :raises Forbidden: for a role that does not decide this kind.
    :raises ApprovalDecided: when it was decided before or has expired.
    :raises ApprovalNotesNew: when comments or scans were added that the checker has not seen.
    """
    approval, kind, at = _take(approval_id, principal, seen)
    return _end(approval, kind, ApprovalStatus.REJECTED, at, principal, reason)


@transaction_required
def send_back(approval_id: UUID, *, principal: Caller, reason: str, seen: NotesSeen = None) -> Approval:
    """Return a proposal to its maker for correction (退回补正); the object does not change.

    The maker can submit a correction until the day on which the proposal would have expired.

    :param reason: what is to be corrected; sealed, like the reason of a rejection.
    :param seen: how many comments and scans the checker was shown; None when the caller does not say.
    :raises NotFound: for an unknown approval.
    :raises MakerDecides: when the caller is the maker.
    :raises Forbidden: for a role that does not decide this kind.
    :raises ApprovalDecided: when it was decided before or has expired.
    :raises ApprovalNotesNew: when comments or scans were added that the checker has not seen.
    """
    approval, kind, at = _take(approval_id, principal, seen)
    return _end(approval, kind, ApprovalStatus.RETURNED, at, principal, reason)


@transaction_required
def withdraw(approval_id: UUID, *, principal: Caller, reason: str = "") -> Approval:
    """Withdraw a proposal (撤回) before its decision; only its maker may. The object ends as after a rejection.

    :param reason: sealed with the proposal, like the reason of a rejection.
    :raises NotFound: for an unknown approval.
    :raises NotTheMaker: when the caller is not the maker.
    :raises ApprovalDecided: when it was decided before or has expired.
    """
    found = Approval.objects.filter(pk=approval_id).only("subject_keys", "kind", "object_id", "made_by").first()
    if found is None:
        raise NotFound
    if found.made_by_id != principal.id:
        raise NotTheMaker
    # The subjects are locked because a withdrawal may lift a restriction that the submission imposed.
    kind = kinds()[found.kind]
    approval, at = _lock_with_subjects(found, kind)
    return _end(approval, kind, ApprovalStatus.WITHDRAWN, at, principal, reason)


@transaction_required
def settle_lapsed(most: int) -> int:
    """Record the expiry of proposals, the oldest first, and end their objects; return the number.

    Concurrent calls settle each proposal once: rows that another transaction has locked are skipped. Joins the
    caller's transaction.

    :param most: maximum number in one call.
    """
    at = bank_now()
    lapsed = (
        Approval.objects.select_for_update(no_key=True, skip_locked=True, of=("self",))
        .filter(status=ApprovalStatus.PENDING, expires_at__lte=at, kind__in=kinds())
        .defer("before", "after", "subject_keys", "remark", "form")
        .order_by("id")[:most]
    )
    found = sorted(lapsed, key=lambda each: each.kind)
    for name, group in groupby(found, key=lambda each: each.kind):
        _lapse(kinds()[name], list(group), at)
    return len(found)


def _proposal_to_correct(named: UUID | None, place: Place, principal: Caller) -> Approval | None:
    """Return the proposal to correct: the one named, else the maker's returned one about the same object."""
    returned = to_correct(principal, place.at).filter(kind=place.kind.name)
    returned = returned.filter(about=place.about) if named is None else returned.filter(pk=named)
    # Of two simultaneous corrections, `approval_followed_once` refuses the second, which is then judged again.
    found = returned.order_by("-decided_at", "-pk").first()
    if found is None and named is not None:
        raise NotToBeCorrected
    return found


def decidable(approval_id: UUID, principal: Caller) -> tuple[Approval, Kind[Any]]:
    """Return a proposal (few columns read) and its kind if the caller may decide it.

    :raises NotFound: for an unknown approval.
    :raises MakerDecides: when the caller is the maker.
    :raises Forbidden: for a role that does not decide this kind.
    """
    approval = (
        Approval.objects.filter(pk=approval_id)
        .select_related("made_by")
        .only("subject_keys", "kind", "object_id", "made_by__person")
        .first()
    )
    if approval is None:
        raise NotFound
    kind = kinds()[approval.kind]
    if principal.role != kind.role:
        raise Forbidden
    if is_own(approval, principal):
        raise MakerDecides
    return approval, kind


def _take(approval_id: UUID, principal: Caller, seen: NotesSeen) -> tuple[Approval, Kind[Any], datetime]:
    found, kind = decidable(approval_id, principal)
    approval, at = _lock_with_subjects(found, kind)
    # Comments and scans need this lock, so none can be added between this check and the decision.
    if seen is not None and seen != notes_on(approval_id):
        raise ApprovalNotesNew(approval_id=str(approval_id))
    return approval, kind, at


def _lock_with_subjects(approval: Approval, kind: Kind[Any]) -> tuple[Approval, datetime]:
    """Lock the subjects that a proposal concerns, if any, and then the proposal.

    The keys are those of the submission and the present keys of the holders, because a holder's keys may have
    changed since.
    """

    def keys() -> Iterator[bytes]:
        yield from map(bytes, approval.subject_keys)
        row = kind.row_of(approval)
        if row is not None:
            yield from kind.keys(row)

    if approval.subject_keys:
        lock_concerned(keys)
    return lock_open(approval.pk)


@transaction_required
def lock_open(approval_id: UUID) -> tuple[Approval, datetime]:
    """Lock an existing open proposal; return it and the bank's clock, read under the lock.

    :raises ApprovalDecided: when it was decided before or has expired.
    """
    approval = Approval.objects.select_for_update(no_key=True, of=("self",)).get(pk=approval_id)
    at = bank_now()
    status = status_at(approval, at)
    if status != ApprovalStatus.PENDING:
        raise ApprovalDecided(status=status)
    return approval, at


def _end(
    approval: Approval, kind: Kind[Any], status: ApprovalStatus, at: datetime, principal: Caller, reason: str
) -> Approval:
    """End a proposal and its object without effect, and record the decision with the person who made it."""
    outcome, rule = _ENDINGS[status]
    row = kind.row_of(approval)
    with deciding(
        kind.name,
        principal=principal,
        at=at,
        outcome=outcome,
        rule=rule,
        object_id=approval.object_id,
        facts={"approval_id": str(approval.id), **circumstances()},
        **(kind.concerns(row) if row is not None else {}),
    ):
        # The row ends as rejected either way; a correction is a new row.
        ends_as = ApprovalStatus.REJECTED if status == ApprovalStatus.RETURNED else status
        if kind.end([approval.object_id], ends_as) != 1:
            raise ApprovalStale
    return _settle(approval, status, at, None if status == ApprovalStatus.WITHDRAWN else principal, reason)


def _settle(approval: Approval, status: ApprovalStatus, at: datetime, by: Caller | None, remark: str) -> Approval:
    approval.status = status
    approval.decided_by_id = by.id if by else None
    approval.decided_at = at
    approval.remark = remark or None
    if status != ApprovalStatus.RETURNED:
        approval.form = None
    approval.save(update_fields=["status", "decided_by", "decided_at", "remark", "form"])
    return approval


def _lapse(kind: Kind[Any], lapsed: Sequence[Approval], at: datetime) -> None:
    """Record the expiry of locked proposals of one kind, each as a decision without a principal."""
    status = ApprovalStatus.EXPIRED
    outcome, rule = _ENDINGS[status]
    ids = [each.object_id for each in lapsed]
    concerned = {row.pk: kind.concerns(row) for row in kind.rows().filter(pk__in=ids)}
    kind.end(ids, status)
    Approval.objects.filter(pk__in=[each.pk for each in lapsed]).update(status=status, form=None)
    decisions = []
    for each in lapsed:
        decision = Deciding(kind.name, None, at=at, outcome=outcome, rule=rule, object_id=each.object_id)
        decision.facts = {"approval_id": str(each.id), "until": rfc3339(each.expires_at)}
        about = concerned.get(each.object_id, {})
        decision.customer_id, decision.account_id = about.get("customer_id"), about.get("account_id")
        decisions.append(decision.row())
    Decision.objects.bulk_create(decisions)
