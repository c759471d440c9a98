"""Undo a list as a whole (整批撤销): what it brought is revoked, and what of it still waits is rejected; nothing else."""

from uuid import UUID

from blacklist.models import Certificate, ListImport, Revocation
from blacklist.operations.approvals import REVOCATION
from blacklist.operations.imports.proposals import STANDING, UNDO, lock_import
from blacklist.operations.imports.who import maker_and_checker
from blacklist.operations.register import lock_keys
from blacklist.vocabulary import UNDECIDED, CertificateStatus, Rule
from blacklist.vocabulary.imports import ListDecision, ListStatus
from config.kernel import approvals
from config.kernel.approvals import is_own
from config.kernel.clock import bank_now
from config.kernel.dates import shanghai_day
from config.kernel.decisions import Deciding, deciding
from config.kernel.keys import Caller
from config.kernel.locks import lock_everybody, lock_subjects
from config.kernel.models import Approval
from config.kernel.sql import ask, insert
from config.kernel.text import Text

#: Certificates that are undone in one transaction.
BATCH = 1000
_REASON = Text("名单导入整批撤销", "The list that it came with is undone")


def undo_batch(import_id: UUID) -> int:
    """Undo the next certificates of a list; return how many, none once all are.

    They are revoked as by a revocation of their own: whatever follows from one follows here.
    """
    standing = Certificate.objects.filter(brought_by_id=import_id, status__in=STANDING)
    ids = list(standing.order_by("pk").values_list("pk", flat=True)[:BATCH])
    if ids:
        lock_everybody()
        lock_subjects(lock_keys(*ids), exclusive=True)
    row = lock_import(import_id)
    if row.status != ListStatus.UNDOING:
        return 0
    if not ids:
        _finish(row)
        return 0
    maker, checker = maker_and_checker(UNDO.name, import_id)
    found = dict(standing.filter(pk__in=ids).values_list("pk", "status"))
    _reject([each for each in ids if found.get(each) in UNDECIDED], maker, checker)
    _revoke(row, [each for each in ids if found.get(each) == CertificateStatus.IN_FORCE], maker, checker)
    row.begun_at = row.begun_at or bank_now()
    row.rows_done, row.trouble = min(row.rows_due, row.rows_done + len(ids)), ""
    row.save(update_fields=["begun_at", "rows_done", "trouble"])
    return len(ids)


def _revoke(row: ListImport, ids: list[UUID], maker: Caller, checker: Caller) -> None:
    if not ids:
        return
    at = bank_now()
    revocations = [
        Revocation(
            certificate_id=each,
            doc_no=f"整批撤销-{row.id}",
            revoked_on=shanghai_day(at),
            reason=_REASON.zh,
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
        Deciding(REVOCATION.name, checker, at=at, rule=Rule.REVOKE, facts=facts, object_id=each).row() for each in ids
    ]
    ask(insert(*decided))


def _reject(ids: list[UUID], maker: Caller, checker: Caller) -> None:
    """Reject what still waits to be looked at by hand, by that one of the two who did not make it."""
    if not ids:
        return
    waiting = approvals.open_about(ids, bank_now())
    for approval in Approval.objects.filter(pk__in=waiting.values()).select_related("made_by").order_by("pk"):
        other = maker if is_own(approval, checker) else checker
        approvals.reject(approval.id, principal=other, reason=_REASON.zh)
    # A paper whose proposal has lapsed waits for nobody.
    Certificate.objects.filter(pk__in=ids, status__in=UNDECIDED).update(status=CertificateStatus.REJECTED)


def _finish(row: ListImport) -> None:
    with deciding(ListDecision.UNDONE, principal=None, rule=Rule.UNDO_LIST, object_id=row.id) as decision:
        at = decision.at = bank_now()
        row.status, row.undone_at = ListStatus.UNDONE, at
        row.save(update_fields=["status", "undone_at"])
        decision.facts = {"source": row.source, "certificates": row.rows_done}
