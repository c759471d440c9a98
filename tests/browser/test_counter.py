"""Clicks and keys at the counter: initial focus, unmasking, and printing once."""

from datetime import timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from playwright.sync_api import expect

from accounts.models import Account, LegalRepresentative
from blacklist.models import Certificate
from config.kernel.database.ids import reference_text
from config.kernel.models import Decision
from tests import factories
from tests.browser.particulars_form import fill_particulars
from tests.browser.town import Town
from tests.browser.words import Words
from tests.clock import NOON
from tests.transfers.conftest import pay_in
from tests.transfers.factories import held
from transfers.models import Transfer

ORGANIZATION, HEAD = factories.ORGANIZATION, factories.ZHANG


@pytest.fixture(autouse=True)
def canaries(watch):
    """The document numbers must not occur in any address."""
    watch.secrets |= {ORGANIZATION.number, HEAD.number, HEAD.name}


def test_account_of_an_organization_is_opened_with_keys_alone_and_its_form_printed_once(screen_of, noon):
    teller = screen_of("teller")
    page = teller.page
    teller.open("/desk/")
    teller.settle()
    page.keyboard.press("F2")
    page.keyboard.type("1002")
    page.keyboard.press("Enter")
    expect(page.locator("#id_identity-type")).to_be_focused()
    page.keyboard.press("1")
    page.keyboard.press("Tab")
    page.keyboard.type(ORGANIZATION.number)
    for key in ("Tab", "Tab", "Space", "Tab"):
        page.keyboard.press(key)
    expect(page.locator("#id_identity-name")).to_be_focused()
    page.keyboard.type(ORGANIZATION.name)
    for _ in range(2):
        page.keyboard.press("Tab")
    expect(page.locator("#id_representative-name")).to_be_focused()
    page.keyboard.type(HEAD.name)
    page.keyboard.press("Tab")
    expect(page.locator("#id_representative-type")).to_be_focused()
    page.keyboard.press("1")
    page.keyboard.press("Tab")
    page.keyboard.type("110105194912310021")
    for key in ("Tab", "Tab", "Space"):
        page.keyboard.press(key)
    expect(page.locator("#id_representative-no_end")).to_be_checked()
    page.keyboard.press("Control+Enter")
    # What is wrong has the focus, and nothing of what was typed is lost.
    wrong = page.locator("#id_representative-number")
    expect(wrong).to_be_focused()
    wrong.fill(HEAD.number)
    # How it was checked and what the check said is chosen, never assumed.
    for name, chosen in (("method", "企业登记信息核查"), ("result", "match")):
        field = page.locator(f"#id_identity-{name}")
        expect(field).to_have_attribute("aria-invalid", "true")
        field.focus()
        page.keyboard.press("1")
        expect(field).to_have_value(chosen)
    expect(page.locator("#rules")).to_contain_text("不在惩戒名单上")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#id_particulars-proof_kind")).to_be_focused()
    fill_particulars(page, organization=True)
    page.keyboard.press("F8")
    expect(page.locator("#id_product-kind")).to_be_focused()
    page.locator("#id_product-unit_kind").select_option("basic")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#check")).to_be_focused()
    teller.reads(ORGANIZATION.name, HEAD.name, "单位银行结算账户")
    page.keyboard.press("F8")
    teller.reads("开户结果", "单位公章")
    assert (Account.objects.get().account_class, LegalRepresentative.objects.get().name) == ("none", HEAD.name)

    paper = teller.printed()
    form = paper.locator(".acc-form")
    expect(form).not_to_contain_text(HEAD.number, use_inner_text=True)
    paper.emulate_media(media="print")
    for whole in (ORGANIZATION.name, ORGANIZATION.number, HEAD.name, HEAD.number):
        expect(form).to_contain_text(whole, use_inner_text=True)
    assert Decision.objects.get(kind="unmask").facts == {"reason": "opening_form"}
    teller.open(f"/desk/accounts/{Account.objects.get().id}/opened")
    teller.reads("打印（脱敏）")
    expect(page.locator("[data-prints]")).to_have_count(0)


def test_subjects_of_a_certificate_are_shown_with_a_reason_and_hidden_again(screen_of, call, noon):
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
    page.get_by_label("本人到柜面").check()
    page.locator("#id_type").select_option("passport")
    expect(country).to_be_visible()
    page.locator("#id_type").select_option("resident_id")
    page.get_by_label("证件号码或卡号").fill(document["number"])
    page.keyboard.press("Tab")
    expect(page.get_by_label("撤销理由")).to_be_focused()
    page.keyboard.type("怀疑被骗")
    page.keyboard.press("Enter")
    teller.reads("撤销回单", "申请人证件或银行卡", "怀疑被骗")

    # What is printed says which print it is, and its number leads back there, out of the box and no address.
    expect(teller.printed().locator(".desk-slip")).to_contain_text("第 1 次打印")
    teller.open("/desk/")
    page.keyboard.press("/")
    page.keyboard.type(reference_text(UUID(transfer)))
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/desk/transfers/{transfer}")
    page.keyboard.press("F2")
    page.keyboard.type(document["number"])
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/desk/customers/{customer}")


