"""What pages of imports do alike: a box for a file, and the file of the rows that were refused."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import chain
from typing import IO, Any
from uuid import UUID

from django import forms
from django.http import FileResponse, HttpResponseBase

from config.frames.desk.files import leaves, sent, written
from config.frames.desk.requests import DeskRequest
from config.kernel.law.text import Text
from config.kernel.trail.sheets import Sheet, csv_lines, typed_workbook


@dataclass(frozen=True, slots=True)
class Blank:
    """A table to be filled in.

    :ivar choices: the words that a column may hold.
    """

    name: str
    columns: Sequence[str]
    optional: Sequence[str]
    words: Mapping[str, Text]
    choices: Mapping[str, Iterable[str]]

    @property
    def head(self) -> list[str]:
        """Return its headings in Chinese."""
        return [self.words[name].zh for name in (*self.columns, *self.optional)]

    def explained(self) -> Iterator[tuple[str, ...]]:
        """Yield for each column its heading, its code, whether it must be there, and the words that it may hold."""
        for name in (*self.columns, *self.optional):
            needed = "必有" if name in self.columns else "可选"
            yield self.name, self.words[name].zh, name, needed, "、".join(self.choices.get(name, ()))


def send_template(tables: Sequence[Blank], name: str, *, as_csv: bool = False) -> FileResponse:
    """Send empty tables with their headings in Chinese; a workbook explains them on a sheet of its own."""
    if as_csv:
        file: IO[bytes] = BytesIO(b"".join(csv_lines([tables[0].head])))
    else:
        explained = [("表", "列", "代码", "必有或可选", "可填内容"), *chain.from_iterable(map(Blank.explained, tables))]
        sheets = [Sheet(each.name, [each.head], headed=True) for each in tables]
        file = typed_workbook([*sheets, Sheet("填写说明", explained, widths=(16, 24, 24, 12, 80), headed=True)])
    return FileResponse(file, as_attachment=True, filename=f"{name}.{'csv' if as_csv else 'xlsx'}")


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
