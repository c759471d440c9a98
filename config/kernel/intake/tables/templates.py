"""Empty tables with Chinese headings (导入模板), which the desk and the API offer for download."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from io import BytesIO
from typing import IO

from config.kernel.intake.tables.columns import Columns
from config.kernel.trail.sheets import Sheet, csv_lines, typed_workbook


class TemplateForm(StrEnum):
    """Form of a template's file."""

    CSV = "csv"
    XLSX = "xlsx"


def template(tables: Mapping[str, Columns], form: TemplateForm) -> IO[bytes]:
    """Write empty tables with Chinese headings; a workbook explains them on a further sheet.

    :param tables: the columns of each table by name; a CSV file has only the first.
    """
    heads = {table: [columns.words[each.code].zh for each in columns] for table, columns in tables.items()}
    if form is TemplateForm.CSV:
        return BytesIO(b"".join(csv_lines([*heads.values()][:1])))
    explained = [("表", "列", "代码", "必有或可选", "可填内容"), *_explained(tables)]
    sheets = [Sheet(table, [head], headed=True) for table, head in heads.items()]
    return typed_workbook([*sheets, Sheet("填写说明", explained, widths=(16, 24, 24, 12, 80), headed=True)])


def _explained(tables: Mapping[str, Columns]) -> Iterator[tuple[str, ...]]:
    """Yield for each column its table, heading and code, whether it is required, and its allowed words."""
    for table, columns in tables.items():
        for each in columns:
            needed = "可选" if each.optional else "必有"
            yield table, columns.words[each.code].zh, each.code, needed, "；".join(each.choices)
