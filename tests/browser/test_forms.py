"""A form in a browser never loses input: the lock warning, the veil, and the saved draft."""

import re
from urllib.parse import quote_plus

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from accounts.models import Account
from config.frames.desk.access import LAST_SEEN
from config.frames.desk.demo_users import PASSWORD, code_of
from config.frames.desk.sessions import SessionStore
from config.kernel.models import FormDraft, SecondFactor, SignIn, TrailRecord
from tests import cash, factories
from tests.browser import axe
from tests.browser.particulars_form import fill_particulars
from tests.browser.screen import Screen
from tests.transfers.conftest import pay_in

NAME, NUMBER = "欧阳明月", "110105199003070025"
PAYEE = "6217003810001234567"


@pytest.fixture(autouse=True)
def canaries(watch):
    """Typed numbers must not occur in any address."""
    watch.secrets |= {NAME, NUMBER, PAYEE}


@pytest.fixture
def account(zhang):
    account = factories.account(zhang, "I")
    pay_in(account, 100_000)
    cash.box()
    return account


def untouched_for(screen: Screen, seconds: int) -> None:
    """Move the server's and the browser's clock as if nobody had used the screen for some seconds."""
    session = session_of(screen)
    session[LAST_SEEN] = timezone.now().timestamp() - seconds
    session.save()
    screen.page.clock.fast_forward(seconds * 1000)


def opened(screen: Screen, path: str) -> Page:
    screen.page.clock.install()
    screen.open(path)
    screen.settle()
    return screen.page


def pays(page: Page, amount: str) -> Locator:
    """Type an amount; wait until the preview is loaded and the draft is saved, before the clock jumps."""
    box = page.get_by_label("金额（元）")
    # Saving the draft counts as activity: a later one would restart the idle time.
    with page.expect_response("**/desk/drafts"):
        box.fill(amount)
    expect(page.locator("#capitals")).to_contain_text("人民币")
    return box


def without_help(page: Page) -> None:
    """Answer the script's background requests with 204, so that the form is sent as it is."""
    for address in ("**/desk/drafts", "**/desk/still-here", "**/desk/amount-in-words*"):
        page.route(address, lambda route: route.fulfill(status=204))


def unlock(page: Page, name: str, *, password: str = PASSWORD) -> None:
    SecondFactor.objects.filter(user__username=name).update(last_t=-1)
    page.locator("#veil-password").fill(password)
    page.locator("#veil-code").fill(code_of(name))
    page.get_by_role("button", name="解锁").click()


def test_a_warning_comes_before_the_lock_and_one_key_extends(screen_of, account):
    teller = screen_of("teller")
    page = opened(teller, f"/desk/accounts/{account.id}/cash")
    amount = pays(page, "17.50")
    warning = page.get_by_role("alertdialog", name="屏幕即将锁定")
    untouched_for(teller, 12 * 60)
    expect(warning).to_be_hidden()
    untouched_for(teller, 13 * 60 + 5)
    expect(warning).to_be_visible()
    expect(page.get_by_role("button", name="继续")).to_be_focused()
    expect(page.locator("#desk-left")).to_contain_text("01:")
    assert axe.faults(page) == []
    page.keyboard.press("Escape")
    expect(warning).to_be_hidden()
    expect(amount).to_be_focused()
    expect(amount).to_have_value("17.50")
    untouched_for(teller, 12 * 60)
    expect(warning).to_be_hidden()
    assert SignIn.objects.get(user__username="teller").ended_at is None


def test_the_lock_is_a_veil_over_the_page_that_is_left(screen_of, account):
    teller = screen_of("teller")
    page = opened(teller, f"/desk/accounts/{account.id}/cash")
    amount = pays(page, "17.50")
    untouched_for(teller, 15 * 60 + 5)
    expect(page.get_by_role("dialog", name="屏幕已锁定")).to_be_visible()
    expect(page.locator("#veil-password")).to_be_focused()
    expect(page.locator("#main")).to_be_hidden()
    assert account.account_number not in page.locator("body").inner_text()
    assert page.title().startswith("屏幕已锁定")
    assert axe.faults(page) == []
    assert SignIn.objects.get(user__username="teller").end == "idle"
    assert TrailRecord.objects.filter(kind="screen_lock").count() == 1
    page.keyboard.press("Escape")
    expect(page.locator("#main")).to_be_hidden()

    unlock(page, "teller", password="falsch")
    expect(page.locator("#desk-veil-words")).to_contain_text("不正确")
    unlock(page, "teller")
    expect(page.locator("#desk-veil")).to_be_hidden()
    expect(amount).to_be_focused()
    expect(amount).to_have_value("17.50")
    teller.press("下一步：核对")
    teller.press("确认记账")
    teller.reads("已入账，余额 1,017.50 元")
    assert not FormDraft.objects.exists()


