"""Receive files of stock over the network (上传存量)."""

from collections.abc import Callable, Mapping
from pathlib import Path
from uuid import UUID

from accounts.stock.models import StockImport
from accounts.stock.operations.staging import begin, open_files, stage_files
from accounts.stock.queries.imports import STOCK
from config.kernel.access.keys import Caller
from config.kernel.database.transactions import transaction_required
from config.kernel.intake.tables.uploaded_files import SentFile
from config.kernel.law.refusals import BadRequest
from config.kernel.law.text import Text

_NO_FILES = Text("请选择至少一个文件。", "Choose at least one file.")


@transaction_required
def upload_stock(*, principal: Caller, files: Mapping[str, SentFile], source: str) -> tuple[StockImport, bool]:
    """Start an import of uploaded files (上传存量); return it and whether it is new: the same files are the same import.

    :param files: by the name of their sheet; a workbook under any name gives all its sheets.
    :param source: the name of the import; that of the first file if empty.
    :raises BadRequest: on a file that cannot be read at all, with the reason; on `file` where there is none.
    """
    if not files:
        raise BadRequest({"file": [_NO_FILES]})
    return STOCK.send(
        files,
        open_file=lambda key, path, name: open_files({key: path}, names={key: name}),
        begin=lambda opened: begin(opened, source, principal),
    )


def stage_uploaded(import_id: UUID, *, on_rows: Callable[[str, int], None] = lambda _sheet, _count: None) -> None:
    """Read the uploaded files of an import (读取上传文件), and delete them once they are read.

    It owns its transactions. An import whose files prove unreadable is discarded.

    :raises StockImportBusy: while another import is read or applied.
    """

    def stage(_row: StockImport, paths: dict[str, Path], names: dict[str, str]) -> None:
        stage_files(paths, names=names, on_rows=on_rows)

    STOCK.read_upload(import_id, stage)
