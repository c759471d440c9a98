"""Lifecycle of imports of every kind (导入): uploaded, read, checked, submitted, approved, carried out, deleted.

A kind is one `Intake` value. It defines what the rows are, how they are checked and what they change.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import DatabaseError, DataError, InterfaceError, connection
from django.db.models import QuerySet

from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.approvals import ApprovalStale, Kind
from config.kernel.database.bulk import one_at_a_time
from config.kernel.database.clock import bank_now
from config.kernel.database.ids import new_id
from config.kernel.database.sql import rows
from config.kernel.database.transactions import owned, perform, transaction_required
from config.kernel.intake.models import Import, Piece
from config.kernel.intake.tables import Table, TableError, memory_files
from config.kernel.intake.tables.uploaded_files import SentFile, pieces_of, read_pieces
from config.kernel.law.refusals import BadRequest, Conflict, NotFound, Unfinished
from config.kernel.law.text import Text
from config.kernel.models import Approval
from config.kernel.trail.decisions import Deciding, deciding
from config.kernel.vault.sealed import field_key_ids, index_generations
from config.logs import constraint_name

log = logging.getLogger("bank.imports")

# The number of another row is removed from a sentence, so that equal faults are counted together.
_BY_CODE = """
SELECT code, count(*) AS count, min(regexp_replace(zh, '第[0-9]+行', '第…行')) AS zh,
       min(regexp_replace(en, '(row|line) [0-9]+', '\\1 …')) AS en
