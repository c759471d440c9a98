"""Common parts of import pages: field for a file, templates, export of refused rows."""

from collections.abc import Iterable, Iterator, Mapping
from io import BytesIO
from typing import IO, Any
from uuid import UUID

from django import forms
from django.http import FileResponse, HttpResponseBase

from config.frames.desk.files import record_export, send_file, write_file
from config.frames.desk.requests import DeskRequest
from config.kernel.database.clock import bank_now
from config.kernel.intake.tables.columns import Columns
from config.kernel.law.text import Text
from config.kernel.trail.sheets import Sheet, csv_lines, typed_workbook


def send_template(tables: Mapping[str, Columns], name: str, *, as_csv: bool = False) -> FileResponse:
    """Send empty tables with Chinese headings; a workbook explains them on a further sheet.

    :param tables: the columns of each table by name; a CSV file has only the first.
    """
    heads = {table: [columns.words[each.code].zh for each in columns] for table, columns in tables.items()}
    if as_csv:
        file: IO[bytes] = BytesIO(b"".join(csv_lines([*heads.values()][:1])))
    else:
        explained = [("表", "列", "代码", "必有或可选", "可填内容"), *_explained(tables)]
        sheets = [Sheet(table, [head], headed=True) for table, head in heads.items()]
        file = typed_workbook([*sheets, Sheet("填写说明", explained, widths=(16, 24, 24, 12, 80), headed=True)])
    return FileResponse(file, as_attachment=True, filename=f"{name}.{'csv' if as_csv else 'xlsx'}")


def _explained(tables: Mapping[str, Columns]) -> Iterator[tuple[str, ...]]:
    """Yield for each column its table, heading and code, whether it is required, and its allowed words."""
    for table, columns in tables.items():
        for each in columns:
            needed = "可选" if each.optional else "必有"
            yield table, columns.words[each.code].zh, each.code, needed, "；".join(each.choices)


def file_box(label: Text, *, hint: Text | None = None, required: bool = False) -> forms.FileField:
    """Return the form field for a CSV or XLSX file."""
    return forms.FileField(
        label=label,
        required=required,
        max_length=200,
        help_text=hint or "",
        error_messages={
            "required": Text("请选择文件。", "Choose a file."),
            "empty": Text("文件为空。", "The file is empty."),
        },
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx", "class": "form-control"}),
    )


def send_rows(
    request: DeskRequest,
    kind: str,
    rule: str,
    *,
    import_id: UUID,
    cells: Iterable[tuple[object, ...]],
    name: str,
    facts: Mapping[str, Any],
) -> HttpResponseBase:
    """Send rows of an import as CSV, and record the export.

    :param cells: the heading first.
    """
    decision_id = record_export(request, kind, rule, facts=facts, at=bank_now(), object_id=import_id)
    file, lines = write_file(csv_lines(cells))
    return send_file(file, f"{name}-{import_id}", "csv", rows=lines - 2, decision_id=decision_id)
