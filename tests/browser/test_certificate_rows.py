"""Rows of a certificate's form in a browser: added, removed, and kept when the form has errors."""

import pytest
from playwright.sync_api import expect

from blacklist.models import Certificate
from tests import factories


@pytest.fixture(autouse=True)
def canaries(watch):
    """The document numbers on the certificates must not occur in any address."""
    watch.secrets |= {each for person in (factories.ZHANG, factories.LI) for each in (person.name, person.number)}


def test_middle_row_is_removed_and_other_input_stays(screen_of, noon):
    officer = screen_of("compliance")
    officer.open("/desk/certificates/new")
    page = officer.page
    for label, typed in {
        "文书号": "公(反诈)认字〔2026〕001号",
        "认定机关": "广州市公安局",
        "行政区划代码": "440100",
        "认定日期": "2026-01-01",
    }.items():
        page.get_by_label(label).fill(typed)
    page.get_by_label("机关层级").select_option("prefecture")
    page.get_by_label("认定类别").select_option("SELL")
    page.get_by_label("认定依据").select_option("NOTICE_2016")
    rows = page.locator("#subjects [data-row]")
    for number in (2, 3):
        officer.press("添加对象")
        expect(rows).to_have_count(number)
    expect(rows.nth(2).get_by_label("对象类别")).to_be_focused()
    for place, person in ((0, factories.ZHANG), (2, factories.LI)):
        rows.nth(place).get_by_label("姓名或名称").fill(person.name)
        rows.nth(place).get_by_label("证件种类").select_option("resident_id")
        rows.nth(place).get_by_label("证件号码").fill(person.number[:-1])
    rows.nth(1).get_by_role("button", name="删除此行").click()
    expect(rows).to_have_count(2)
    officer.press("提交复核")

    expect(page.get_by_role("alert")).to_contain_text("请按下面标出的说明更正")
    expect(rows).to_have_count(2)
    for place, person in ((0, factories.ZHANG), (1, factories.LI)):
        number = rows.nth(place).get_by_label("证件号码")
        expect(number).to_have_attribute("aria-invalid", "true")
        expect(rows.nth(place).get_by_label("姓名或名称")).to_have_value(person.name)
        number.fill(person.number)
    officer.press("添加对象")
    expect(rows).to_have_count(3)
    officer.press("提交复核")
    officer.reads("待另一名合规人员复核")
    assert Certificate.objects.get().subjects.count() == 2


def test_sentence_is_asked_only_for_the_punished_under_a_basis_whose_terms_prevail(screen_of, noon):
    officer = screen_of("compliance")
    officer.open("/desk/certificates/new")
    page = officer.page
    kind, served = page.get_by_label("刑罚种类"), page.get_by_label("刑罚执行完毕日")
    for category, basis, asked in (
        ("SELL", "JDM_2024", False),
        ("CRIMINAL_PUNISHED", "NOTICE_2016", False),
        ("CRIMINAL_PUNISHED", "PBOC_85", False),
        ("CRIMINAL_PUNISHED", "JDM_2024", True),
    ):
        page.get_by_label("认定类别").select_option(category)
        page.get_by_label("认定依据").select_option(basis)
        for box in (kind, served):
            expect(box).to_be_visible() if asked else expect(box).to_be_hidden()
    page.get_by_label("认定日期").fill("2026-01-01")
    page.get_by_label("裁判生效日").fill("2025-03-01")
    kind.select_option("custodial")
    officer.reads("直至刑罚执行完毕满三年")
    # What was entered stays visible after a change of mind.
    page.get_by_label("认定类别").select_option("SELL")
    expect(kind).to_be_visible()
    expect(served).to_be_hidden()
