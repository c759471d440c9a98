"""Take lists that were sent over the network (上传名单): kept sealed until they are read, and no longer.

A request only looks whether the file can be read at all. Reading is somebody else's work (`blacklist.imports.tasks`); what was
sent waits for it in the database, so whoever does it may be on another machine.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from uuid import UUID

from django.db import DataError

from blacklist.imports.models import ListImport, ListUpload
from blacklist.imports.operations.staging import begin, give_up, open_list, stage_list
from blacklist.imports.vocabulary import ListStatus
from config.kernel.access.keys import Caller
from config.kernel.database.ids import new_id
from config.kernel.database.transactions import perform, transaction_required
from config.kernel.intake.tables import TableError, laid_out
from config.kernel.intake.tables.sent import pieces_of, read_pieces
from config.kernel.law.refusals import BadRequest
from config.kernel.law.text import Text

#: By what a file begins with: the form that a caller may say it has.
FORMATS = ("csv", "xlsx")
_ZIP = b"PK\x03\x04"
_OTHER_FORMAT = Text("文件内容与所填格式不符。", "The file is not of this format.")


@dataclass(frozen=True, slots=True)
class SentList:
    """A list as it was sent.

    :ivar name: what its sender calls it.
    """

    name: str
    content: bytes = field(repr=False)


@transaction_required
def upload_list(
    *, principal: Caller, sent: SentList, dry_run: bool = False, form: str | None = None
) -> tuple[ListImport, bool]:
    """Begin an import of a list that was sent (上传名单), and say whether it is a new one: the same file is the first.

    :param dry_run: it is to be counted and never submitted.
    :param form: which of `FORMATS` its sender says it has; None for whatever it is.
    :raises BadRequest: on `file` when it cannot be read at all, with why; on `format` when it has another.
    """
    if form and (form == "xlsx") != sent.content.startswith(_ZIP):
        raise BadRequest({"format": [_OTHER_FORMAT]})
    with laid_out({"file": [sent.content]}) as paths:
        try:
            opened = open_list(paths["file"], name=sent.name)
        except TableError as error:
            raise BadRequest({"file": [Text(error.zh, error.en)]}) from None
        row, is_new = begin(opened, principal=principal, dry_run=dry_run)
    if row.status == ListStatus.STAGING and not ListUpload.objects.filter(list_import=row).exists():
        ListUpload.objects.bulk_create(
            ListUpload(id=new_id(), list_import=row, number=number, content=piece)
            for number, piece in enumerate(pieces_of(sent.content))
        )
    return row, is_new


def uploaded_left() -> list[UUID]:
    """Return the imports whose lists were sent and are not read to the end yet, the oldest first."""
    waiting = ListUpload.objects.filter(list_import__status=ListStatus.STAGING)
    return list(waiting.order_by("list_import_id").values_list("list_import_id", flat=True).distinct())


def stage_uploaded(import_id: UUID, *, on_rows: Callable[[int], None] = lambda _count: None) -> None:
    """Read what was sent of a list (读取上传名单), and forget the file once it is read.

    It owns its transactions. A list that turns out to be broken is not imported.

    :raises ListImportBusy: while another list is read or registered.
    """
    row = ListImport.objects.select_related("started_by").get(pk=import_id)
    who = row.started_by
    caller = Caller(id=who.id, name=who.name, role=who.role)
    with laid_out({"file": read_pieces(_kept(import_id))}) as paths:
        try:
            stage_list(paths["file"], principal=caller, dry_run=row.dry_run, name=row.source, on_rows=on_rows)
        except (TableError, DataError) as broken:
            # What the database takes for no data is never staged, however often it is tried.
            trouble = getattr(broken, "code", "UNREADABLE")
            perform(lambda: give_up(import_id, trouble))
    perform(lambda: forget_uploads(import_id))


@transaction_required
def forget_uploads(import_id: UUID) -> None:
    """Delete what was sent of a list that is read."""
    ListUpload.objects.filter(list_import_id=import_id).exclude(list_import__status=ListStatus.STAGING).delete()


def _kept(import_id: UUID) -> Iterator[str]:
    # One at a time: a list is held once, where it is read.
    for number in range(ListUpload.objects.filter(list_import_id=import_id).count()):
        yield ListUpload.objects.get(list_import_id=import_id, number=number).content
