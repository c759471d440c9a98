"""Register approved lists, and undo lists whose undoing is approved (名单登记、整批撤销).

The work is done in batches. Each batch is one transaction that also stores the progress, so a killed process repeats
nothing and the next one continues after the last batch. A batch locks out every release and many orders. It therefore
takes only as many certificates as can be registered in a fraction of a second. Each kind of row is written by one
statement for all certificates, with generic plans: during an import the planner's statistics do not know the new rows
yet.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings

from blacklist.imports.models import ListImport
from blacklist.imports.operations.checks import certificate_messages, count_rows, delete_messages, keep_faults
from blacklist.imports.operations.listed_certificates import ListedCertificate, certificates_due, judge
from blacklist.imports.operations.proposals import IMPORT, maker_and_checker
from blacklist.imports.operations.undo import undo_batch
from blacklist.imports.queries.lists import LISTS
from blacklist.imports.refusals import ListImportState
from blacklist.imports.vocabulary import ListDecision, ListOutcome, ListStatus, Rule
from blacklist.operations.approvals import CERTIFICATE
from blacklist.operations.registration import propose_certificate, registered_facts
from blacklist.queries.certificates import certificates
from blacklist.vocabulary import CertificateStatus
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.database.bulk import Pieces
from config.kernel.database.clock import bank_now
from config.kernel.database.locks import lock_concerned
from config.kernel.database.sql import Statement, ask, insert, send
from config.kernel.database.transactions import perform
from config.kernel.intake.imports import OnRows
from config.kernel.trail.decisions import Deciding, deciding

#: Seconds for which a batch should hold its locks, and its number of rows (or of certificates to undo): first and
#: maximum.
LOCKED_SECONDS, FIRST, MOST = 0.07, 50, 1000


def apply_list(import_id: UUID, *, on_rows: OnRows = lambda _count: None) -> ListImport:
    """Register an approved list (名单登记), or undo one whose undoing is approved; skip a finished one.

    It owns its transactions. Certificates that were registered meanwhile, or that need review since then, are judged
    again.

    :param on_rows: called after each batch with the number of rows registered, or of certificates undone.
    :raises NotFound: for an unknown import.
    :raises ListImportBusy: while another list is read or registered.
    :raises ListImportState: when it is not approved.
    :raises ListKeysChanged: when it was read under other keys.
    """
    pieces = Pieces(seconds=LOCKED_SECONDS, first=FIRST, most=MOST)
    undo_next = partial(undo_batch, ahead=[])
    with LISTS.one_at_a_time():
        while True:
            row = LISTS.get(import_id)
            if row.status in {ListStatus.APPLIED, ListStatus.UNDONE}:
                return row
            if row.status not in {ListStatus.APPLYING, ListStatus.UNDOING}:
                raise ListImportState(status=row.status)
            batch = _batch if row.status == ListStatus.APPLYING else undo_next
            done = perform(lambda: batch(import_id, most=pieces.size, locked=pieces.locked))  # noqa: B023 - it is called at once
            pieces.done(done)
            on_rows(done)


def apply_approved(*, on_rows: OnRows = lambda _count: None) -> int:
    """Register or undo all approved lists that are not finished; return how many lists there were.

    If an attempt fails, the import keeps the type of the error only, and the next attempt continues.

    :raises ListImportBusy: while another list is read or registered.
    """
    return LISTS.carry_out_approved(lambda import_id: apply_list(import_id, on_rows=on_rows))


def _batch(import_id: UUID, *, most: int = FIRST, locked: Callable[[], None] = lambda: None) -> int:
    """Register the next certificates of a list; return their number of rows, 0 when the list is done.

    :param most: approximate maximum of rows.
    :param locked: called once the batch holds all locks for which others may wait.
    """
    reached = ListImport.objects.values_list("reached", flat=True).get(pk=import_id)
    several = certificates_due(import_id, after=reached, most=most)
    if not several:
        return _finish(import_id, reached)
    maker, checker = maker_and_checker(IMPORT.name, import_id)
    at = lock_concerned(lambda: keys_of(import_id, several))
    locked()
    row = LISTS.locked(import_id)
    if row.status != ListStatus.APPLYING or row.reached != reached:
        return 0
    LISTS.check_keys(row)
    judge(several)
    changed = _keep_judged(import_id, several)
    if anew := [each for each in several if each.place in changed]:
        delete_messages(import_id, (row.line for each in anew for row in each.rows))
        keep_faults(import_id, (fault for each in anew for fault in certificate_messages(each)))
    _write_papers(import_id, several, maker=maker, checker=checker, at=at)
    done = sum(len(each.rows) for each in several)
    row.begun_at, row.reached, row.rows_done, row.trouble = (
        row.begun_at or at,
        several[-1].place,
        row.rows_done + done,
        "",
    )
    row.save(update_fields=["begun_at", "reached", "rows_done", "trouble"])
    return done


def _finish(import_id: UUID, reached: int) -> int:
    """Mark a list as registered, unless another process has continued it meanwhile."""
    row = LISTS.locked(import_id)
    if row.status != ListStatus.APPLYING or row.reached != reached:
        return 0
    LISTS.check_keys(row)
    with deciding(ListDecision.APPLIED, principal=None, rule=Rule.REGISTER_LIST, object_id=row.id) as decision:
        at = decision.at = bank_now()
        row.summary = row.summary | count_rows(row)
        row.status, row.applied_at = ListStatus.APPLIED, at
        row.sealed_from = at + timedelta(days=settings.LIST_SEALED_DAYS)
        row.save(update_fields=["status", "applied_at", "sealed_from", "summary"])
        decision.facts = {"source": row.source, "rows_by_outcome": row.summary["counts"]}
    return 0


# A range of lines, which an index finds whatever the statistics know of the list's rows.
_CHOSEN = """
p.import_id = %(import)s AND p.paper BETWEEN %(first)s AND %(last)s AND p.outcome IN ('new', 'review')
"""
# The rows of each certificate are looked up separately: OFFSET 0 keeps the planner from joining all of both.
_NAMES = f"""
FROM blacklist_stagedpaper p CROSS JOIN LATERAL (
    SELECT * FROM blacklist_stagedrow r WHERE r.import_id = %(import)s AND r.paper = p.paper AND r.outcome IS NULL OFFSET 0
) s WHERE {_CHOSEN}
"""  # noqa: S608 - constants
_JUDGED = """
UPDATE blacklist_stagedpaper p SET outcome = j.outcome, review_reasons = string_to_array(j.reasons, ',')
FROM unnest(%(several)s::int[], %(outcomes)s::text[], %(reasons)s::text[]) AS j(paper, outcome, reasons)
WHERE p.import_id = %(import)s AND p.paper BETWEEN %(first)s AND %(last)s AND p.paper = j.paper
  AND (p.outcome, p.review_reasons) IS DISTINCT FROM (j.outcome, string_to_array(j.reasons, ','))
