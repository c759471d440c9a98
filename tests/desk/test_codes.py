"""The transaction codes of `docs/desk.md` are those that the desk accepts."""

import re
from pathlib import Path

from config.frames.desk.navigation import SECTIONS

DOCUMENT = Path(__file__).parents[2] / "docs" / "desk.md"


def test_the_document_has_each_code_with_its_initials_and_words():
    section = DOCUMENT.read_text().split("## Transaction codes\n")[1].split("\n## ")[0]
    documented = sorted(re.findall(r"^\| (\d{4}) \| (\w+) \| (.+) · (.+) \|$", section, re.MULTILINE))
    pages = [page for each in SECTIONS for page in each.pages]
    assert documented == sorted((page.code, page.initials, page.title.zh, page.title.en) for page in pages)


def test_no_two_pages_have_one_code_or_the_same_initials():
    pages = [page for each in SECTIONS for page in each.pages]
    assert len({page.code for page in pages}) == len({page.initials for page in pages}) == len(pages)


def test_codes_of_a_section_are_in_order():
    for section in SECTIONS:
        codes = [page.code for page in section.pages]
        assert codes == sorted(codes), section.title.zh
