"""Text in PDF files: the Chinese font, the characters that it cannot show, paragraphs, and pages with their number."""

from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_LEFT
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph

from config.kernel.law.text import text

#: TrueType fonts with Chinese and Latin letters, where Debian's packages fonts-wqy-zenhei and fonts-wqy-microhei keep
#: them. Both may be embedded.
PLACES = (
    Path("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc"),
    Path("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc"),
)
#: The font on a machine without any of them: PDF readers for Chinese have it, so it is not embedded.
_FONT = "STSong-Light"
_OWN = "Letter"
#: No reader's standard font has characters beyond this plane.
_PLANE = 0x10000
#: Shown instead of a character that the font lacks.
_UNSHOWN = "〓"
INK, FAINT, LINE = HexColor("#1f2933"), HexColor("#6b7684"), HexColor("#d5dae1")
MARGIN = 20 * mm


@cache
def paper_font() -> str:
    """Register the font and return its name: the bank's own or the machine's, embedded in parts, or a standard font."""
    if file := settings.LETTER_FONT or next((str(each) for each in PLACES if each.is_file()), ""):
        pdfmetrics.registerFont(TTFont(_OWN, file))
        return _OWN
    pdfmetrics.registerFont(UnicodeCIDFont(_FONT))
    return _FONT


def missing_characters(words: str) -> str:
    """Return the characters of a text that a PDF cannot show, such as rare ones of names (生僻字)."""
    font = pdfmetrics.getFont(paper_font())
    known = font.face.charToGlyph if isinstance(font, TTFont) else None
    return "".join(each for each in words if (ord(each) >= _PLANE if known is None else ord(each) not in known))


def escaped(words: str) -> str:
    """Return a text escaped for a paragraph of a PDF."""
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def shown(words: str) -> str:
    """Return a text with a mark in place of each character that the font lacks."""
    # The dot between words is narrow or missing in the fonts of many PDF viewers.
    words = words.replace(" · ", text("，", ", "))
    missing = missing_characters(words)
    return "".join(_UNSHOWN if each in missing else each for each in words)


def paragraph(
    words: str,
    size: float,
    *,
    before: float = 0,
    after: float = 0,
    alignment: int = TA_LEFT,
    keep: bool = False,
    colour: HexColor = INK,
) -> Paragraph:
    """Return a paragraph in the font of papers.

    :param keep: whether the next part begins on the same page.
    """
    style = ParagraphStyle(
        name="paper", fontName=paper_font(), fontSize=size, leading=size * 1.45, spaceBefore=before, spaceAfter=after,
        alignment=alignment, textColor=colour, wordWrap="CJK", keepWithNext=keep,
    )  # fmt: skip
    return Paragraph(escaped(shown(words)), style)


def numbered_pages(foot: str) -> type[Canvas]:
    """Return a canvas that writes a text and "page n of m" at the foot of each page."""

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
                self.setFillColor(FAINT)
                self.drawString(MARGIN, 12 * mm, foot)
                words = text(f"第 {number} 页，共 {count} 页", f"Page {number} of {count}")
                self.drawRightString(self._pagesize[0] - MARGIN, 12 * mm, words)
                super().showPage()
            super().save()

    return NumberedCanvas