def session_of(screen: Screen) -> SessionStore:
    (cookie,) = [each for each in screen.context.cookies() if each["name"] == "sessionid"]
    return SessionStore(cookie["value"])


def time_passes(screen: Screen, seconds: int) -> None:
    """Move the browser's clock and the last activity known to the server by some seconds."""
    session = session_of(screen)
    session[LAST_SEEN] -= seconds
    session.save()
    screen.page.clock.fast_forward(seconds * 1000)


def looks() -> int:
    return TrailRecord.objects.filter(kind__in=["look_up_customer", "look_up_account"]).count()


#: A form with a field that asks the server when it is left, that field, and what it asks.
ASKING = {
    "opening": ("/desk/customers/open", "#id_identity-number", "/rules", NUMBER),
    "transfer": ("/desk/transfers/new", "#id_payer", "/payer", PAYEE),
}


def shows_an_identity_card(page: Page) -> None:
    """Choose the document type and wait until it is saved, so that later drafts contain only typed text."""
    with page.expect_response("**/desk/drafts"):
        page.locator("#id_identity-type").select_option("resident_id")


@pytest.mark.parametrize("form", ASKING)
def test_the_lock_comes_on_time_though_a_changed_field_has_the_focus(screen_of, noon, form):
    """The warning takes the focus, so the browser reports a changed field; no request is sent for an absent person."""
    path, field, part, number = ASKING[form]
    teller = screen_of("teller")
    page = teller.page
    page.add_init_script("addEventListener('change', () => { document.body.dataset.changed = 'yes'; }, true)")
    opened(teller, path)
    box = page.locator(field)
    if form == "opening":
        shows_an_identity_card(page)
        page.evaluate("delete document.body.dataset.changed")
    with page.expect_response("**/desk/drafts"):
        box.press_sequentially(number)
    if form == "opening":
        expect(page.locator("#rules")).to_contain_text("格式和校验码正确")
    # The page tells of the keys.
    with page.expect_response("**/desk/still-here"):
        time_passes(teller, 20)
    expect(box).to_be_focused()
    expect(page.locator("body")).not_to_have_attribute("data-changed", "yes")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    seen, looked = session_of(teller)[LAST_SEEN], looks()

    time_passes(teller, 13 * 60 + 5)
    expect(page.get_by_role("alertdialog", name="屏幕即将锁定")).to_be_visible()
    expect(page.locator("body")).to_have_attribute("data-changed", "yes")
    # A request caused by the change would have been sent before this one.
    page.evaluate("fetch('/desk/still-here', { headers: { 'X-Desk-Script': '1', 'X-Desk-Poll': '1' } })")
    assert [each for each in asked if each.endswith(part)] == []
    assert session_of(teller)[LAST_SEEN] == seen - (13 * 60 + 5)

    time_passes(teller, 2 * 60)
    expect(page.get_by_role("dialog", name="屏幕已锁定")).to_be_visible()
    assert SignIn.objects.get(user__username="teller").end == "idle"
    assert [each for each in asked if each.endswith(part)] == []
    assert looks() == looked

    # After the unlock the field's request is sent and answered.
    with page.expect_response(f"**{part}"):
        unlock(page, "teller")
    expect(page.locator("#desk-veil")).to_be_hidden()
    expect(box).to_have_value(number)


def test_activity_after_the_warning_sends_the_request_of_the_changed_field(screen_of, noon):
    teller = screen_of("teller")
    page = opened(teller, "/desk/customers/open")
    box = page.locator("#id_identity-number")
    shows_an_identity_card(page)
    with page.expect_response("**/desk/drafts"):
        box.press_sequentially(NUMBER)
    expect(page.locator("#rules")).to_contain_text("格式和校验码正确")
    with page.expect_response("**/desk/still-here"):
        time_passes(teller, 20)
    time_passes(teller, 13 * 60 + 5)
    expect(page.get_by_role("alertdialog", name="屏幕即将锁定")).to_be_visible()
    with page.expect_response("**/rules"):
        page.keyboard.press("Escape")
    expect(page.get_by_role("alertdialog", name="屏幕即将锁定")).to_be_hidden()
    expect(box).to_be_focused()
    expect(box).to_have_value(NUMBER)