RETURNING p.paper
"""
# New certificates are inserted as pending and come into force at the end of the batch. A revoked certificate that is
# registered again becomes a new row that names the last revoked one.
_CERTIFICATES = f"""
INSERT INTO blacklist_certificate (id, doc_no, authority_name, authority_compared, region_code, level, certified_on,
    received_on, category, legal_basis, term_from, term_to, sentence_kind, sentence_effective_on,
    sentence_served_on, extent_accounts, extent_times, extent_counterparties, status, review_reasons, content,
    made_by_id, made_at, brought_by_id, renews_id)
SELECT p.certificate_id, p.doc_no, p.authority_name, p.authority_compared, p.region_code, p.level, p.certified_on,
    p.received_on, p.category, p.legal_basis, p.term_from, p.term_to, p.sentence_kind,
    p.sentence_effective_on, p.sentence_served_on, p.extent_accounts, p.extent_times, p.extent_counterparties,
    CASE WHEN cardinality(p.review_reasons) = 0 THEN 'pending' ELSE 'manual_review' END,
    p.review_reasons, p.content, %(maker)s::uuid, %(at)s::timestamptz, %(import)s::uuid, (
        SELECT c.id FROM blacklist_certificate c
        WHERE c.region_code = p.region_code AND c.authority_compared = p.authority_compared AND c.doc_no = p.doc_no
          AND c.status = 'revoked'
        ORDER BY c.revoked_at DESC, c.id DESC LIMIT 1)
FROM blacklist_stagedpaper p WHERE {_CHOSEN} ORDER BY p.certificate_id
"""  # noqa: S608 - constants
# In the order of their keys, to prevent a deadlock between lists that name the same people.
_SUBJECTS = f"""
INSERT INTO blacklist_subject (id, identity_key, kind, document_type, country, document_number, name, name_index, match_key)
SELECT DISTINCT ON (s.identity_key) s.subject_id, s.identity_key, s.kind, s.document_type, s.country, s.subject_number,
    s.subject_name, s.name_index, s.match_key
{_NAMES} AND s.identity_key IS NOT NULL ORDER BY s.identity_key, s.line
ON CONFLICT (identity_key) DO NOTHING
"""
_NAMED = f"""
INSERT INTO blacklist_certificatesubject (id, certificate_id, subject_id, document_type, country, document_number, name)
SELECT n.named_id, n.certificate_id, b.id, n.document_type, n.country, n.number, n.name
FROM (SELECT p.certificate_id, s.* {_NAMES} AND s.identity_key IS NOT NULL) n
JOIN blacklist_subject b ON b.identity_key = n.identity_key ORDER BY n.named_id
"""  # noqa: S608 - constants
_ACCOUNTS = f"""
INSERT INTO blacklist_caseaccount (id, certificate_id, account_number, card_number, card_key, bank_code, outside_number,
    outside_key)
