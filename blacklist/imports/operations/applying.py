"""Register the lists that a second person has approved, and undo those of which that was approved (名单登记、整批撤销).

A batch at a time, each in one transaction with how far it is: a process that is killed has done nothing twice, and the
next one goes on after the last batch. A batch excludes every release and many orders, so it takes as many papers as can be
registered in a fraction of a second.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, connection

from blacklist.imports.models import ListImport
from blacklist.imports.operations.checking import count_rows, forget_judged, keep_faults, told_of
from blacklist.imports.operations.judging import judge, papers_due
from blacklist.imports.operations.proposals import IMPORT, check_keys, lock_import, maker_and_checker, one_list
from blacklist.imports.operations.undoing import undo_batch
from blacklist.imports.operations.writing import keep_judged, keys_of, write_papers
from blacklist.imports.refusals import ListImportState, ListKeysChanged
from blacklist.imports.vocabulary import ListDecision, ListStatus, Rule
from config.kernel.database.clock import bank_now
from config.kernel.database.locks import lock_concerned
from config.kernel.database.pieces import Pieces
from config.kernel.database.transactions import owned, perform
from config.kernel.law.refusals import NotFound, Unfinished
from config.kernel.trail.decisions import deciding

log = logging.getLogger("bank.lists")

#: A batch holds its locks for about so many seconds, and has so many rows, or certificates to undo, at first and at most.
LOCKED_SECONDS, FIRST, MOST = 0.07, 50, 1000

type OnRows = Callable[[int], None]


def apply_list(import_id: UUID, *, on_rows: OnRows = lambda _count: None) -> ListImport:
    """Register a list that was approved (名单登记), or undo one of which that was; one that is done stays as it is.

    It owns its transactions. What is registered by then, and what is to be looked at by hand by then, is judged anew.

    :param on_rows: told how many rows were registered, or certificates undone, with each batch.
    :raises NotFound: for an unknown import.
    :raises ListImportBusy: while another list is read or registered.
    :raises ListImportState: nobody has approved it.
    :raises ListKeysChanged: it was read with other keys.
    """
    pieces = Pieces(seconds=LOCKED_SECONDS, first=FIRST, most=MOST)
    undo_next = partial(undo_batch, ahead=[])
    with one_list():
        while True:
            row = ListImport.objects.filter(pk=import_id).first()
            if row is None:
                raise NotFound
            if row.status in {ListStatus.APPLIED, ListStatus.UNDONE}:
                return row
            if row.status not in {ListStatus.APPLYING, ListStatus.UNDOING}:
                raise ListImportState(status=row.status)
            batch = _batch if row.status == ListStatus.APPLYING else undo_next
            done = perform(lambda: batch(import_id, most=pieces.size, locked=pieces.locked))  # noqa: B023 - it is called at once
            pieces.done(done)
            on_rows(done)


def apply_approved(*, on_rows: OnRows = lambda _count: None) -> int:
    """Register or undo whatever was approved and is not done yet; return how many lists there were.

    What ends an attempt is kept with the import, the kind of error alone, and the next attempt goes on.

    :raises ListImportBusy: while another list is read or registered.
    """
    done = 0
    waiting = ListImport.objects.filter(status__in=[ListStatus.APPLYING, ListStatus.UNDOING])
    for import_id in list(waiting.order_by("in_force_at", "id").values_list("id", flat=True)):
        try:
            apply_list(import_id, on_rows=on_rows)
        except (DatabaseError, ListKeysChanged, Unfinished) as error:
            # Its kind only: a database error's text prints whole rows.
            log.warning("list %s not finished: %s", import_id, type(error).__name__)
            if isinstance(error, DatabaseError):
                connection.close()
            with owned():
                ListImport.objects.filter(pk=import_id).update(trouble=type(error).__name__)
        else:
            done += 1
    return done


def _batch(import_id: UUID, *, most: int = FIRST, locked: Callable[[], None] = lambda: None) -> int:
    """Register the next papers of a list; return how many rows they have, none once it is done.

    :param most: of about so many rows.
    :param locked: called once all locks of the batch are held that others wait for.
    """
    reached = ListImport.objects.values_list("reached", flat=True).get(pk=import_id)
    several = papers_due(import_id, after=reached, most=most)
    if not several:
        return _finish(import_id, reached)
    maker, checker = maker_and_checker(IMPORT.name, import_id)
    at = lock_concerned(lambda: keys_of(import_id, several))
    locked()
    row = lock_import(import_id)
    if row.status != ListStatus.APPLYING or row.reached != reached:
        return 0
    check_keys(row)
    judge(several)
    changed = keep_judged(import_id, several)
    if anew := [each for each in several if each.place in changed]:
        forget_judged(import_id, (row.line for each in anew for row in each.rows))
        keep_faults(import_id, (fault for each in anew for fault in told_of(each)))
    write_papers(import_id, several, maker=maker, checker=checker, at=at)
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
    """Keep that all papers of a list are registered; nothing where another process has gone on meanwhile."""
    row = lock_import(import_id)
    if row.status != ListStatus.APPLYING or row.reached != reached:
        return 0
    check_keys(row)
    with deciding(ListDecision.APPLIED, principal=None, rule=Rule.REGISTER_LIST, object_id=row.id) as decision:
        at = decision.at = bank_now()
        row.summary = row.summary | count_rows(row)
        row.status, row.applied_at = ListStatus.APPLIED, at
        row.sealed_from = at + timedelta(days=settings.LIST_SEALED_DAYS)
        row.save(update_fields=["status", "applied_at", "sealed_from", "summary"])
        decision.facts = {"source": row.source, "rows_by_outcome": row.summary["counts"]}
    return 0
