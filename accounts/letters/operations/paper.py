"""A letter as a PDF: the same content and print number give the same bytes; its Chinese text can be selected."""

from io import BytesIO

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_CENTER, TA_LEFT, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import HRFlowable, Paragraph, SimpleDocTemplate, Spacer

from accounts.letters.queries.issued_letters import PaperPart, paper_of
from accounts.letters.queries.words import LetterContent
from config.kernel.trail.paper import escaped, paper_font

_INK, _FAINT = HexColor("#1f2933"), HexColor("#8a94a3")


def letter_paper(content: LetterContent, *, code: str, nth: int) -> bytes:
    """Return the PDF of a letter: Chinese first, then English.

    :param code: the code by which the paper is checked.
    :param nth: the number of the print; each after the first is marked as a reprint.
    """
    out = BytesIO()
    paper = paper_of(content, code=code, nth=nth)
    made = SimpleDocTemplate(
        out, pagesize=A4, leftMargin=24 * mm, rightMargin=24 * mm, topMargin=20 * mm, bottomMargin=22 * mm,
        title=f"{content.title.zh} {content.number}", author="", creator="", invariant=1,
    )  # fmt: skip
    first, second = paper.parts

    def foot(canvas: object, _document: object) -> None:
        canvas.setFont(paper_font(), 8)  # type: ignore[attr-defined]
        canvas.setFillColor(_FAINT)  # type: ignore[attr-defined]
        canvas.drawString(24 * mm, 12 * mm, paper.foot)  # type: ignore[attr-defined]
        canvas.drawRightString(186 * mm, 12 * mm, str(canvas.getPageNumber()))  # type: ignore[attr-defined]

    parts = [*_part(first), HRFlowable(width="100%", color=_FAINT, spaceBefore=14, spaceAfter=14), *_part(second)]
    made.build(parts, onFirstPage=foot, onLaterPages=foot)
    return out.getvalue()


def _part(part: PaperPart) -> list[Paragraph | Spacer]:
    cjk = part.language == "zh"
    found: list[Paragraph | Spacer] = [
        Paragraph(escaped(part.title), _style("title", 15, cjk=cjk, after=2, alignment=TA_CENTER)),
        Paragraph(escaped(part.number), _style("number", 9.5, cjk=cjk, after=8, alignment=TA_CENTER)),
        Paragraph(escaped(part.greeting), _style("line", 10.5, cjk=cjk, after=4)),
    ]
    for head, lines in part.sections:
        found.append(Paragraph(escaped(head), _style("head", 11, cjk=cjk, before=6, after=2)))
        found += [Paragraph(escaped(line), _style("text", 10.5, cjk=cjk, after=3)) for line in lines]
    found.append(Spacer(0, 5 * mm))
    found += [Paragraph(escaped(each), _style("sign", 10.5, cjk=cjk, alignment=TA_RIGHT)) for each in part.signature]
    return found


def _style(
    name: str, size: float, *, cjk: bool, before: float = 0, after: float = 0, alignment: int = TA_LEFT
) -> ParagraphStyle:
    return ParagraphStyle(
        name=f"{name}{cjk}",
        fontName=paper_font(),
        fontSize=size,
        leading=size * 1.5,
        spaceBefore=before,
        spaceAfter=after,
        alignment=alignment,
        textColor=_INK,
        wordWrap="CJK" if cjk else None,
        keepWithNext=name in ("title", "number", "head"),
    )
