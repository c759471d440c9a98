"""Text in PDF files: the Chinese font, and the characters that it cannot show."""

from functools import cache
from pathlib import Path

from django.conf import settings
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont

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
