"""Undo a whole list (整批撤销): requested with document, ground and reason, approved by a second person.

Certificates of the list that are in force are revoked, and undecided ones are rejected. Nothing else changes.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from itertools import chain
from typing import Any
from uuid import UUID

from django.db.models import Max, Q, QuerySet

from blacklist.imports.models import ListImport, ListUndo
from blacklist.imports.operations.proposals import maker_and_checker
from blacklist.imports.queries.lists import LISTS
from blacklist.imports.refusals import ListImportState, ListSealed
from blacklist.imports.vocabulary import ListDecision, ListStatus, Rule
from blacklist.models import Certificate, Revocation
from blacklist.operations.approvals import REVOCATION
from blacklist.operations.customers import FreedCounts, count_freed
from blacklist.operations.registration import lock_keys
from blacklist.operations.revocations import RevocationDraft
from blacklist.vocabulary import UNDECIDED, CertificateStatus, RevocationGround, RevocationStatus
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.approvals import ApprovalStale, Kind, Record, WorkerTask, is_own
from config.kernel.database.clock import bank_now
from config.kernel.database.locks import lock_concerned
from config.kernel.database.sql import ask, insert
from config.kernel.database.transactions import transaction_required
from config.kernel.law.dates import rfc3339, shanghai_day
from config.kernel.law.refusals import BadRequest
from config.kernel.law.text import Text, text
from config.kernel.models import Approval, ApprovalStatus, Role
from config.kernel.trail.decisions import Deciding, deciding

#: Certificates of a list that an undo concerns: all that restrict or may still come to restrict.
_STANDING = (CertificateStatus.IN_FORCE, *UNDECIDED)


@transaction_required
def propose_undo(*, principal: Caller, import_id: UUID, draft: RevocationDraft) -> tuple[ListImport, Approval]:
    """Request that a whole list is undone (申请整批撤销); other certificates are not affected.

    :param draft: document, ground and reason; each revocation keeps them.
    :raises BadRequest: for a day in the future, or before the certification of one of its certificates.
    :raises NotFound: for an unknown import.
    :raises ApprovalPending: when such a request already waits for a second person.
    :raises ListImportState: when the list is not registered.
    :raises ListSealed: when the list is sealed.
    """
    _check_day(draft, bank_now())
    row = LISTS.locked(import_id)
    at = bank_now()
    _check_certified(draft, row)
    said = {"doc_no": draft.doc_no, "revoked_on": draft.revoked_on.isoformat(), "ground": str(draft.ground)}
    with deciding(UNDO.name, principal=principal, at=at, rule=Rule.UNDO_LIST, object_id=row.id) as decision:
        decision.facts = {"source": row.source, "status": row.status, **said}
        place = approvals.make_room(UNDO, row.id, at=at)
        _check_undo(row, at)
        counts = asdict(count_freed_by_undo(row, at))
        decision.facts |= counts
        approval = approvals.propose(
            place,
            principal=principal,
            object_id=row.id,
            before=_as_registered(row) | counts,
            after={"status": ListStatus.UNDONE.value, "source": row.source, **said},
        )
        ListUndo.objects.create(
            approval=approval,
            doc_no=draft.doc_no,
            revoked_on=draft.revoked_on,
            ground=draft.ground,
            reason=draft.reason,
        )
        return row, approval


def _paper_of(import_id: UUID, status: ApprovalStatus) -> ListUndo | None:
    """Return the document of a proposal to undo a list; None for a proposal made without one.

    :param status: status of the proposal; there is at most one that waits or is approved.
    """
    about = {"approval__kind": UNDO.name, "approval__object_id": import_id, "approval__status": status}
    return ListUndo.objects.filter(**about).first()


def count_freed_by_undo(row: ListImport, at: datetime) -> FreedCounts:
    """Count the holders whom undoing a list would free of every restriction, and the letters affected."""
    return count_freed(_ending(row), at)


def standing_count(row: ListImport) -> int:
    """Count the certificates of a list that restrict, or may still come to restrict."""
    return _standing(row).count()


def _standing(row: ListImport) -> QuerySet[Certificate]:
    return Certificate.objects.filter(brought_by_id=row.pk, status__in=_STANDING)


def _ending(row: ListImport) -> list[UUID]:
    """Return the certificates that an undo ends: those in force, undecided ones, and undecided corrections."""
    own = _standing(row).values("pk")
    found = Certificate.objects.filter(Q(pk__in=own) | Q(corrects__in=own, status__in=UNDECIDED))
    return list(found.values_list("pk", flat=True))


def _check_day(draft: RevocationDraft, at: datetime) -> None:
    if draft.revoked_on > shanghai_day(at):
        message = Text("撤销日期不得晚于今天。", "The date of revocation cannot be in the future.")
        raise BadRequest({"revoked_on": [message]})


def _check_certified(draft: RevocationDraft, row: ListImport) -> None:
    last = _standing(row).aggregate(last=Max("certified_on"))["last"]
    if last is not None and draft.revoked_on < last:
        message = Text(
            "撤销日期不得早于名单中认定书的认定日期。",
            "The date of revocation cannot be before the certification date of a certificate of the list.",
        )
        raise BadRequest({"revoked_on": [message]})


def _check_undo(row: ListImport, at: datetime) -> None:
    if row.status != ListStatus.APPLIED:
        raise ListImportState(status=row.status)
    if row.sealed_from is not None and row.sealed_from <= at:
        raise ListSealed(sealed_from=rfc3339(row.sealed_from))


def _as_registered(row: ListImport) -> dict[str, Any]:
    return {"status": str(row.status), "source": row.source, "certificates": standing_count(row)}


def _snapshot(row: ListImport, approval: Approval) -> dict[str, Any]:
    """Return the list as the checker sees it.

    The number of freed holders changes with accounts and letters. The checker sees the current number; the proposal
    keeps the number at the time it was made.
    """
    then = {name: count for name, count in approval.before.items() if name in FreedCounts.__slots__}
    return _as_registered(row) | then


def _undo(row: ListImport, at: datetime, decision: Deciding) -> None:
    """Mark a list to be undone (撤销复核通过); the next worker undoes it."""
    _check_undo(row, at)
    paper = _paper_of(row.pk, ApprovalStatus.PENDING)
    if paper is None:
        raise ApprovalStale
    standing = standing_count(row)
    decision.facts = {
        "source": row.source,
        "doc_no": paper.doc_no,
        "revoked_on": paper.revoked_on.isoformat(),
        "ground": str(paper.ground),
        "certificates": standing,
        **asdict(count_freed_by_undo(row, at)),
    }
    waits = ListImport.objects.filter(pk=row.pk, status=ListStatus.APPLIED)
    if waits.update(status=ListStatus.UNDOING, undo_at=at, begun_at=None, rows_due=standing, rows_done=0) != 1:
        raise ApprovalStale


def _reason(_row: ListImport, approval: Approval) -> Mapping[str, str]:
    paper = ListUndo.objects.filter(approval=approval).first()
    return {"reason": str(paper.reason)} if paper else {}


def _effects(row: ListImport, _approval: Approval) -> Mapping[str, str]:
    lines = [
        text(
            "撤销本名单登记的认定书{}份；原已登记的不变",
            "{} certificates that it brought; what was registered before stays in force",
        ).format(f"{standing_count(row):,}"),
        *_freed_lines(count_freed_by_undo(row, bank_now())),
    ]
    return {"undoes": "\n".join(lines)}


def _freed_lines(freed: FreedCounts) -> list[str]:
    """Return the holders freed by an undo and the letters affected, in words."""
    return [
        text("此后不再受任何限制的客户{}户", "{} customers whom nothing restricts any more").format(
            f"{freed.customers:,}"
        ),
        text("此后不再受任何限制的账户{}个", "{} accounts that nothing restricts any more").format(
            f"{freed.accounts:,}"
        ),
        text(
            "已就此向客户出具的告知函{}封，撤销后须出具解除限制通知书",
            "{} letters informed customers of it; each is owed a notice of release",
        ).format(f"{freed.letters:,}"),
    ]


UNDO = Kind(
    model=ListImport,
    name="import_undo",
    text=Text("名单整批撤销", "Undoing of a list"),
    role=Role.COMPLIANCE,
    object_type="import",
    record=Record("desk:list-import"),
    summary_fields=("doc_no", "source"),
    in_force="undo_at IS NOT NULL",
    rule=Rule.UNDO_LIST,
    snapshot=_snapshot,
    approve=_undo,
    evidence=_reason,
    effects=_effects,
    worker=WorkerTask(Text("整批撤销", "undone"), Q(status=ListStatus.UNDOING)),
)


#: Number of certificates found at once, because a query reads all certificates of the list.
LOOK = 10_000
_REASON = Text("名单导入整批撤销", "The list that it came with is undone")


@transaction_required
def undo_batch(import_id: UUID, ahead: list[UUID], *, most: int, locked: Callable[[], None] = lambda: None) -> int:
    """Undo the next certificates of a list; return how many, 0 when none is left.

    Each certificate is revoked as a whole, with all effects of a single revocation, also if parts were revoked before.
    An undecided revocation or correction is rejected, because nothing is left to revoke or correct.

    :param ahead: the next certificates, found by an earlier batch; empty for the first batch. Undone ones are removed
        from it.
    :param most: maximum of certificates.
    :param locked: called once the batch holds all locks for which others may wait.
    """
    if not ahead:
        standing = Certificate.objects.filter(brought_by_id=import_id, status__in=_STANDING)
        ahead += standing.order_by("pk").values_list("pk", flat=True)[:LOOK]
    ids = ahead[:most]
    if not ids:
        return _finish(import_id)
    maker, checker = maker_and_checker(UNDO.name, import_id)
    paper = _paper(ListImport.objects.get(pk=import_id))
    corrections = Certificate.objects.filter(corrects__in=ids, status__in=UNDECIDED)
    at = lock_concerned(lambda: lock_keys(*ids, *corrections.values_list("pk", flat=True)))
    locked()
    row = LISTS.locked(import_id)
    if row.status != ListStatus.UNDOING:
        return 0
    # By their ids only: during an undo the statistics do not know how many are left.
    statuses = dict(Certificate.objects.filter(pk__in=ids).values_list("pk", "status"))
    undecided = [each for each, status in statuses.items() if status in UNDECIDED]
    # Their rows are locked, too: a request for a revocation holds no lock of the subjects.
    in_force = [each for each, status in statuses.items() if status == CertificateStatus.IN_FORCE]
    rows = Certificate.objects.filter(pk__in=in_force).order_by("pk")
    in_force_ids = list(rows.select_for_update(no_key=True, of=("self",)).values_list("pk", flat=True))
    revocations = Revocation.objects.filter(certificate_id__in=in_force_ids, status=RevocationStatus.PENDING)
    corrections = Certificate.objects.filter(corrects__in=in_force_ids, status__in=UNDECIDED)
    waiting = (each.values_list("pk", flat=True) for each in (revocations, corrections))
    _reject([*undecided, *chain.from_iterable(waiting)], maker, checker, doc_no=paper.doc_no)
    # A certificate whose proposal has lapsed has no open proposal; it is rejected here.
    Certificate.objects.filter(pk__in=undecided, status__in=UNDECIDED).update(status=CertificateStatus.REJECTED)
    _revoke(row, in_force_ids, maker, checker, paper, at)
    row.begun_at = row.begun_at or at
    row.rows_done, row.trouble = min(row.rows_due, row.rows_done + len(ids)), ""
    row.save(update_fields=["begun_at", "rows_done", "trouble"])
    del ahead[: len(ids)]
    return len(ids)


def _paper(row: ListImport) -> RevocationDraft:
    """Return the content of each revocation."""
    paper = _paper_of(row.id, ApprovalStatus.APPROVED)
    if paper is None:
        # Its undoing was approved by a version that took no document.
        day = shanghai_day(row.undo_at or bank_now())
        return RevocationDraft(f"整批撤销-{row.id}", day, _REASON.zh, RevocationGround.ENTRY)
    return RevocationDraft(paper.doc_no, paper.revoked_on, str(paper.reason), RevocationGround(paper.ground))


def _revoke(
    row: ListImport, ids: list[UUID], maker: Caller, checker: Caller, paper: RevocationDraft, at: datetime
) -> None:
    if not ids:
        return
    revocations = [
        Revocation(
            certificate_id=each,
            doc_no=paper.doc_no,
            revoked_on=paper.revoked_on,
            ground=paper.ground,
            reason=paper.reason,
            status=Revocation.IN_FORCE,
            made_by_id=maker.id,
            made_at=row.undo_at or at,
            undoes_id=row.id,
            in_force_at=at,
        )
        for each in ids
    ]
    Revocation.objects.bulk_create(revocations)
    Certificate.objects.filter(pk__in=ids).update(status=CertificateStatus.REVOKED, revoked_at=at)
    facts = {"import_id": str(row.id)}
    decided = [
        Deciding(REVOCATION.name, checker, at=at, rule=REVOCATION.rule, facts=facts, object_id=each).row()
        for each in ids
    ]
    ask(insert(*decided))


def _reject(ids: list[UUID], maker: Caller, checker: Caller, *, doc_no: str) -> None:
    """Reject undecided proposals, by the one of the two persons who did not make them.

    :param ids: ids of certificates and revocations.
    """
    if not ids:
        return
    # No concurrent decision is possible: it would need the same locks.
    waiting = Approval.objects.filter(pk__in=approvals.open_about(ids, bank_now()).values())
    for approval in waiting.select_related("made_by").order_by("pk"):
        other = maker if is_own(approval, checker) else checker
        approvals.reject(approval.id, principal=other, reason=f"{_REASON.zh}（{doc_no}）")


def _finish(import_id: UUID) -> int:
    row = LISTS.locked(import_id)
    if row.status != ListStatus.UNDOING:
        return 0
    with deciding(ListDecision.UNDONE, principal=None, rule=Rule.UNDO_LIST, object_id=row.id) as decision:
        at = decision.at = bank_now()
        row.status, row.undone_at = ListStatus.UNDONE, at
        row.save(update_fields=["status", "undone_at"])
        decision.facts = {"source": row.source, "certificates": row.rows_done}
    return 0
