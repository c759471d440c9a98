"""Parties named by a number in a browser: a payee by card, and the holders that a certificate suspends."""

import pytest
from playwright.sync_api import expect

from blacklist.models import Certificate
from tests import factories
from tests.listings import enter
from tests.transfers.conftest import pay_in
from transfers.models import Transfer

CARD, MASKED = "6222020000000000134", "6222***********0134"
PAYER, PAYEE = "6000100000000001", "6000200000000002"


@pytest.fixture(autouse=True)
def canaries(watch):
    """Typed numbers must not occur in any address."""
    people = (factories.ZHANG, factories.LI, factories.WANG)
    watch.secrets |= {CARD, PAYER, PAYEE} | {each for person in people for each in (person.name, person.number)}


@pytest.fixture
def payee(noon):
    account = factories.account(factories.customer(factories.LI), "I", account_number=PAYEE)
    factories.card(account, number=CARD)
    return account


def test_a_teller_pays_to_a_card_of_ours(screen_of, payee):
    payer = factories.account(factories.customer(factories.ZHANG), "I", account_number=PAYER)
    pay_in(payer, 100_000)
    teller = screen_of("teller")
    teller.open("/desk/transfers/new")
    page = teller.page
    page.get_by_label("付款卡号或账号").fill(PAYER)
    page.get_by_label("收款账号或卡号").fill("6222 0200 0000 0000 134")
    page.get_by_label("收款人户名").fill(factories.LI.name)
    page.get_by_label("金额（元）").fill("250")
    page.get_by_label("普通到账").check()
    expect(page.locator("#preview")).to_contain_text("预计到账")
    teller.press("提交 Ctrl+Enter")
    teller.reads("受理回单", "贰佰伍拾元整", MASKED)
    for whole in (CARD, PAYEE):
        expect(page.locator("body")).not_to_contain_text(whole, use_inner_text=True)
    transfer = Transfer.objects.get()
    assert (transfer.payee_account_id, transfer.payee_account_number, transfer.status) == (payee.id, "", "held")


def test_maker_and_checker_read_the_holders_that_a_certificate_suspends(screen_of, payee):
    waiting = enter(factories.LI, factories.WANG, case_accounts=[{"account_number": CARD}])
    holder, other = "李*：所列本行账户的开户人", "王*：所列对象，但不是所列账户的开户人；不因本认定书受限制"
    officer = screen_of("compliance")
    officer.open(f"/desk/certificates/{waiting['id']}")
    officer.reads("生效后对人的影响", holder, other)
    checker = screen_of("compliance_2")
    checker.open(f"/desk/inbox/{waiting['approval_id']}")
    checker.reads("涉案账户开户人与所列对象", holder, other)
    expect(checker.page.locator("body")).not_to_contain_text(CARD, use_inner_text=True)
    officer.open("/desk/certificates/new")
    page = officer.page
    page.get_by_label("行政区划代码").fill("440100")
    page.get_by_label("机关层级").select_option("prefecture")
    page.get_by_label("认定类别").select_option("CASE_ACCOUNT")
    page.get_by_label("认定依据").select_option("NOTICE_2016")
    expect(page.locator("#verdict")).to_contain_text("所列对象不是所列账户开户人的，不受限制")
    assert Certificate.objects.count() == 1
