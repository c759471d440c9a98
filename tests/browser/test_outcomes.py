"""A teller with the customer at the counter waits for a supervisor, in the inbox or at the teller's own screen."""

import pytest
from playwright.sync_api import expect

from config.frames.desk.demo_users import PASSWORD, code_of
from config.kernel.models import Principal
from tests import cash, factories
from tests.browser import axe
from tests.people import caller_for


@pytest.fixture
def account(noon, zhang):
    return factories.account(zhang, "I", balance_fen=100_000_000)


@pytest.mark.parametrize("page_of", ["slip", "account", "home"])
def test_approval_appears_on_the_page_of_the_waiting_teller(screen_of, account, page_of):
    teller = screen_of("teller")
    maker = caller_for(Principal.objects.get(name="teller"))
    cash.box(teller=maker)
    row, approval = cash.large(account, "deposit", 90_000_000, maker)
    words = "今日已通过" if page_of == "home" else "已通过，请收款"
    teller.open({"slip": f"/desk/cash/{row.id}", "account": f"/desk/accounts/{account.id}", "home": "/desk/"}[page_of])
    teller.settle()
    expect(teller.page.locator("body")).not_to_contain_text(words)
    cash.approve(approval)
    expect(teller.page.locator("body")).to_contain_text(words, timeout=20_000)
    if page_of == "slip":
        expect(teller.page.get_by_role("button", name="打印回单")).to_be_visible()
        expect(teller.page.locator("[data-live]")).to_have_count(0)


def test_supervisor_authorizes_at_the_desk_of_the_teller_with_keys_alone(screen_of, account):
    teller = screen_of("teller")
    page = teller.page
    maker = caller_for(Principal.objects.get(name="teller"))
    cash.box(teller=maker)
    row, approval = cash.large(account, "deposit", 90_000_000, maker)
    teller.open(f"/desk/cash/{row.id}")
    teller.settle()
    expect(page.get_by_role("link", name="现场授权")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#id_username")).to_be_focused()
    page.keyboard.type("supervisor")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Tab")
    page.keyboard.type(code_of("supervisor"))
    for key in ("Enter", "Control+Enter", "F8"):
        page.keyboard.press(key)
        expect(page.locator("#id_code")).to_be_focused()
    assert axe.faults(page) == []
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    teller.reads("已通过，请收款")
    assert teller.path == f"/desk/cash/{row.id}"
    expect(page.get_by_role("button", name="打印回单")).to_be_focused()
    teller.reads("teller · 柜员")
    approval.refresh_from_db()
    assert approval.decided_by.name == "supervisor"