def test_error_is_shown_at_the_focused_field(screen_of, zhang):
    teller = screen_of("teller")
    page = teller.page
    teller.speak("en")
    teller.open("/desk/")
    page.keyboard.press("F2")
    page.keyboard.type("9999")
    page.keyboard.press("Enter")
    code = page.locator("#code-box")
    expect(page.locator("#code-unknown")).to_have_text("No such code.")
    expect(code).to_be_focused()
    page.keyboard.press("Backspace")
    expect(page.locator("#code-unknown")).to_be_empty()
    code.fill("认定书录入")
    page.keyboard.press("Enter")
    expect(page.locator("#code-unknown")).to_have_text("Your role may not do this.")
    expect(code).to_be_focused()
    # The initials of a page in pinyin lead there in either language.
    code.fill("GRKH")
    page.keyboard.press("Enter")
    expect(page.locator("#id_identity-type")).to_be_focused()

    # A passport without its country: the keyboard goes on in the country.
    teller.open("/desk/customers")
    expect(page.locator("#id_key")).to_be_focused()
    page.locator("#id_by").select_option("passport")
    page.locator("#id_reason").select_option("business")
    page.locator("#id_key").fill("E12345678")
    page.keyboard.press("Enter")
    expect(page.locator("#id_country")).to_be_focused()
    expect(page.locator("#id_key")).to_have_value("E12345678")

    # The browser's own remark is in the page's language, not in the browser's.
    teller.open(f"/desk/customers/{zhang.id}")
    page.get_by_role("button", name="Show for 30 s").click()
    why = page.locator("#reason")
    expect(why).to_be_focused()
    assert why.evaluate("each => each.validationMessage") == "Choose why."
    why.select_option(index=1)
    page.get_by_role("button", name="Show for 30 s").click()
    expect(page.locator("#identity")).to_contain_text(HEAD.name)


def test_nothing_covers_another_or_leaves_the_page_at_any_width(screen_of, zhang):
    account = factories.account(zhang, "I")
    for _ in range(4):
        factories.card(account)
    pay_in(account, 98_765_432_109_87)
    held(account, amount_fen=98_765_432_109_87, due_at=NOON + timedelta(hours=5))
    other = factories.account(zhang, "II")
    pay_in(other, 50_000_00)
    teller = screen_of("teller")
    page = teller.page
    for width in (768, 820, 1024, 1280, 1360, 1680):
        page.set_viewport_size({"width": width, "height": 900})
        teller.open(f"/desk/customers/{zhang.id}")
        places = [each.bounding_box() for each in page.locator(".acc-slots > li").all()]
        for each, after in pairwise(places):
            assert after["x"] >= each["x"] + each["width"] + 8 or after["y"] >= each["y"] + each["height"] + 8, width
        spill = (
            "() => [...document.querySelectorAll('.acc-slots > li')].filter(x => x.scrollWidth > x.clientWidth).length"
        )
        assert page.evaluate(spill) == 0, width
        expect(page.locator("#held .btn-outline-danger")).to_be_in_viewport(ratio=1)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
    # On a tablet the held transfers are seen whole: the navigation lies above them, folded.
    page.set_viewport_size({"width": 820, "height": 1180})
    held(other, amount_fen=50_000_00, due_at=NOON + timedelta(hours=5))
    page.goto(f"{page.url.split('/desk')[0]}/desk/transfers/held?amount_to=50000")
    table = page.locator("#held-rows .table-responsive")
    assert table.evaluate("each => each.scrollWidth <= each.clientWidth")
    expect(page.get_by_role("button", name="菜单")).to_be_in_viewport(ratio=1)


def test_overdue_release_is_announced_on_an_open_home_page(screen_of, zhang, noon):
    account = factories.account(zhang, "I")
    pay_in(account, 100)
    held(account, due_at=NOON + timedelta(hours=1))
    teller = screen_of("teller")
    page = teller.page
    page.clock.install()
    teller.open("/desk/")
    expect(page.locator("#home-figures")).to_contain_text("24小时内到期")
    expect(page.locator(".alert-danger")).to_have_count(0)
    noon.set(NOON + timedelta(hours=2))
    page.clock.fast_forward("00:31")
    expect(page.locator("#home-figures .alert-danger")).to_contain_text("有转账逾期未到账")
    expect(page.locator("#home-figures")).to_have_count(1)


def test_transfer_in_real_time_leaves_after_its_check_with_keys_alone(screen_of, noon):
    payer = factories.account(factories.customer(HEAD), "I")
    pay_in(payer, 60_000_00)
    payee = factories.account(factories.customer(factories.LI), "I", account_number="6000300000000001")
    teller = screen_of("teller")
    page = teller.page
    teller.open(f"/desk/transfers/new?account={payer.id}")
    teller.settle()
    for typed in (payee.account_number, "", factories.LI.name, "49000"):
        page.keyboard.type(typed)
        page.keyboard.press("Enter")
    page.keyboard.press("Space")
    page.keyboard.press("Control+Enter")
    check = page.locator("#check")
    expect(check).to_be_focused()
    expect(page.locator("main")).to_contain_text("提交后立即到账，不能撤销")
    expect(page.locator(".acc-check")).to_contain_text("人民币肆万玖仟元整")
    assert not Transfer.objects.exists()
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/slip")
    assert Transfer.objects.get().status == "posted"
