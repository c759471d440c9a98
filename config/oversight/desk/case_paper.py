"""The PDF of a case, with page numbers and its receipt's number at the foot of each page."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_CENTER, TA_LEFT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, SimpleDocTemplate, Table, TableStyle

from config.kernel.law.text import text
from config.kernel.trail.paper import escaped, missing_characters, paper_font
from config.oversight.desk.case import CasePart

_INK, _FAINT, _LINE = HexColor("#1f2933"), HexColor("#6b7684"), HexColor("#d5dae1")
#: Shown instead of a character that the font lacks.
_UNSHOWN = "〓"
_MARGIN = 20 * mm
_NAME, _TEXT = 40 * mm, 125 * mm


def case_paper(parts: Sequence[CasePart], *, title: str, head: Sequence[tuple[str, str]], foot: str) -> bytes:
    """Return the PDF of a case.

    :param head: the lines below the title: who exported it, when, under which number.
    :param foot: of each page, before its number.
    """
    out = BytesIO()
    made = SimpleDocTemplate(
        out, pagesize=A4, leftMargin=_MARGIN, rightMargin=_MARGIN, topMargin=18 * mm, bottomMargin=22 * mm,
        title=title, author="", creator="", invariant=1,
    )  # fmt: skip
    flow: list[Any] = [_paragraph(title, 15, alignment=TA_CENTER, after=8), _table(head)]
    for part in parts:
        flow.append(_paragraph(part.title, 11.5, before=10, after=3, keep=True))
        flow.append(_table(part.lines) if part.lines else _paragraph(text("无", "None"), 9))

    class NumberedCanvas(Canvas):
        """Canvas that knows the number of pages before it writes the first foot."""

        def __init__(self, *args: Any, **more: Any) -> None:
            super().__init__(*args, **more)
            self.sheets: list[dict[str, Any]] = []

        def showPage(self) -> None:  # noqa: N802 - the library's name
            """Store a page until all pages exist."""
            self.sheets.append(dict(self.__dict__))
            self._startPage()

        def save(self) -> None:
            """Write all pages with their feet."""
            count = len(self.sheets)
            for number, sheet in enumerate(self.sheets, start=1):
                self.__dict__.update(sheet)
                self.setFont(paper_font(), 8)
                self.setFillColor(_FAINT)
                self.drawString(_MARGIN, 12 * mm, foot)
                self.drawRightString(
                    A4[0] - _MARGIN, 12 * mm, text(f"第 {number} 页，共 {count} 页", f"Page {number} of {count}")
                )
                super().showPage()
            super().save()

    made.build(flow, canvasmaker=NumberedCanvas)
    return out.getvalue()


def _table(lines: Sequence[tuple[str, str]]) -> Table:
    rows = [[_paragraph(name, 8.5, colour=_FAINT), _paragraph(words, 9)] for name, words in lines]
    table = Table(rows, colWidths=(_NAME, _TEXT), splitInRow=1, hAlign="LEFT")
    table.setStyle(
        TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LINEBELOW", (0, 0), (-1, -1), 0.4, _LINE),
                ("TOPPADDING", (0, 0), (-1, -1), 2),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ]
        )
    )
    return table


def _paragraph(
    words: str,
    size: float,
    *,
    before: float = 0,
    after: float = 0,
    alignment: int = TA_LEFT,
    keep: bool = False,
    colour: HexColor = _INK,
) -> Paragraph:
    # The dot between words is narrow or missing in the fonts of many PDF viewers.
    words = words.replace(" · ", text("，", ", "))
    missing = missing_characters(words)
    shown = "".join(_UNSHOWN if each in missing else each for each in words)
    style = ParagraphStyle(
        name="case", fontName=paper_font(), fontSize=size, leading=size * 1.45, spaceBefore=before, spaceAfter=after,
        alignment=alignment, textColor=colour, wordWrap="CJK", keepWithNext=keep,
    )  # fmt: skip
    return Paragraph(escaped(shown), style)
