"""Take files of stock that were sent over the network (上传存量): kept sealed until they are read, and no longer.

A request only looks whether they can be read at all. Reading takes minutes and is somebody else's work
(`accounts.stock.tasks`); what was sent waits for it in the database, so whoever does it may be on another machine.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from django.db import DataError

from accounts.stock.models import StockImport, StockUpload
from accounts.stock.operations.staging import begin, give_up, sources_of, stage_files
from accounts.stock.vocabulary import ImportStatus
from config.kernel.access.keys import Caller
from config.kernel.database.ids import new_id
from config.kernel.database.transactions import perform, transaction_required
from config.kernel.intake.tables import TableError, laid_out
from config.kernel.intake.tables.sent import pieces_of, read_pieces
from config.kernel.law.refusals import BadRequest
from config.kernel.law.text import Text

_NO_FILES = Text("请选择至少一个文件。", "Choose at least one file.")


@dataclass(frozen=True, slots=True)
class SentStock:
    """A file as it was sent.

    :ivar name: what its sender calls it.
    """

    name: str
    content: bytes = field(repr=False)


@transaction_required
def upload_stock(*, principal: Caller, files: Mapping[str, SentStock], source: str) -> tuple[StockImport, bool]:
    """Begin an import of files that were sent (上传存量), and say whether it is a new one: the same files are the first.

    :param files: by the name of their sheet; a workbook under any name stands for the sheets that it has.
    :param source: what the import is called; the first file's name where it is empty.
    :raises BadRequest: on the file that cannot be read at all, with why; on `file` where there is none.
    """
    if not files:
        raise BadRequest({"file": [_NO_FILES]})
    names = {key: each.name for key, each in files.items()}
    with laid_out({key: [each.content] for key, each in files.items()}) as paths:
        for key, path in paths.items():
            try:
                for found in sources_of({key: path}, names=names):
                    found.open()
            except TableError as error:
                raise BadRequest({key: [Text(error.zh, error.en)]}) from None
        try:
            sources = sources_of(paths, names=names)
        except TableError as error:
            raise BadRequest({"file": [Text(error.zh, error.en)]}) from None
        known = StockImport.objects.count()
        row = begin(sources, [each.open() for each in sources], source, principal)
        is_new = StockImport.objects.count() > known
    if row.status == ImportStatus.STAGING and not StockUpload.objects.filter(stock_import=row).exists():
        StockUpload.objects.bulk_create(
            StockUpload(id=new_id(), stock_import=row, sheet=key, name=each.name[:200], number=number, content=piece)
            for key, each in files.items()
            for number, piece in enumerate(pieces_of(each.content))
        )
    return row, is_new


def uploaded_left() -> list[UUID]:
    """Return the imports whose files were sent and are not read to the end yet, the oldest first."""
    waiting = StockUpload.objects.filter(stock_import__status=ImportStatus.STAGING)
    return list(waiting.order_by("stock_import_id").values_list("stock_import_id", flat=True).distinct())


def stage_uploaded(import_id: UUID, *, on_rows: Callable[[str, int], None] = lambda _sheet, _count: None) -> None:
    """Read what was sent of an import (读取上传文件), and forget the files once they are read.

    It owns its transactions. What was sent and cannot be read after all is discarded.

    :raises StockImportBusy: while another import is read or applied.
    """
    pieces: dict[str, list[str]] = defaultdict(list)
    names: dict[str, str] = {}
    for each in StockUpload.objects.filter(stock_import_id=import_id).order_by("sheet", "number"):
        pieces[each.sheet].append(each.content)
        names[each.sheet] = each.name
    if pieces:
        with laid_out({key: read_pieces(several) for key, several in pieces.items()}) as paths:
            pieces.clear()
            try:
                stage_files(paths, names=names, on_rows=on_rows)
            except (TableError, DataError) as broken:
                # What the database takes for no data is never staged, however often it is tried.
                trouble = getattr(broken, "code", "UNREADABLE")
                perform(lambda: give_up(import_id, trouble))
    perform(lambda: forget_uploads(import_id))


@transaction_required
def forget_uploads(import_id: UUID) -> None:
    """Delete what was sent of an import that is read, or that nobody wants."""
    StockUpload.objects.filter(stock_import_id=import_id).exclude(stock_import__status=ImportStatus.STAGING).delete()
