"""Two customers merged in a browser, from the page of one to the page of the surviving one."""

import pytest
from playwright.sync_api import expect

from accounts.models import Account, Card, Customer
from config.kernel.database.sql import rows
from config.kernel.models import Approval
from tests import factories
from tests.factories import Person
from transfers.operations.release import release_due
from transfers.vocabulary import ReleasedBy

PERMIT = Person("张三", "H12345678", "hk_macau_permit")
NARROW = {"width": 390, "height": 844}


@pytest.fixture(autouse=True)
def canaries(watch):
    """Document numbers must not occur in any address."""
    watch.secrets |= {factories.ZHANG.number, PERMIT.number, PERMIT.name}


def fen() -> list[dict]:
    return rows(
        "SELECT sum(balance_fen) AS balance, sum(held_fen) AS held, count(*) AS accounts,"
        " (SELECT count(*) FROM accounts_entry) AS entries, (SELECT sum(amount_fen) FROM accounts_entry) AS posted,"
        " (SELECT count(*) FROM transfers_transfer WHERE status = 'held') AS waiting FROM accounts_account"
    )


def fits(page) -> bool:
    """Return whether nothing on the page is wider than the page."""
    return page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_two_customers_with_accounts_cards_a_freeze_and_held_transfers_are_merged(screen_of, call, noon):
    zhang, other = factories.customer(factories.ZHANG), factories.customer(PERMIT)
    kept, came = (factories.account(each, "I", balance_fen=1_000_00) for each in (zhang, other))
    cards = [factories.card(account) for account in (kept, came) for _ in range(3)]
    frozen = {"authority": "杭州市公安局", "order_no": "冻1"}
    assert call("compliance", f"/accounts/{kept.id}/freezes", frozen).status_code == 201
    for payee in (kept.account_number, "6222000011112222"):
        to = {"account_number": payee, "name": "张三"} | ({} if payee == kept.account_number else {"bank_code": "ICBC"})
        order = {"payer": {"card_number": cards[-1].number}, "payee": to, "amount": "100.00"}
        assert call("atm", "/transfers", order).json()["status"] == "held"
    before = fen()

    teller = screen_of("teller")
    page = teller.page
    teller.open(f"/desk/customers/{zhang.id}")
    page.locator("main .desk-menu > summary").click()
    teller.press("合并客户")
    teller.settle()
    page.locator("#id_by").select_option("hk_macau_permit")
    page.locator("#id_reason").select_option("business")
    page.locator("#id_key").fill(PERMIT.number)
    page.keyboard.press("Enter")
    teller.settle()
    # Everything is shown before the button is pressed.
    expect(page.locator("#h-side-1")).to_have_text("保留的客户")
    expect(page.locator("#h-side-2")).to_have_text("并入的客户")
    expect(page.locator("section", has=page.locator("#h-moved"))).to_contain_text("超限")
    expect(page.locator("section", has=page.locator("#h-moved"))).to_contain_text("冻结")
    expect(page.locator("section", has=page.locator("#h-moved-cards")).get_by_text("超限")).to_have_count(2)
    expect(page.locator("section", has=page.locator("#h-held-2"))).to_contain_text("100.00")
    assert fits(page)
    page.set_viewport_size(NARROW)
    assert fits(page)
    page.set_viewport_size({"width": 1360, "height": 860})
    page.locator("#id_evidence").fill("港澳通行证与居民身份证均已出示，照片一致")
    teller.press("提交复核")
    teller.reads("已提交，待主管复核。")

    supervisor = screen_of("supervisor")
    checker = supervisor.page
    approval = Approval.objects.get()
    supervisor.open(f"/desk/inbox/{approval.id}")
    supervisor.reads("港澳通行证与居民身份证均已出示", "合并后超限的账户")
    supervisor.press("查看相关记录")
    supervisor.settle()
    expect(checker.locator("section", has=checker.locator("#h-moved-cards")).get_by_text("超限")).to_have_count(2)
    supervisor.open(f"/desk/inbox/{approval.id}")
    checker.locator("[name=decision][value=approve]").check()
    checker.locator("#code").fill(supervisor.next_code())
    checker.locator(".desk-decide button.btn-primary").click()
    supervisor.reads("已通过")
    assert fen() == before
    assert Customer.objects.get(pk=other.pk).merged_into_id == zhang.id

    teller.open(f"/desk/customers/{other.id}")
    teller.settle()
    assert teller.path == f"/desk/customers/{zhang.id}"
    teller.reads("合并后超限", "合并客户")
    expect(page.locator("#held")).to_contain_text("100.00")
    supervisor.open("/desk/merges/excess")
    supervisor.reads("合并后超限")
    assert Account.objects.filter(customer=zhang).count() == 2
    assert Card.objects.filter(customer=zhang).exclude(slot=None).count() == 4

    # A day after its acceptance what was on hold arrives: no sooner for being between own accounts now.
    assert release_due(released_by=ReleasedBy.CELERY).claimed == 0
    noon.advance(hours=24)
    assert release_due(released_by=ReleasedBy.CELERY).claimed == 2
    assert [(each["balance"], each["held"]) for each in fen()] == [(1_900_00, 0)]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_page_fits_in_every_look(screen_of, noon, theme, language):
    zhang, other = factories.customer(factories.ZHANG), factories.customer(PERMIT)
    for each in (zhang, other):
        factories.card(factories.account(each, "I", balance_fen=1_000_00))
    teller = screen_of("teller")
    teller.speak(language)
    teller.open("/desk/")
    teller.page.evaluate("theme => localStorage.setItem('desk-theme', theme)", theme)
    teller.open(f"/desk/customers/{zhang.id}/merge/{other.id}")
    teller.settle()
    for size in ({"width": 1360, "height": 860}, NARROW):
        teller.page.set_viewport_size(size)
        assert fits(teller.page)
