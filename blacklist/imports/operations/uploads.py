"""Accept uploaded lists (上传名单)."""

from pathlib import Path
from uuid import UUID

from blacklist.imports.models import ListImport
from blacklist.imports.operations.staging import begin, open_list, stage_list
from blacklist.imports.queries.lists import LISTS
from config.kernel.access.keys import Caller
from config.kernel.database.transactions import transaction_required
from config.kernel.intake.imports import OnRows
from config.kernel.intake.tables.uploaded_files import SentFile
from config.kernel.law.refusals import BadRequest
from config.kernel.law.text import Text

#: The formats that a caller may name for a file; a workbook is recognized by its first bytes.
FORMATS = ("csv", "xlsx")
_ZIP = b"PK\x03\x04"
_OTHER_FORMAT = Text("文件内容与所填格式不符。", "The file is not of this format.")


@transaction_required
def upload_list(
    *, principal: Caller, sent: SentFile, dry_run: bool = False, form: str | None = None
) -> tuple[ListImport, bool]:
    """Begin an import of an uploaded list (上传名单); return whether it is new, not a known file.

    :param dry_run: True to count it only.
    :param form: the one of `FORMATS` that the sender states; None for any.
    :raises BadRequest: on `file` when it cannot be read, with the reason; on `format` when the file has another
        format.
    """
    if form and (form == "xlsx") != sent.content.startswith(_ZIP):
        raise BadRequest({"format": [_OTHER_FORMAT]})
    return LISTS.send(
        {"file": sent},
        open_file=lambda _key, path, name: [open_list(path, name=name)],
        begin=lambda opened: begin(opened[0], principal=principal, dry_run=dry_run),
    )


def stage_uploaded(import_id: UUID, *, on_rows: OnRows = lambda _count: None) -> None:
    """Read an uploaded list (读取上传名单), then delete the stored file.

    It owns its transactions. A file that turns out to be broken is not imported.

    :raises ListImportBusy: while another list is read or registered.
    """

    def stage(row: ListImport, paths: dict[str, Path], names: dict[str, str]) -> None:
        caller = Caller(id=row.started_by.id, name=row.started_by.name, role=row.started_by.role)
        stage_list(paths["file"], principal=caller, dry_run=row.dry_run, name=names["file"], on_rows=on_rows)

    LISTS.read_upload(import_id, stage)