def test_other_person_does_not_see_the_page_under_the_veil(screen_of, account):
    teller = screen_of("teller")
    page = opened(teller, f"/desk/accounts/{account.id}/cash")
    pays(page, "17.50")
    untouched_for(teller, 15 * 60 + 5)
    teller.press("由他人签到（不显示本页）")
    page.get_by_label("用户名").fill("supervisor")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_label("动态口令").fill(code_of("supervisor"))
    teller.press("签到")
    expect(page).to_have_url(f"{teller.base}/desk/")
    assert FormDraft.objects.get().user.username == "teller"


def test_a_session_that_ended_elsewhere_leaves_the_page_where_it_is(screen_of, account):
    """Typing requests a part of the page: the browser is not redirected to that part, and no input is lost."""
    teller = screen_of("teller")
    teller.open("/desk/transfers/new")
    teller.settle()
    page = teller.page
    page.get_by_label("收款账号").fill(PAYEE)
    SignIn.objects.filter(user__username="teller").update(ended_at=timezone.now(), end="elsewhere")
    page.get_by_label("金额（元）").fill("51")
    veil = page.get_by_role("dialog", name="屏幕已锁定")
    expect(veil).to_contain_text("您的会话已结束")
    unlock(page, "teller")
    expect(veil).to_be_hidden()
    expect(page).to_have_url(re.compile(rf"{teller.base}/desk/transfers/new\?draft=[0-9a-f-]+$"))
    expect(page.get_by_label("收款账号")).to_have_value(PAYEE)
    expect(page.get_by_label("金额（元）")).to_have_value("51")


def test_a_closed_tab_loses_nothing(screen_of, account):
    teller = screen_of("teller")
    teller.open("/desk/transfers/new")
    teller.settle()
    with teller.page.expect_response("**/desk/drafts"):
        teller.page.get_by_label("收款账号").press_sequentially(PAYEE)
    page = teller.context.new_page()
    teller.page.close()
    page.goto(f"{teller.base}/desk/transfers/new")
    page.get_by_role("link", name="继续").click()
    expect(page.get_by_label("收款账号")).to_have_value(PAYEE)
    expect(page.locator(".desk-restored")).to_contain_text("填写的未提交内容")
    page.get_by_role("button", name="清除").click()
    expect(page.get_by_label("收款账号")).to_have_value("")
    expect(page.locator(".desk-restored, .desk-unfinished")).to_have_count(0)


def begins_by_code(screen: Screen, code: str) -> None:
    screen.settle()
    screen.page.keyboard.press("F2")
    screen.page.keyboard.type(code)
    screen.page.keyboard.press("Enter")


OTHER = "110105194912310038"


def kept(page, value):
    """Wait until a draft is saved with a value; a draft of earlier input may be saved first."""
    return page.expect_response(
        lambda answer: "/desk/drafts" in answer.url and quote_plus(value) in (answer.request.post_data or "")
    )


def test_code_opens_an_empty_form_and_offers_the_former_customers_draft(screen_of, noon, watch):
    watch.secrets.add(OTHER)
    teller = screen_of("teller")
    page = teller.page
    number = page.locator("#id_identity-number")
    document = page.locator("#id_identity-type")
    teller.open("/desk/")
    begins_by_code(teller, "1001")
    expect(document).to_be_focused()
    page.keyboard.press("1")
    page.keyboard.press("Tab")
    page.keyboard.type(NUMBER)
    with kept(page, NAME):
        page.locator("#id_identity-name").fill(NAME)
    # The customer leaves; the next one's document is chosen where the cursor is.
    begins_by_code(teller, "1001")
    offer = page.locator(".desk-unfinished")
    expect(offer).to_contain_text("未完成：欧***")
    expect(document).to_be_focused()
    expect(document).to_have_value("")
    expect(page.locator("#id_identity-name")).to_have_value("")
    page.keyboard.press("1")
    page.keyboard.press("Tab")
    with kept(page, OTHER):
        page.keyboard.type(OTHER)
    expect(number).to_have_value(OTHER)
    assert axe.faults(page) == []
    # The first one comes back: a number that is reached by a key is selected, so that typing takes its place.
    begins_by_code(teller, "1001")
    expect(offer.get_by_role("link", name="继续")).to_have_count(2)
    offer.locator(".desk-unfinished-line", has_text="欧***").get_by_role("link", name="继续").click()
    expect(page.locator("#id_identity-name")).to_have_value(NAME)
    expect(number).to_have_value(NUMBER)
    expect(document).to_be_focused()
    expect(document).to_have_value("resident_id")
    page.keyboard.press("Tab")
    expect(number).to_be_focused()
    assert page.evaluate("getSelection().toString()") == NUMBER
    page.keyboard.type(OTHER)
    expect(number).to_have_value(OTHER)


