"""Undo a list as a whole (整批撤销): what it brought is revoked, and what of it still waits is rejected; nothing else."""

from collections.abc import Callable
from datetime import datetime
from itertools import chain
from uuid import UUID

from blacklist.imports.models import ListImport
from blacklist.imports.operations.proposals import lock_import, maker_and_checker
from blacklist.imports.operations.undo_proposals import STANDING, UNDO, paper_of
from blacklist.imports.vocabulary import ListDecision, ListStatus, Rule
from blacklist.models import Certificate, Revocation
from blacklist.operations.approvals import REVOCATION
from blacklist.operations.register import lock_keys
from blacklist.operations.revoke import RevocationDraft
from blacklist.vocabulary import UNDECIDED, CertificateStatus, RevocationGround, RevocationStatus
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.approvals import is_own
from config.kernel.database.clock import bank_now
from config.kernel.database.locks import lock_concerned
from config.kernel.database.sql import ask, insert
from config.kernel.database.transactions import transaction_required
from config.kernel.law.dates import shanghai_day
from config.kernel.law.text import Text
from config.kernel.models import Approval, ApprovalStatus
from config.kernel.trail.decisions import Deciding, deciding

#: So many certificates are looked for at once: a look reads all that the list has brought.
LOOK = 10_000
_REASON = Text("名单导入整批撤销", "The list that it came with is undone")


@transaction_required
def undo_batch(import_id: UUID, ahead: list[UUID], *, most: int, locked: Callable[[], None] = lambda: None) -> int:
    """Undo the next certificates of a list; return how many, none once all are.

    They are revoked whole, as by a revocation of their own, whatever was taken out of them before: whatever follows from one
    follows here. A revocation or a correction that waits is rejected: nothing is left for it to revoke or to correct.

    :param ahead: certificates that are next, found by an earlier batch; empty for the first one. What is undone is taken out.
    :param most: of so many certificates.
    :param locked: called once all locks of the batch are held that others wait for.
    """
    if not ahead:
        standing = Certificate.objects.filter(brought_by_id=import_id, status__in=STANDING)
        ahead += standing.order_by("pk").values_list("pk", flat=True)[:LOOK]
    ids = ahead[:most]
    if not ids:
        return _finish(import_id)
    maker, checker = maker_and_checker(UNDO.name, import_id)
    paper = _paper(ListImport.objects.get(pk=import_id))
    corrections = Certificate.objects.filter(corrects__in=ids, status__in=UNDECIDED)
    at = lock_concerned(lambda: lock_keys(*ids, *corrections.values_list("pk", flat=True)))
    locked()
    row = lock_import(import_id)
    if row.status != ListStatus.UNDOING:
        return 0
    # By their ids alone: while a list is undone the statistics know nothing of how many are left.
    statuses = dict(Certificate.objects.filter(pk__in=ids).values_list("pk", "status"))
    undecided = [each for each, status in statuses.items() if status in UNDECIDED]
    # Their rows, too: whoever asks for a revocation holds no lock of whom it concerns.
    in_force = [each for each, status in statuses.items() if status == CertificateStatus.IN_FORCE]
    rows = Certificate.objects.filter(pk__in=in_force).order_by("pk")
    in_force_ids = list(rows.select_for_update(no_key=True, of=("self",)).values_list("pk", flat=True))
    revocations = Revocation.objects.filter(certificate_id__in=in_force_ids, status=RevocationStatus.PENDING)
    corrections = Certificate.objects.filter(corrects__in=in_force_ids, status__in=UNDECIDED)
    waiting = (each.values_list("pk", flat=True) for each in (revocations, corrections))
    _reject([*undecided, *chain.from_iterable(waiting)], maker, checker, doc_no=paper.doc_no)
    # A paper whose proposal has lapsed waits for nobody.
    Certificate.objects.filter(pk__in=undecided, status__in=UNDECIDED).update(status=CertificateStatus.REJECTED)
    _revoke(row, in_force_ids, maker, checker, paper, at)
    row.begun_at = row.begun_at or at
    row.rows_done, row.trouble = min(row.rows_due, row.rows_done + len(ids)), ""
    row.save(update_fields=["begun_at", "rows_done", "trouble"])
    del ahead[: len(ids)]
    return len(ids)


def _paper(row: ListImport) -> RevocationDraft:
    """Return what each revocation says."""
    paper = paper_of(row.id, ApprovalStatus.APPROVED)
    if paper is None:
        # Its undoing was approved before it took a paper.
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
    """Reject what still waits for a second person, by that one of the two who did not make it.

    :param ids: of certificates and of revocations.
    """
    if not ids:
        return
    # Nobody ends one meanwhile: that excludes the same subjects.
    waiting = Approval.objects.filter(pk__in=approvals.open_about(ids, bank_now()).values())
    for approval in waiting.select_related("made_by").order_by("pk"):
        other = maker if is_own(approval, checker) else checker
        approvals.reject(approval.id, principal=other, reason=f"{_REASON.zh}（{doc_no}）")


def _finish(import_id: UUID) -> int:
    row = lock_import(import_id)
    if row.status != ListStatus.UNDOING:
        return 0
    with deciding(ListDecision.UNDONE, principal=None, rule=Rule.UNDO_LIST, object_id=row.id) as decision:
        at = decision.at = bank_now()
        row.status, row.undone_at = ListStatus.UNDONE, at
        row.save(update_fields=["status", "undone_at"])
        decision.facts = {"source": row.source, "certificates": row.rows_done}
    return 0