SELECT s.account_id, p.certificate_id, s.account_number, s.card_number, s.card_key, s.bank_code, s.outside_number,
    s.outside_key
{_NAMES} AND s.account_id IS NOT NULL ORDER BY s.account_id
"""
_IN_FORCE = """
UPDATE blacklist_certificate SET status = %(in_force)s, in_force_at = %(at)s
WHERE id = ANY(%(ids)s::uuid[]) AND status = 'pending'
"""
_IDS = f"SELECT p.paper, p.certificate_id FROM blacklist_stagedpaper p WHERE {_CHOSEN}"  # noqa: S608 - constants
_KEYS = """
SELECT DISTINCT k.key FROM blacklist_stagedrow s, unnest(ARRAY[s.identity_key, s.card_key, s.lock_key]) AS k(key)
WHERE s.import_id = %(import)s AND s.paper BETWEEN %(first)s AND %(last)s AND s.outcome IS NULL AND k.key IS NOT NULL
"""


def keys_of(import_id: UUID, several: Sequence[ListedCertificate]) -> list[bytes]:
    """Return the lock keys for putting certificates in force, as `lock_keys` does for registered ones."""
    return [bytes(each["key"]) for each in ask(Statement(_KEYS, _range(import_id, several)))]


def _keep_judged(import_id: UUID, several: Sequence[ListedCertificate]) -> set[int]:
    """Store outcomes that changed since the first check; return the places of these certificates."""
    params = _range(import_id, several) | {
        "several": [each.place for each in several],
        "outcomes": [str(each.outcome) for each in several],
        "reasons": [",".join(each.reasons) for each in several],
    }
    return {each["paper"] for each in ask(Statement(_JUDGED, params))}


def _write_papers(
    import_id: UUID, several: Sequence[ListedCertificate], *, maker: Caller, checker: Caller, at: datetime
) -> None:
    """Register certificates and put in force those without review, with the same rows as single entry."""
    taken = [each for each in several if each.outcome in {ListOutcome.NEW, ListOutcome.REVIEW}]
    if not taken:
        return
    params: dict[str, Any] = _range(import_id, several) | {
        "maker": maker.id,
        "at": at,
        "in_force": CertificateStatus.IN_FORCE.value,
    }
    ids = {each["paper"]: each["certificate_id"] for each in ask(Statement(_IDS, params))}
    new = [ids[each.place] for each in taken if each.outcome is ListOutcome.NEW]
    decided = [_registered(each, ids[each.place], maker, at) for each in taken]
    decided += [_put_in_force(each, import_id, checker, at) for each in new]
    written = (Statement(text, params) for text in (_CERTIFICATES, _SUBJECTS, _NAMED, _ACCOUNTS))
    in_force = Statement(_IN_FORCE, params | {"ids": new})
    send(*written, in_force, insert(*(each.row() for each in decided)))
    _propose([ids[each.place] for each in taken if each.outcome is ListOutcome.REVIEW], maker, at)


def _range(import_id: UUID, several: Sequence[ListedCertificate]) -> dict[str, Any]:
    return {"import": import_id, "first": several[0].place, "last": several[-1].place}


def _registered(paper: ListedCertificate, certificate_id: UUID, maker: Caller, at: datetime) -> Deciding:
    draft = paper.draft
    facts = registered_facts(draft) | {
        "remarks": [remark.value for remark in paper.remarks],
        "review_reasons": [reason.value for reason in paper.reasons],
    }
    return Deciding(CERTIFICATE.name, maker, at=at, rule=Rule.REGISTER_LIST, facts=facts, object_id=certificate_id)


def _put_in_force(certificate_id: UUID, import_id: UUID, checker: Caller, at: datetime) -> Deciding:
    facts = {"import_id": str(import_id)}
    return Deciding(CERTIFICATE.name, checker, at=at, rule=CERTIFICATE.rule, facts=facts, object_id=certificate_id)


def _propose(ids: Collection[UUID], maker: Caller, at: datetime) -> None:
    for each in certificates().filter(pk__in=ids).order_by("pk") if ids else ():
        # It is new, so there is no earlier proposal about it.
        propose_certificate(approvals.Place(CERTIFICATE, str(each.id), at), each, maker)