def test_the_text_in_which_a_form_begins_is_selected(screen_of, account, watch):
    watch.secrets.add(account.account_number)
    teller = screen_of("teller")
    page = teller.page
    payer = page.get_by_label("付款卡号或账号")
    teller.open("/desk/")
    begins_by_code(teller, "2001")
    expect(payer).to_be_focused()
    with kept(page, account.account_number):
        page.keyboard.type(account.account_number)
    page.keyboard.press("Tab")
    # Once the page has said who pays, it is offered under that name.
    expect(page.locator("#payer-facts")).to_contain_text("张*")
    with kept(page, "租金"):
        page.get_by_label("附言").fill("租金")
    begins_by_code(teller, "2001")
    expect(page.locator(".desk-unfinished")).to_contain_text("未完成：张*")
    page.get_by_role("link", name="继续").click()
    expect(payer).to_have_value(account.account_number)
    expect(payer).to_be_focused()
    assert page.evaluate("getSelection().toString()") == account.account_number
    page.keyboard.type(PAYEE)
    expect(payer).to_have_value(PAYEE)


def test_input_cleared_during_saving_is_not_kept(screen_of, noon):
    teller = screen_of("teller")
    page = teller.page
    teller.open("/desk/transfers/new")
    teller.settle()
    # Not saved yet, because the page's timers are stopped.
    page.clock.install()
    page.clock.pause_at(page.evaluate("Date.now()") + 1000)
    page.get_by_label("收款账号").fill(PAYEE)
    page.get_by_role("button", name="清除").click()
    expect(page.get_by_label("收款账号")).to_have_value("")
    expect(page.locator(".desk-unfinished")).to_have_count(0)
    assert not FormDraft.objects.exists()


def test_transfer_can_be_cleared_after_a_failed_submission(screen_of, noon):
    teller = screen_of("teller")
    page = teller.page
    teller.open("/desk/")
    begins_by_code(teller, "2001")
    page.get_by_label("收款账号").fill(PAYEE)
    teller.press("提交 Ctrl+Enter")
    teller.reads("有内容需要更正")
    expect(page.get_by_label("收款账号")).to_have_value(PAYEE)
    page.reload()
    expect(page.get_by_label("收款账号")).to_have_value(PAYEE)
    begins_by_code(teller, "2001")
    expect(page.get_by_label("收款账号")).to_have_value("")
    page.get_by_role("link", name="继续").click()
    expect(page.get_by_label("收款账号")).to_have_value(PAYEE)
    teller.press("提交 Ctrl+Enter")
    teller.reads("有内容需要更正")
    page.get_by_role("button", name="清除").click()
    expect(page.get_by_label("收款账号")).to_have_value("")
    expect(page.locator(".desk-restored, .desk-unfinished")).to_have_count(0)


def test_a_form_too_old_comes_back_as_it_was_sent(screen_of, account):
    teller = screen_of("teller")
    without_help(teller.page)
    teller.open(f"/desk/accounts/{account.id}/cash")
    teller.page.get_by_label("金额（元）").fill("17.50")
    teller.context.clear_cookies(name="csrftoken")
    teller.press("下一步：核对")
    teller.reads("上次提交未办理")
    expect(teller.page.get_by_label("金额（元）")).to_have_value("17.50")
    teller.press("下一步：核对")
    teller.press("确认记账")
    teller.reads("已入账，余额 1,017.50 元")


def test_page_with_an_old_token_gets_a_fresh_one_during_typing(screen_of, account):
    teller = screen_of("teller")
    page = teller.page
    teller.open(f"/desk/accounts/{account.id}/cash")
    teller.settle()
    teller.context.clear_cookies(name="csrftoken")
    # The page learns that its token is too old, fetches another, and saves the draft that it could not save.
    with page.expect_response(lambda each: each.url.endswith("/desk/drafts") and each.status == 204):
        page.get_by_label("金额（元）").fill("17.50")
    teller.press("下一步：核对")
    teller.press("确认记账")
    teller.reads("已入账，余额 1,017.50 元")


