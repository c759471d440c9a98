"""Enter alone never submits a decision: the checker chooses, types a code and presses the named button."""

import pytest
from playwright.sync_api import expect

from accounts.models import Freeze
from blacklist.models import Certificate
from config.kernel.models import Approval
from tests import factories
from tests.back_office import address, machine_proposed
from tests.browser import axe
from tests.browser.town import Town
from tests.browser.words import Words


@pytest.fixture
def proposal(call, noon) -> Approval:
    Town(call, Words()).certificate()
    return Approval.objects.get(status="pending")


def test_the_decision_stays_beside_the_evidence(screen_of, call, proposal):
    papers = Town(call, Words())
    for number in range(24):
        papers.certificate(doc_no=f"认定字第{number}号")
    checker = screen_of("compliance_2")
    page = checker.page
    page.set_viewport_size({"width": 1440, "height": 900})
    checker.open("/desk/inbox")
    heights = page.evaluate(
        "[...document.querySelectorAll('tbody tr')].map((row) => row.getBoundingClientRect().height)"
    )
    assert (len(heights), min(heights) >= 35, max(heights) <= 44) == (25, True, True), heights
    checker.open(f"/desk/inbox/{proposal.id}")
    send = page.get_by_role("button", name="提交复核决定")
    expect(send).to_be_in_viewport(ratio=1)
    page.keyboard.press("End")
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    expect(send).to_be_in_viewport(ratio=1)


def untouched(proposal: Approval) -> bool:
    proposal.refresh_from_db()
    return proposal.status == "pending" and Certificate.objects.get().status == "pending"


@pytest.mark.parametrize("key", ["Enter", "Control+Enter", "F8"])
def test_enter_decides_nothing_at_the_desk(screen_of, proposal, key):
    checker = screen_of("compliance_2")
    page = checker.page
    checker.open(f"/desk/inbox/{proposal.id}")
    remark, code = page.get_by_label("意见"), page.get_by_label("动态口令")
    for chosen in (None, "通过", "不通过"):
        if chosen:
            page.get_by_role("radio", name=chosen, exact=True).check()
        remark.fill("不同意")
        remark.press(key)
        shown = checker.next_code()
        code.fill(shown)
        code.press(key)
        # Nothing was sent: what was typed is still there.
        expect(code).to_have_value(shown)
        expect(page.get_by_role("alert")).to_have_count(0)
        assert untouched(proposal)


def test_the_button_without_a_choice_decides_nothing_and_loses_nothing(screen_of, proposal):
    checker = screen_of("compliance_2")
    page = checker.page
    checker.open(f"/desk/inbox/{proposal.id}")
    page.get_by_label("意见").fill("文书号与原件不符")
    page.get_by_label("动态口令").fill(checker.next_code())
    checker.press("提交复核决定")
    expect(page.get_by_role("alert")).to_contain_text("请先选择通过、不通过或退回补正")
    assert untouched(proposal)
    assert axe.faults(page) == []
    code = page.get_by_label("动态口令")
    expect(code).to_be_focused()
    expect(code).to_have_value("")
    expect(page.get_by_label("意见")).to_have_value("文书号与原件不符")

    # On with the keyboard alone: the choice, the code that was not used up, the button that says what it does.
    page.get_by_role("radio", name="通过", exact=True).focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name="不通过")).to_be_checked()
    code.fill(checker.next_code())
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="确认不通过")).to_be_focused()
    page.keyboard.press("Enter")
    checker.reads("未通过，记录保留。", "文书号与原件不符")
    proposal.refresh_from_db()
    assert (proposal.status, proposal.remark) == ("rejected", "文书号与原件不符")
    assert Certificate.objects.get().status == "rejected"


def test_keys_choose_in_the_box_of_the_code_and_send_nothing(screen_of, proposal):
    checker = screen_of("compliance_2")
    page = checker.page
    checker.open(f"/desk/inbox/{proposal.id}")
    code = page.get_by_label("动态口令")
    expect(code).to_be_focused()
    for key, chosen in (("a", "通过"), ("r", "不通过"), ("t", "退回补正")):
        page.keyboard.press(key)
        expect(page.get_by_role("radio", name=chosen, exact=True)).to_be_checked()
        expect(code).to_have_value("")
    assert untouched(proposal)
    # In the box of the remark they are letters.
    remark = page.get_by_label("意见")
    remark.press_sequentially("art")
    expect(remark).to_have_value("art")
    expect(page.get_by_role("radio", name="退回补正", exact=True)).to_be_checked()
    code.fill(checker.next_code())
    checker.press("确认退回补正")
    checker.reads("已退回补正，未生效。", "art")
    proposal.refresh_from_db()
    assert proposal.status == "returned"


def test_enter_in_a_field_freezes_nothing(screen_of, noon):
    account = factories.account(factories.customer(), "I")
    officer = screen_of("compliance")
    page = officer.page
    officer.open(f"/desk/accounts/{account.id}/freezes/new")
    page.get_by_label("冻结机关").fill("某区人民法院")
    order = page.get_by_label("协助冻结通知书文号")
    order.fill("(2026)冻1号")
    order.press("Enter")
    expect(order).to_have_value("(2026)冻1号")
    assert not Freeze.objects.exists()
    page.get_by_label("冻结至").fill("2026-06-30")
    officer.press("确认冻结")
    officer.reads("已冻结，即时生效。", "至2026年6月30日（含）止")

    # Two keys at once are meant.
    officer.open(f"/desk/accounts/{account.id}/freezes/new")
    page.get_by_label("冻结机关").fill("某区人民法院")
    order.fill("(2026)冻2号")
    order.press("Control+Enter")
    officer.reads("已冻结，即时生效。", "(2026)冻2号")


@pytest.mark.parametrize("act", ["approve", "reject"])
def test_enter_decides_nothing_in_the_back_office(screen_of, noon, act):
    asked, checker = machine_proposed(), screen_of("admin")
    page = checker.page
    checker.open(address(asked, act))
    remark, code = page.get_by_role("textbox").first, page.get_by_label("动态口令")
    for key in ("Enter", "Control+Enter", "F8"):
        remark.fill("不同意")
        remark.press(key)
        shown = checker.next_code()
        code.fill(shown)
        code.press(key)
        expect(code).to_have_value(shown)
        asked.refresh_from_db()
        assert asked.status == "pending"
    page.get_by_role("button", name="通过" if act == "approve" else "不通过", exact=True).press("Enter")
    expect(page.locator("body")).to_contain_text("已通过" if act == "approve" else "未通过")
    asked.refresh_from_db()
    assert asked.status == ("approved" if act == "approve" else "rejected")


def test_wrong_field_gets_the_focus_in_each_form_of_a_page(screen_of, proposal):
    checker = screen_of("compliance_2")
    checker.open(f"/desk/inbox/{proposal.id}")
    checker.press("上传")
    scan = checker.page.get_by_label("扫描件")
    expect(checker.page.get_by_text("请选择扫描件。")).to_be_visible()
    expect(scan).to_be_focused()
