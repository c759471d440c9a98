"""What pages of imports do alike: a box for a file, and the file of the rows that were refused."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponseBase

from config.frames.desk.files import leaves, sent, written
from config.frames.desk.requests import DeskRequest
from config.kernel.law.text import Text
from config.kernel.trail.sheets import csv_lines


def file_box(label: Text, *, hint: Text | None = None, required: bool = False) -> forms.FileField:
    """Return the box for a CSV or XLSX file."""
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
    """Send rows of an import as CSV; that they were taken out is kept.

    :param cells: the head first.
    """
    decision_id = leaves(request, kind, rule, object_id=import_id, facts=facts)
    file, lines = written(csv_lines(cells))
    return sent(file, f"{name}-{import_id}", "csv", rows=lines - 2, decision_id=decision_id)
