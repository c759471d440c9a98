"""The desk says truthfully what will happen to a transfer before it is sent and while it is held."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests import factories, listings
from tests.clock import NOON
from tests.factories import LI, ZHANG
from tests.transfers.conftest import pay_in
from tests.transfers.factories import held
from transfers.operations.release import release_due
from transfers.vocabulary import ReleasedBy

AHEAD = "到期将不执行"


@pytest.fixture(autouse=True)
def canaries(watch):
    """The document numbers of the cast must not occur in any address."""
    watch.secrets |= {ZHANG.number, LI.number, ZHANG.name}


@pytest.fixture
def account(keys, noon):
    """张三's Class I account."""
    return factories.account(factories.customer(ZHANG), "I")


@pytest.fixture
def payee(keys, noon):
    """李四's account."""
    return factories.account(factories.customer(LI), "I")


@pytest.mark.parametrize(
    ("arrival", "ahead", "done"),
    [
        ("实时到账", "提交后立即到账，不能撤销。", "已到账。"),
        ("普通到账", "资金将于2026年1月5日14:00:00到账", "到期后到账"),
        ("次日到账", "资金将于2026年1月6日00:00:00到账", "到期后到账"),
    ],
)
def test_a_preview_speaks_of_the_future(screen_of, account, payee, arrival, ahead, done):
    pay_in(account, 100_000)
    teller = screen_of("teller")
    page = teller.page
    teller.open(f"/desk/transfers/new?account={account.id}")
    page.get_by_label("收款账号").fill(payee.account_number)
    page.get_by_label("收款人户名").fill(LI.name)
    page.get_by_label("金额（元）").fill("20")
    page.get_by_label(arrival).check()
    preview = page.locator("#preview")
    expect(preview).to_contain_text(ahead)
    expect(preview).not_to_contain_text("已到账")
    teller.press("提交 Ctrl+Enter")
    if done == "已到账。":
        teller.press("确认转账")
    teller.reads("入账回单" if done == "已到账。" else "受理回单", done)


def test_money_on_hold_that_will_not_arrive_says_so_and_stays_findable(screen_of, account, payee, noon):
    pay_in(account, 1_000_000)
    (mine,) = held(account, payee, amount_fen=810_00, due_at=NOON + timedelta(hours=5))
    teller = screen_of("teller")
    page = teller.page
    customer = f"/desk/customers/{account.customer_id}"
    teller.open(customer)
    teller.settle()
    expect(page.locator("#held tbody tr")).to_have_count(1)
    expect(page.locator("body")).not_to_contain_text(AHEAD)

    listings.certify_account(payee.account_number)
    for path, place in ((customer, "#held"), (customer, "#transfers"), (f"/desk/accounts/{account.id}", "#transfers"),
                        ("/desk/transfers/held", "#held-rows")):  # fmt: skip
        teller.open(path)
        row = page.locator(f"{place} tbody tr").filter(has_text="810.00")
        expect(row).to_contain_text(AHEAD)
        expect(row).to_contain_text("账户被认定为涉案账户")
    teller.open(f"/desk/transfers/{mine.id}")
    teller.reads("到期将不执行，款项届时恢复为可用余额。", "CASE_ACCOUNT_STOPPED")

    noon.set(NOON + timedelta(hours=5))
    release_due(released_by=ReleasedBy.CELERY)
    teller.open(customer)
    row = page.locator("#transfers tbody tr").filter(has_text="810.00")
    expect(row).to_contain_text("到期未执行")
    event = page.locator(".acc-event").filter(has_text="到期入账")
    expect(event.locator(".badge")).to_have_text("到期未执行")
    row.get_by_role("link", name="详情").click()
    teller.reads("到期未执行，款项已恢复为可用余额。")

    # The payee's page has it, too, and older ones follow a click.
    held(account, payee, amount_fen=1_00, due_at=noon.at, count=25)
    release_due(released_by=ReleasedBy.CELERY)
    teller.open(customer)
    rows = page.locator("#transfers tbody tr:not(#older-transfers)")
    expect(rows).to_have_count(20)
    page.locator("#transfers").get_by_role("button", name="更早记录").click()
    expect(rows).to_have_count(26)
    teller.open(f"/desk/customers/{payee.customer_id}")
    expect(page.locator("#transfers tbody tr").first).to_contain_text("转入")


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_nothing_leaves_the_page_at_any_width(screen_of, account, payee, width, language):
    pay_in(account, 1_000_000)
    held(account, payee, amount_fen=810_00, due_at=NOON + timedelta(hours=5))
    certificate = listings.certify(ZHANG)
    listings.certify_account(account.account_number)
    officer = screen_of("compliance")
    officer.speak(language)
    officer.page.set_viewport_size({"width": width, "height": 900})
    officer.open(f"/desk/certificates/{certificate.id}")
    officer.settle()
    assert officer.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    teller = screen_of("teller")
    page = teller.page
    teller.speak(language)
    page.set_viewport_size({"width": width, "height": 900})
    customer = f"/desk/customers/{account.customer_id}"
    pages = (customer, f"{customer}/documents/renew", f"/desk/accounts/{account.id}", "/desk/transfers/held")
    for path in pages:
        teller.open(path)
        teller.settle()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    # What can be pressed hides neither who nor how much.
    row = page.locator(".desk-rows tbody tr").first
    for shown in (row.locator(".desk-parties"), row.locator(".desk-amount")):
        assert shown.evaluate(
            """(cell) => {
                cell.scrollIntoView({ block: "center", inline: "nearest" });
                const box = cell.getBoundingClientRect();
                const seen = document.elementFromPoint(box.right - 2, box.top + box.height / 2);
                return box.right <= innerWidth && cell.contains(seen);
            }"""
        )
