"""The Chinese font of PDF files: embedded in parts, and what it cannot show."""

from io import BytesIO

import pytest
from reportlab.pdfgen.canvas import Canvas

from config.kernel.trail import paper

NAME = "张㛃：惩戒期限〔2026〕1号，Ⅰ类户"


@pytest.fixture(autouse=True)
def _read_again():
    paper.paper_font.cache_clear()
    yield
    paper.paper_font.cache_clear()


def page(words: str) -> bytes:
    out = BytesIO()
    canvas = Canvas(out, invariant=1)
    canvas.setFont(paper.paper_font(), 10)
    canvas.drawString(50, 50, words)
    canvas.save()
    return out.getvalue()


def test_used_characters_of_the_machines_font_are_embedded():
    file = page(NAME)
    assert b"/FontFile2" in file
    # A font of 16 megabytes.
    assert len(file) < 100_000
    assert file == page(NAME)


def test_rare_character_is_shown_or_reported_missing():
    assert paper.missing_characters(NAME) == ""
    assert paper.missing_characters("𠮷野") == "𠮷"


def test_without_any_font_file_the_readers_font_is_used(monkeypatch):
    monkeypatch.setattr(paper, "PLACES", ())
    file = page(NAME)
    assert (b"STSong-Light" in file, b"/FontFile2" in file) == (True, False)
    assert paper.missing_characters("𠮷野") == "𠮷"


def test_font_of_the_bank_prevails(monkeypatch, settings):
    settings.LETTER_FONT = str(paper.PLACES[0])
    monkeypatch.setattr(paper, "PLACES", ())
    assert b"/FontFile2" in page(NAME)
