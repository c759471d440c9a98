"""What a click or a key does at the counter: where a form begins, what is shown whole, what is printed once."""

import pytest
from playwright.sync_api import expect

from accounts.models import Account, LegalRepresentative
from blacklist.models import Certificate
from config.kernel.models import Decision
from tests import factories
from tests.browser.town import Town, Words

UNIT, HEAD = factories.UNIT, factories.ZHANG


@pytest.fixture(autouse=True)
def canaries(watch):
    """What papers say must stand in no address."""
    watch.secrets |= {UNIT.number, HEAD.number, HEAD.name}


def test_a_unit_is_opened_for_with_keys_alone_and_its_form_printed_once(screen_of, noon):
    teller = screen_of("teller")
    page = teller.page
    page.keyboard.press("F2")
    page.keyboard.type("1002")
    page.keyboard.press("Enter")
    expect(page.locator("#id_identity-number")).to_be_focused()
    page.keyboard.type(UNIT.number)
    for _ in range(2):
        page.keyboard.press("Tab")
    expect(page.locator("#id_identity-name")).to_be_focused()
    page.keyboard.type(UNIT.name)
    for _ in range(2):
        page.keyboard.press("Tab")
    expect(page.locator("#id_representative-name")).to_be_focused()
    page.keyboard.type(HEAD.name)
    for _ in range(2):
        page.keyboard.press("Tab")
    page.keyboard.type("110105194912310021")
    page.keyboard.press("Control+Enter")
    # What is wrong has the focus, and nothing of what was typed is lost.
    wrong = page.locator("#id_representative-number")
    expect(wrong).to_be_focused()
    wrong.fill(HEAD.number)
    expect(page.locator("#rules")).to_contain_text("不在惩戒名单上")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#id_product-kind")).to_be_focused()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#check")).to_be_focused()
    teller.reads(UNIT.name, HEAD.name, "单位账户")
    page.keyboard.press("Control+Enter")
    teller.reads("开户结果", "单位公章")
    assert (Account.objects.get().account_class, LegalRepresentative.objects.get().name) == ("none", HEAD.name)

    with page.expect_popup() as opened:
        page.keyboard.press("Alt+p")
    paper = opened.value
    form = paper.locator(".acc-form")
    expect(form).not_to_contain_text(HEAD.number, use_inner_text=True)
    paper.emulate_media(media="print")
    for whole in (UNIT.name, UNIT.number, HEAD.name, HEAD.number):
        expect(form).to_contain_text(whole, use_inner_text=True)
    assert Decision.objects.get(kind="unmask").facts == {"reason": "opening_form"}
    teller.open(f"/desk/accounts/{Account.objects.get().id}/opened")
    teller.reads("打印（脱敏）")
    expect(page.locator("[data-prints]")).to_have_count(0)


def test_whom_a_certificate_names_is_shown_for_a_reason_and_hidden_again(screen_of, call, noon):
    town = Town(call, Words())
    certificate, _ = town.certificate()
    number = Certificate.objects.get(pk=certificate).subjects.get().document_number
    officer = screen_of("compliance")
    page = officer.page
    officer.open(f"/desk/certificates/{certificate}")
    named = page.locator("#named")
    expect(named).not_to_contain_text(number)
    page.get_by_label("查看理由").select_option("document_check")
    officer.press("显示 30 秒")
    expect(named).to_contain_text(number)
    expect(page.locator("#hide-now")).to_be_focused()
    page.keyboard.press("Enter")
    expect(named).not_to_contain_text(number)
    expect(page.get_by_label("查看理由")).to_be_focused()
    assert Decision.objects.get(kind="unmask").principal.name == "compliance"


def test_only_a_passport_is_asked_for_its_country_and_a_reason_is_kept(screen_of, call, noon):
    town = Town(call, Words())
    customer, _, document = town.customer()
    account = town.account(customer)
    call("teller", "/cash/deposits", {"account": {"account_id": account}, "amount": "5000.00"})
    transfer = town.transfer(account, "next_day")
    teller = screen_of("teller")
    page = teller.page
    teller.open(f"/desk/transfers/{transfer}/cancel")
    country = page.get_by_label("签发国家或地区")
    expect(country).to_be_hidden()
    page.get_by_label("出示的证件").select_option("passport")
    expect(country).to_be_visible()
    page.get_by_label("出示的证件").select_option("resident_id")
    page.get_by_label("证件号码或卡号").fill(document["number"])
    page.keyboard.press("Tab")
    expect(page.get_by_label("撤销理由")).to_be_focused()
    page.keyboard.type("怀疑被骗")
    page.keyboard.press("Enter")
    teller.reads("撤销凭证", "申请人出示", "怀疑被骗")