FROM {table} WHERE import_id = %s AND outcome = %s GROUP BY 1 ORDER BY 2 DESC, 1
"""

type OnRows = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Opened:
    """A table that could be opened.

    :ivar sheet: the name of its sheet, for kinds with several.
    :ivar name: the name of its file.
    """

    table: Table
    sheet: str
    name: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake[R: Import]:
    """A kind of import.

    :ivar model: its table; `uploads` leads to the pieces of its files.
    :ivar lock: session advisory lock: one import of the kind is read or carried out at a time.
    :ivar busy: the refusal while another import has the lock.
    :ivar unfit: the refusal when the status does not allow an act.
    :ivar keys_changed: the refusal when the rows were sealed with other keys than those of this process.
    :ivar nothing_due: the refusal when no row is new.
    :ivar under_way: the statuses of approved imports that are not carried out yet.
    :ivar given_up: the status of an import with a broken file.
    :ivar staging: the tables of its rows and of the faults of its rows.
    :ivar faults: the table of the faults of its rows.
    :ivar due: the number of rows to carry out.
    :ivar forgets_broken: whether the staged rows of a broken import are deleted at once.
    """

    model: type[R]
    lock: int
    busy: type[Conflict]
    unfit: type[Conflict]
    keys_changed: type[Conflict]
    nothing_due: type[Conflict]
    under_way: tuple[str, ...]
    given_up: str
    staging: Callable[[], Iterable[str]]
    faults: str
    due: Callable[[R], int]
    forgets_broken: bool = False

    # --- look ---------------------------------------------------------------------------------------

    @property
    def every(self) -> QuerySet[R]:
        """Return all imports of the kind."""
        return self.model._default_manager.select_related("started_by")

    def find(self, import_id: UUID) -> R | None:
        """Return an import; None for an unknown id."""
        return self.every.filter(pk=import_id).first()

    def get(self, import_id: UUID) -> R:
        """Return an import.

        :raises NotFound: for an unknown id.
        """
        return _there(self.find(import_id))

    def status_of(self, row: R, at: datetime) -> str:
        """Return the status of an import at an instant."""
        return row.status_at(at, waits=row.status == "staged" and bool(approvals.open_about([row.id], at)))

    def page(self, *, before: UUID | None, limit: int) -> tuple[list[tuple[R, str]], UUID | None]:
        """Return a page of imports with their statuses, the newest first, and the id where the next page starts."""
        found = self.every if before is None else self.every.filter(pk__lt=before)
        several = list(found.order_by("-pk")[: limit + 1])
        at = bank_now()
        waiting = approvals.open_about([row.id for row in several], at) if several else {}
        shown = [(row, row.status_at(at, waits=row.id in waiting)) for row in several[:limit]]
        return shown, several[limit - 1].pk if len(several) > limit else None

    def faults_by_code(self, import_id: UUID, outcome: str) -> Mapping[str, int]:
        """Return the number of row faults of an outcome by code, the most frequent first."""
        return {code: count for code, _, count in self.faults_in_words(import_id, outcome)}

    def faults_in_words(self, import_id: UUID, outcome: str) -> list[tuple[str, Text, int]]:
        """Return code, sentence and number of the row faults of an outcome, the most frequent first."""
        found = rows(_BY_CODE.format(table=self.faults), [import_id, str(outcome)])
        return [(each["code"], Text(each["zh"], each["en"]), each["count"]) for each in found]

    # --- send and read ------------------------------------------------------------------------------

    @transaction_required
    def send(
        self,
        files: Mapping[str, SentFile],
        *,
        open_file: Callable[[str, Path, str], Iterable[Opened]],
        begin: Callable[[list[Opened]], tuple[R, bool]],
    ) -> tuple[R, bool]:
        """Create an import of uploaded files (上传); return it, and whether it is new: equal files are the same import.

        The request only checks that the files can be opened. Their content is stored sealed in the database
        until a worker reads it.

        :param open_file: returns the tables of a file, by the name of its field, its path and its file name.
        :raises BadRequest: for a file that cannot be opened, with the reason.
        """
        opened: list[Opened] = []
        with memory_files({key: [each.content] for key, each in files.items()}) as paths:
            key = "file"
            try:
                for key, path in paths.items():
                    opened += open_file(key, path, files[key].name)
                key = "file"
                row, is_new = begin(opened)
            except TableError as error:
                raise BadRequest({key: [Text(error.zh, error.en)]}) from None
        if row.status == "staging" and not row.uploads.exists():
            self._keep_pieces(row, files)
        return row, is_new

    def _keep_pieces(self, row: R, files: Mapping[str, SentFile]) -> None:
        model: type[Piece] = row.uploads.model
        named = {each.name for each in model._meta.fields} & {"sheet", "name"}
        model._default_manager.bulk_create(
            model(
                **{row.uploads.field.name: row, "number": number, "content": piece},
                **{name: {"sheet": key, "name": each.name[:200]}[name] for name in named},
            )
            for key, each in files.items()
            for number, piece in enumerate(pieces_of(each.content))
        )

    @transaction_required
    def begin(self, existing: R | None, **new: Any) -> tuple[R, bool]:
        """Return an import, and whether it was created now.

        :param existing: the import of the same files, if any; if other keys sealed its rows, it is read again.
        :param new: the columns of a new import.
        """
        keys = {"field_key": field_key_ids()[0], "index_keys": index_generations()}
        if existing is not None:
            if self._is_stale(existing) and existing.status in {"staging", "staged"}:
                self.forget_rows(existing.id)
                existing.begin_anew()
                for name, value in {**keys, "status": "staging", "staged_at": None, "summary": {}}.items():
                    setattr(existing, name, value)
                existing.save()
            return existing, False
        row = self.model(id=new_id(), started_at=bank_now(), **keys, **new)
        row.save(force_insert=True)
        return row, True

    def unread_uploads(self) -> list[UUID]:
        """Return the imports whose uploaded files are not read completely, the oldest first."""
        waiting = self.model._default_manager.filter(status="staging", uploads__isnull=False)
        return list(waiting.order_by("pk").values_list("pk", flat=True).distinct())

    def read_upload(self, import_id: UUID, stage: Callable[[R, dict[str, Path], dict[str, str]], object]) -> None:
        """Read the uploaded files of an import and delete them afterwards; an import with a broken file is given up.

        It owns its transactions.

        :param stage: reads and checks the files, given their paths and file names.
        :raises Conflict: while another import is read or carried out.
        """
        row = self.get(import_id)
        pieces: dict[str, list[UUID]] = defaultdict(list)
        names: dict[str, str] = {}
        for each in row.uploads.order_by("number").defer("content"):
            pieces[each.sheet].append(each.pk)
            names[each.sheet] = each.name or row.source
        if pieces:
            with memory_files({key: read_pieces(_contents(row, several)) for key, several in pieces.items()}) as paths:
                try:
                    stage(row, paths, names)
                except (TableError, DataError) as broken:
                    # A value that the database refuses is refused at every attempt.
                    trouble = getattr(broken, "code", "UNREADABLE")
                    perform(lambda: self.give_up(import_id, trouble))
        perform(lambda: self.delete_upload(import_id))

    @transaction_required
    def delete_upload(self, import_id: UUID) -> None:
        """Delete the uploaded files of an import that was read or given up."""
        for row in self.model._default_manager.filter(pk=import_id).exclude(status="staging"):
            row.uploads.all().delete()

    def give_up(self, import_id: UUID, trouble: str) -> None:
        """End an import with a broken file, so that the next import can be read.

        :param trouble: the reason, as a code.
        """
        waiting = self.model._default_manager.filter(pk=import_id, status="staging")
        if waiting.update(status=self.given_up, trouble=trouble) and self.forgets_broken:
            self.forget_rows(import_id)

    def forget_rows(self, import_id: UUID) -> None:
        """Delete the staged rows of an import."""
        for table in self.staging():
            rows(f"DELETE FROM {table} WHERE import_id = %s", [import_id])  # noqa: S608 - a constant

    # --- decide and carry out -----------------------------------------------------------------------

    def one_at_a_time(self) -> AbstractContextManager[None]:
        """Hold the lock of the kind in this session.

        :raises Conflict: while another session holds it.
        """
        return one_at_a_time(self.lock, self.busy)

    @transaction_required
    def locked(self, import_id: UUID) -> R:
        """Lock and return an import.

        :raises NotFound: for an unknown id.
        """
        found = self.model._default_manager.select_for_update(no_key=True, of=("self",))
        return _there(found.filter(pk=import_id).first())

    def check_keys(self, row: R) -> None:
        """Refuse rows that were sealed with other keys than those of this process.

        :raises Conflict: `keys_changed`.
        """
        if self._is_stale(row):
            raise self.keys_changed

    def _is_stale(self, row: R) -> bool:
        return (row.field_key, row.index_keys) != (field_key_ids()[0], index_generations())

    @transaction_required
    def propose(
        self,
        kind: Kind[R],
        *,
        principal: Caller,
        import_id: UUID,
        after: Callable[[R], dict[str, Any]] = lambda _row: {},
        check: Callable[[R], None] = lambda _row: None,
    ) -> tuple[R, Approval]:
        """Submit a checked import to a second person (提交复核).

        :param after: the effects of the import, besides its status and source.
        :param check: refuses an import for a reason of its kind.
        :raises NotFound: for an unknown import.
        :raises ApprovalPending: when it already waits for a decision.
        :raises Conflict: when it is not staged, was read with other keys, or has no new row.
        """
        with deciding(kind.name, principal=principal, rule=kind.rule, object_id=import_id) as decision:
            row = self.locked(import_id)
            at = decision.at = bank_now()
            decision.facts = {"source": row.source, "status": row.status}
            place = approvals.make_room(kind, row.id, at=at)
            if row.status != "staged":
                raise self.unfit(status=row.status)
            check(row)
            self.check_keys(row)
            if not self.due(row):
                raise self.nothing_due
            effects = {"status": "applied", "source": row.source, **after(row)}
            before = kind.snapshot(row, Approval())
            approval = approvals.propose(place, principal=principal, object_id=row.id, before=before, after=effects)
            return row, approval

    def mark_approved(self, row: R, at: datetime, decision: Deciding, facts: dict[str, Any], **more: Any) -> None:
        """Mark an approved import for execution (复核通过) by a worker, because it takes longer than a request.

        :param more: further columns to set.
        :raises Conflict: when it was read with other keys.
        :raises ApprovalStale: when it is no longer staged.
        """
        self.check_keys(row)
        decision.facts = facts
        waits = self.model._default_manager.filter(pk=row.pk, status="staged")
        if waits.update(status="applying", in_force_at=at, **more) != 1:
            raise ApprovalStale

    def carry_out_approved(self, carry_out: Callable[[UUID], object]) -> int:
        """Carry out all approved imports that are not finished; return their number.

        An error that ends an attempt is kept with the import (only its type), and the next attempt continues.

        :raises Conflict: while another import is read or carried out.
        """
        done = 0
        waiting = self.model._default_manager.filter(status__in=self.under_way).order_by("in_force_at", "id")
        for import_id in list(waiting.values_list("id", flat=True)):
            try:
                carry_out(import_id)
            except (DatabaseError, self.keys_changed, Unfinished) as error:
                # Only the type: the text of a database error contains rows.
                log.warning("%s %s not finished: %s", self.model.__name__, import_id, type(error).__name__)
                if isinstance(error, DatabaseError):
                    connection.close()
                with owned():
                    unfinished = self.model._default_manager.filter(pk=import_id, status__in=self.under_way)
                    unfinished.update(trouble=type(error).__name__)
            else:
                done += 1
        return done

    # --- woken by Celery ----------------------------------------------------------------------------

    def read_all_uploads(self, read: Callable[[UUID], object]) -> None:
        """Read all uploaded imports, one after another, unless another process is reading."""
        try:
            for import_id in self.unread_uploads():
                read(import_id)
        except self.busy:
            # Another process reads them; beat sends the next wake-up.
            return
        except (DatabaseError, InterfaceError) as error:
            # Only type and constraint: the text of a database error contains rows.
            details = self.model.__name__, type(error).__name__, constraint_name(error)
            log.warning("reading %s interrupted: %s, %s", *details)
            connection.close()

    def carry_out_all(self, carry_out: Callable[[], int]) -> None:
        """Carry out approved imports, also those that a process left unfinished, unless another process is doing so."""
        try:
            done = carry_out()
        except self.busy:
            return
        if done:
            log.info("carried out %d of %s", done, self.model.__name__)


def _there[R](row: R | None) -> R:
    if row is None:
        raise NotFound
    return row


def _contents(row: Import, several: Collection[UUID]) -> Iterator[str]:
    # One piece at a time, so that a file is in memory only once.
    for each in several:
        yield row.uploads.get(pk=each).content
