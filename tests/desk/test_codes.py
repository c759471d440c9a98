"""The transaction codes of `docs/desk.md` are those that the desk accepts."""

import re
from pathlib import Path

# The codes of acts are registered with the addresses.
import config.urls  # noqa: F401
from config.frames.desk.codes import CodeFound, named, registered_acts
from config.frames.desk.navigation import SECTIONS

DOCUMENT = Path(__file__).parents[2] / "docs" / "desk.md"


def every():
    pages = [*(page for each in SECTIONS for page in each.pages), *registered_acts()]
    return sorted(pages, key=lambda page: page.code)


def test_the_document_has_each_code_with_its_initials_and_words():
    section = DOCUMENT.read_text().split("## Transaction codes\n")[1].split("\n## ")[0]
    pages = sorted(re.findall(r"^\| (\d{4}) \| (\w+) \| ([^|]+) · ([^|]+) \|$", section, re.MULTILINE))
    menu = [page for each in SECTIONS for page in each.pages]
    assert pages == sorted((page.code, page.initials, page.title.zh, page.title.en) for page in menu)
    acts = re.findall(r"^\| (\d{4}) \| (\w+) \| ([^|]+) · ([^|]+) \| ([^|]*?) ?\|$", section, re.MULTILINE)
    assert acts == [(act.code, act.initials, act.title.zh, act.title.en, act.words) for act in registered_acts()]


def test_no_two_pages_have_one_code_or_the_same_initials():
    pages = every()
    assert len({page.code for page in pages}) == len({page.initials for page in pages}) == len(pages)
    assert len({page.title.zh for page in pages}) == len({page.title.en.lower() for page in pages}) == len(pages)


def found(typed, *, denied=()):
    codes = [CodeFound(page, f"/{page.code}", page.code not in denied) for page in every()]
    return [(each.page.code, each.allowed) for each in named(codes, typed)]


def test_words_initials_and_codes_name_the_acts_of_a_counter():
    for typed, code in (
        ("存款", "2101"), ("CK", "2101"), ("取款", "2102"), ("qk", "2102"), ("抹账", "2109"), ("挂失", "1102"), ("gs", "1102"),
        ("发卡", "1101"), ("销户", "1109"), ("xh", "1109"), ("补卡", "1104"), ("激活", "1105"), ("2101 现金存入", "2101"),
        ("账户明", "1112"), ("close", "1109"),
    ):  # fmt: skip
        assert found(typed) == [(code, True)], typed
    assert [code for code, _ in found("现金")] == [code for code, _ in found("xj")] == ["2101", "2102", "2109", "9001"]
    assert found("贷款") == found("") == found("  ") == []


def test_what_only_other_roles_may_do_is_named_if_there_is_nothing_else():
    assert found("现金", denied={"9001", "2109"}) == [("2101", True), ("2102", True)]
    assert found("挂失", denied={"1102"}) == [("1102", False)]


def test_codes_of_a_section_are_in_order():
    for section in SECTIONS:
        codes = [page.code for page in section.pages]
        assert codes == sorted(codes), section.title.zh
