"""The return of a clean-up campaign as a PDF (报表)."""

from collections.abc import Sequence
from datetime import date, datetime
from io import BytesIO

from reportlab.graphics.shapes import Drawing, Line, PolyLine, String
from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_LEFT, TA_RIGHT
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table

from accounts.cleanup.queries.progress import Cell, Progress, ReturnTable
from config.kernel.law.dates import SHANGHAI
from config.kernel.law.money import yuan_text
from config.kernel.law.text import text
from config.kernel.trail.paper import paper_font
from config.kernel.trail.sheets import Yuan

_WIDTH, _HEIGHT = 240 * mm, 55 * mm
_INK, _FAINT, _BAND = HexColor("#1f2933"), HexColor("#c3cad3"), HexColor("#eef1f5")


def paper(title: str, tables: Sequence[ReturnTable], progress: Progress) -> bytes:
    """Return the PDF of the tables of a return, and of the line of what remained from week to week."""
    out = BytesIO()
    made = SimpleDocTemplate(
        out, pagesize=landscape(A4), leftMargin=20 * mm, rightMargin=20 * mm, topMargin=16 * mm, bottomMargin=16 * mm,
        title=title, author="", creator="", invariant=1,
    )  # fmt: skip
    parts = [Paragraph(_escaped(title), _style(15, after=8))]
    for number, each in enumerate(tables):
        parts += [Paragraph(_escaped(each.name), _style(11, after=4)), _table(each), Spacer(0, 8 * mm)]
        if not number:
            parts += [_burn_down(progress), Spacer(0, 8 * mm)]
    made.build(parts, onFirstPage=_foot, onLaterPages=_foot)
    return out.getvalue()


def _style(size: float, *, after: float = 0, right: bool = False) -> ParagraphStyle:
    return ParagraphStyle(
        name=f"s{size}{right}",
        fontName=paper_font(),
        fontSize=size,
        leading=size * 1.5,
        spaceAfter=after,
        alignment=TA_RIGHT if right else TA_LEFT,
        textColor=_INK,
        wordWrap="CJK",
    )


def _table(each: ReturnTable) -> Table:
    body, small = _style(9), _style(8)
    heads = [small, *[_style(8, right=len(each.head) > 2)] * (len(each.head) - 1)]
    table_rows = [[Paragraph(_escaped(name), style) for name, style in zip(each.head, heads, strict=True)]]
    table_rows += [
        [Paragraph(_escaped(_cell_text(cell)), body) if isinstance(cell, str) else _cell_text(cell) for cell in line]
        for line in each.lines
    ]
    first = 70 * mm if len(each.head) == 2 else 48 * mm
    rest = (257 * mm - first) / max(len(each.head) - 1, 1)
    return Table(
        table_rows,
        colWidths=[first, *[min(rest, 90 * mm)] * (len(each.head) - 1)],
        repeatRows=1,
        hAlign="LEFT",
        style=[
            ("FONT", (0, 0), (-1, -1), paper_font(), 9),
            ("BACKGROUND", (0, 0), (-1, 0), _BAND),
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, _FAINT),
            ("ALIGN", (1, 1), (-1, -1), "RIGHT" if len(each.head) > 2 else "LEFT"),
            ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
            ("TEXTCOLOR", (0, 0), (-1, -1), _INK),
        ],
    )


def _burn_down(progress: Progress) -> Drawing:
    """Draw what remained at the end of each week."""
    drawing = Drawing(_WIDTH, _HEIGHT)
    excess, weeks = max(progress.total.excess.count, 1), progress.weeks
    left, low, width, height = 14 * mm, 8 * mm, _WIDTH - 18 * mm, _HEIGHT - 16 * mm
    drawing.add(Line(left, low, left + width, low, strokeColor=_FAINT))
    drawing.add(Line(left, low, left, low + height, strokeColor=_FAINT))
    values = [progress.total.excess.count, *(each.remaining for each in weeks)]
    step = width / max(len(values) - 1, 1)
    points = [xy for number, value in enumerate(values) for xy in (left + number * step, low + height * value / excess)]
    drawing.add(PolyLine(points, strokeColor=_INK, strokeWidth=1.2))
    labels = [
        (left - 2 * mm, low + height - 3, str(progress.total.excess.count), "end"),
        (left - 2 * mm, low - 3, "0", "end"),
        (left, 1 * mm, weeks[0].monday.isoformat() if weeks else "", "start"),
        (left + width, 1 * mm, shown(progress.at), "end"),
        (left, low + height + 3 * mm, text("未清理数（按周）", "Remaining, by week"), "start"),
    ]
    for x, y, words, anchor in labels:
        drawing.add(String(x, y, words, fontName=paper_font(), fontSize=8, fillColor=_INK, textAnchor=anchor))
    return drawing


def shown(value: datetime) -> str:
    """Return an instant in the bank's format."""
    return f"{value.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def _cell_text(cell: Cell) -> str:
    match cell:
        case Yuan():
            return yuan_text(cell.fen)
        case int():
            return f"{cell:,}"
        case datetime():
            return shown(cell)
        case date():
            return cell.isoformat()
        case _:
            return str(cell)


def _escaped(words: str) -> str:
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _foot(canvas: object, _document: object) -> None:
    canvas.setFont(paper_font(), 8)  # type: ignore[attr-defined]
    canvas.drawRightString(277 * mm, 8 * mm, str(canvas.getPageNumber()))  # type: ignore[attr-defined]
