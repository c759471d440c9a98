"""Common parts of import pages: field for a file, templates, export of refused rows."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.http import FileResponse, HttpResponseBase

from config.frames.desk.files import record_export, send_file, write_file
from config.frames.desk.requests import DeskRequest
from config.kernel.database.clock import bank_now
from config.kernel.intake.tables.columns import Columns
from config.kernel.intake.tables.templates import TemplateForm, template
from config.kernel.law.text import Text
from config.kernel.trail.sheets import csv_lines


def send_template(tables: Mapping[str, Columns], name: str, *, form: TemplateForm = TemplateForm.XLSX) -> FileResponse:
    """Send empty tables with Chinese headings as a file."""
    return FileResponse(template(tables, form), as_attachment=True, filename=f"{name}.{form}")


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
