"""The PDF of an account's statement (对账单), with numbered pages."""

from collections.abc import Sequence
from io import BytesIO
from itertools import batched

from django.conf import settings
from reportlab.lib.enums import TA_CENTER
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.units import mm
from reportlab.platypus import LongTable, SimpleDocTemplate, Spacer, Table

from config.frames.desk.templatetags.desk import moment
from config.kernel.law.money import yuan_text
from config.kernel.law.text import text
from config.kernel.trail.paper import FAINT, INK, LINE, MARGIN, numbered_pages, paper_font, paragraph
from transfers.desk.statement import StatementLine

#: Of the columns; the amounts have room for a million yuan of millions.
_WIDTHS = tuple(each * mm for each in (34, 30, 28, 38, 40, 29, 29, 29))
_HEAD_WIDTHS = tuple(each * mm for each in (26, 102, 26, 103))


def statement_paper(head: Sequence[tuple[str, str]], lines: Sequence[StatementLine]) -> bytes:
    """Return the PDF of a statement.

    :param head: the lines below the title, in pairs: holder, account, period, balances.
    """
    out = BytesIO()
    title = text("账户对账单", "Account statement")
    made = SimpleDocTemplate(
        out, pagesize=landscape(A4), leftMargin=MARGIN, rightMargin=MARGIN, topMargin=16 * mm, bottomMargin=20 * mm,
        title=title, author="", creator="", invariant=1,
    )  # fmt: skip
    foot = f"{settings.BANK_NAME} {title}"
    body = _lines(lines) if lines else paragraph(text("本期没有交易。", "No entries in this period."), 9, before=8)
    made.build(
        [paragraph(foot, 15, alignment=TA_CENTER, after=8), _head(head), Spacer(0, 5 * mm), body],
        canvasmaker=numbered_pages(foot),
    )
    return out.getvalue()


def _head(head: Sequence[tuple[str, str]]) -> Table:
    """Return the lines below the title, two in a row."""
    cells = [(paragraph(name, 8.5, colour=FAINT), paragraph(words, 9)) for name, words in head]
    rows = [[cell for pair in two for cell in pair] for two in batched(cells, 2, strict=False)]
    if len(cells) % 2:
        rows[-1] += ["", ""]
    style = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 1),
    ]
    return Table(rows, colWidths=_HEAD_WIDTHS, hAlign="LEFT", style=style)


def _lines(lines: Sequence[StatementLine]) -> LongTable:
    heads = [
        text("入账时间", "Posted"), text("流水号", "Reference"), text("种类", "Kind"), text("对方户名", "Other party"),
        text("对方账号", "Other account"), text("支出（元）", "Debit (yuan)"), text("收入（元）", "Credit (yuan)"),
        text("余额（元）", "Balance (yuan)"),
    ]  # fmt: skip
    cells = [[*heads], *(_cells(line) for line in lines)]
    style = [
        ("FONT", (0, 0), (-1, -1), paper_font(), 8),
        ("TEXTCOLOR", (0, 0), (-1, 0), FAINT),
        ("TEXTCOLOR", (0, 1), (-1, -1), INK),
        ("ALIGN", (5, 0), (-1, -1), "RIGHT"),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ]
    return LongTable(cells, colWidths=_WIDTHS, repeatRows=1, hAlign="LEFT", style=style)


def _cells(line: StatementLine) -> list[object]:
    return [
        moment(line.at),
        line.reference,
        paragraph(line.kind, 8),
        paragraph(line.name, 8),
        paragraph(f"{line.account_number} {line.bank}".strip(), 8),
        line.debit,
        line.credit,
        yuan_text(line.balance_fen),
    ]