def test_form_sent_after_the_session_is_shown_again(screen_of, account):
    teller = screen_of("teller")
    page = teller.page
    without_help(page)
    teller.open(f"/desk/accounts/{account.id}/cash")
    page.get_by_label("金额（元）").fill("17.50")
    SignIn.objects.filter(user__username="teller").update(ended_at=timezone.now(), end="elsewhere")
    teller.press("下一步：核对")
    teller.reads("已加密保存，由本人签到后恢复")
    SecondFactor.objects.filter(user__username="teller").update(last_t=-1)
    page.get_by_label("用户名").fill("teller")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_label("动态口令").fill(code_of("teller"))
    teller.press("签到")
    teller.reads("上次提交未办理")
    expect(page).to_have_url(f"{teller.base}/desk/accounts/{account.id}/cash")
    expect(page.get_by_label("金额（元）")).to_have_value("17.50")


def test_back_and_reload_ask_nothing_within_an_opening(screen_of, keys, noon):
    teller = screen_of("teller")
    page = teller.page
    teller.open("/desk/customers/open")
    page.locator("#id_identity-type").select_option("resident_id")
    page.get_by_label("证件号码").first.fill(NUMBER)
    page.get_by_label("长期有效").check()
    page.get_by_label("姓名", exact=False).first.fill(NAME)
    page.get_by_label("核查方式").select_option("联网核查")
    page.get_by_label("核查结果").select_option("match")
    teller.press("下一步")
    fill_particulars(page)
    teller.press("下一步")
    expect(page.locator("#id_product-kind")).to_be_visible()
    page.go_back()
    expect(page.locator("#id_particulars-occupation")).to_have_value("clerk")
    page.go_back()
    expect(page.locator("#id_identity-number")).to_have_value(NUMBER)
    expect(page.locator("#id_identity-result")).to_have_value("match")
    page.go_forward()
    page.go_forward()
    page.locator("#id_product-account_class").select_option("II")
    page.locator("#id_product-purpose").select_option("daily")
    teller.press("下一步")
    expect(page.locator("#check")).to_be_visible()
    page.reload()
    expect(page.locator("#check")).to_be_visible()
    page.go_back()
    expect(page.locator("#id_product-account_class")).to_have_value("II")
    page.go_forward()
    teller.press("确认开户")
    teller.reads("开户结果")
    page.reload()
    assert Account.objects.count() == 1


def test_back_button_returns_to_a_form_with_its_errors(screen_of, account):
    teller = screen_of("teller")
    page = teller.page
    teller.open(f"/desk/accounts/{account.id}/cash")
    page.get_by_label("业务").select_option("withdrawal")
    page.get_by_label("金额（元）").fill("9,999.99")
    teller.press("下一步：核对")
    teller.reads("INSUFFICIENT_FUNDS")
    page.reload()
    expect(page.get_by_label("金额（元）")).to_have_value("9,999.99")
    teller.open("/desk/")
    page.go_back()
    expect(page.get_by_label("金额（元）")).to_have_value("9,999.99")
    expect(page.get_by_label("业务")).to_have_value("withdrawal")


def test_change_of_language_keeps_the_input(screen_of, account):
    teller = screen_of("teller")
    page = teller.page
    teller.open("/desk/transfers/new")
    page.get_by_label("收款账号").fill(PAYEE)
    teller.press("English")
    expect(page.get_by_label("Payee's account or card number")).to_have_value(PAYEE)
    page.get_by_role("button", name="Theme").click()
    expect(page.get_by_label("Payee's account or card number")).to_have_value(PAYEE)


def test_number_shown_once_survives_a_change_of_language(screen_of, account):
    teller = screen_of("teller")
    page = teller.page
    teller.open(f"/desk/accounts/{account.id}/cards/new")
    teller.press("发卡")
    teller.reads("卡号（仅显示这一次）")
    number = page.locator("#card-number").inner_text()
    teller.press("English")
    expect(page.locator("#language-notice")).to_contain_text("shown once")
    expect(page.locator("#card-number")).to_have_text(number)
    teller.open("/desk/")
    teller.reads("Home")
