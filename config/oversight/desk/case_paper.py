"""The PDF of a case, with page numbers and its receipt's number at the foot of each page."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

from reportlab.lib.enums import TA_CENTER
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.platypus import SimpleDocTemplate, Table, TableStyle

from config.kernel.law.text import text
from config.kernel.trail.paper import FAINT, LINE, MARGIN, numbered_pages, paragraph
from config.oversight.desk.case import CasePart

_NAME, _TEXT = 40 * mm, 125 * mm


def case_paper(parts: Sequence[CasePart], *, title: str, head: Sequence[tuple[str, str]], foot: str) -> bytes:
    """Return the PDF of a case.

    :param head: the lines below the title: who exported it, when, under which number.
    :param foot: of each page, before its number.
    """
    out = BytesIO()
    made = SimpleDocTemplate(
        out, pagesize=A4, leftMargin=MARGIN, rightMargin=MARGIN, topMargin=18 * mm, bottomMargin=22 * mm,
        title=title, author="", creator="", invariant=1,
    )  # fmt: skip
    flow: list[Any] = [paragraph(title, 15, alignment=TA_CENTER, after=8), _table(head)]
    for part in parts:
        flow.append(paragraph(part.title, 11.5, before=10, after=3, keep=True))
        flow.append(_table(part.lines) if part.lines else paragraph(text("无", "None"), 9))
    made.build(flow, canvasmaker=numbered_pages(foot))
    return out.getvalue()


def _table(lines: Sequence[tuple[str, str]]) -> Table:
    rows = [[paragraph(name, 8.5, colour=FAINT), paragraph(words, 9)] for name, words in lines]
    table = Table(rows, colWidths=(_NAME, _TEXT), splitInRow=1, hAlign="LEFT")
    table.setStyle(
        TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE),
                ("TOPPADDING", (0, 0), (-1, -1), 2),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ]
        )
    )
    return table
