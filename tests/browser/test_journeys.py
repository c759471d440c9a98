"""Three days at the counter, in the browsers of the people who work there."""

import re

import pytest
from playwright.sync_api import expect

from accounts.models import Account, Card, CardException, Customer
from blacklist.models import Certificate
from config.kernel.database.clock import bank_now
from config.kernel.models import Approval, Decision, SecondFactor
from tests import factories
from tests.browser.particulars_form import fill_particulars
from transfers.models import Transfer

NAME, DOCUMENT, PHONE = "欧阳明月", "110105199003070025", "13712345678"
REASON = "客户在外地工作，工资代发行指定另发一张卡"
ELSEWHERE = {"account_number": "6222000011112222", "bank_code": "OTHERBANK", "name": "陈某"}


@pytest.fixture(autouse=True)
def canaries(watch):
    """The document numbers of the cast must not occur in any address."""
    watch.secrets |= {NAME, DOCUMENT, PHONE, "13512345678", ELSEWHERE["account_number"]}
    watch.secrets |= {factories.ZHANG.name, factories.ZHANG.number}


@pytest.fixture
def zhang_with_card(keys, noon, watch):
    """张三 with a Class I account, a card and 10,000 yuan."""
    customer = factories.customer(factories.ZHANG, phone="13512345678")
    account = factories.account(customer, "I", balance_fen=0)
    card = factories.card(account)
    watch.secrets |= {card.number, account.account_number}
    return customer, account, card


@pytest.fixture
def zhang_with_money(zhang_with_card, call):
    customer, account, card = zhang_with_card
    paid = {"account": {"account_id": str(account.id)}, "amount": "10000.00"}
    assert call("teller", "/cash/deposits", paid).status_code == 201
    return customer, account, card


def atm_order(card: Card, amount: str = "2000.00") -> dict:
    return {"payer": {"card_number": card.number}, "payee": ELSEWHERE, "amount": amount}


def decide(screen, account_of: str, decision: str = "通过", button: str = "") -> None:
    """Decide the only proposal in the inbox: choose, type the next code, press the named button."""
    screen.open("/desk/")
    screen.press("前往复核中心")
    screen.page.locator(".desk-rows tbody tr").filter(has_text=account_of).get_by_role("link").click()
    screen.page.get_by_role("radio", name=decision, exact=True).check()
    # As of half a minute after the last one: each decision takes a code of its own.
    SecondFactor.objects.filter(user__username=screen.name).update(last_t=-1)
    screen.page.get_by_label("动态口令").fill(screen.next_code())
    screen.press(button or {"通过": "确认通过，即时生效", "不通过": "确认不通过"}[decision])


def test_five_cards_of_which_the_fifth_needs_a_supervisor(screen_of, noon, watch):
    teller = screen_of("teller", signs_in=True)
    page = teller.page
    page.get_by_role("link", name="个人开户").click()
    page.locator("#id_identity-type").select_option("resident_id")
    page.get_by_label("证件号码").first.fill(DOCUMENT)
    page.get_by_label("长期有效").check()
    page.get_by_label("姓名", exact=False).first.fill(NAME)
    page.get_by_label("手机号码").fill(PHONE)
    page.get_by_label("核查方式").select_option("联网核查")
    page.get_by_label("核查结果").select_option("match")
    expect(page.locator("#rules")).to_contain_text("✓")
    teller.press("下一步")
    fill_particulars(page)
    teller.press("下一步")
    page.get_by_label("账户类别").select_option("I")
    page.get_by_label("账户用途").select_option("daily")
    page.get_by_label("发卡", exact=True).select_option("debit")
    teller.press("下一步")
    teller.reads("请与客户核对", NAME, PHONE)
    teller.press("确认开户")
    teller.reads("开户结果", "卡号（仅显示这一次）", "欧*")

    customer = Customer.objects.get()
    account = Account.objects.get(customer=customer)
    assert (customer.name, customer.phone, account.account_class) == (NAME, PHONE, "I")
    for held in (2, 3, 4):
        teller.open(f"/desk/accounts/{account.id}")
        teller.press("发卡")
        teller.press("发卡")
        teller.reads("已发卡", "卡号（仅显示这一次）")
        assert Card.objects.filter(customer=customer, status="active").count() == held
    watch.secrets |= {account.account_number, *(card.number for card in Card.objects.all())}

    teller.open(f"/desk/customers/{customer.id}")
    expect(page.locator(".desk-slot.is-used")).to_have_count(4)
    teller.open(f"/desk/accounts/{account.id}/cards/new")
    teller.press("发卡")
    teller.reads("DEBIT_CARD_LIMIT", "客户确有正当理由的")
    assert Card.objects.count() == 4
    teller.page.get_by_role("alert").or_(page.get_by_role("note")).get_by_role("link", name="申请超限额发卡").click()
    page.get_by_label("理由").fill(REASON)
    teller.press("提交复核")
    teller.reads("已提交，待主管复核", "待复核")
    assert (CardException.objects.get().status, Card.objects.count()) == ("pending", 4)

    supervisor = screen_of("supervisor", signs_in=True)
    decide(supervisor, "超限额")
    supervisor.reads("由经办人发卡", "已通过")
    fifth = Card.objects.exclude(exception=None).get()
    watch.secrets.add(fifth.number)
    teller.open("/desk/")
    page.get_by_role("link", name="去发卡").click()
    page.get_by_role("link", name="发卡", exact=True).click()
    teller.press("发卡")
    teller.reads("卡号（仅显示这一次）")
    expect(page.locator("#card-number")).to_contain_text(fifth.number[-3:])
    assert (fifth.status, fifth.slot, fifth.customer_id) == ("active", None, customer.id)
    approval = Approval.objects.get()
    assert (approval.status, approval.made_by.name, approval.decided_by.name) == ("approved", "teller", "supervisor")
    teller.open(f"/desk/customers/{customer.id}")
    teller.reads("经批准超限额")
    refused = Decision.objects.filter(kind="issue_card", outcome="refused").values_list("code", flat=True)
    assert list(refused) == ["DEBIT_CARD_LIMIT"]


@pytest.mark.parametrize("start", ["board", "customer"])
def test_the_customer_phones_and_the_teller_cancels_in_under_four_keys(start, zhang_with_money, screen_of, call):
    customer, account, card = zhang_with_money
    order = call("atm", "/transfers", atm_order(card)).json()
    assert order["status"] == "held"
    teller = screen_of("teller")
    page = teller.page
    teller.open("/desk/")
    if start == "board":
        page.get_by_role("link", name="延时到账（待到账）").click()
    else:
        page.get_by_role("link", name="客户查询").click()
        expect(page.locator("#id_key")).to_be_focused()
        page.keyboard.type("13512345678")
        page.get_by_label("查询理由").select_option("business")
        page.locator("#id_key").press("Enter")
        expect(page).to_have_url(f"{teller.base}/desk/customers/{customer.id}")
    row = page.locator(".desk-rows tbody tr").filter(has_text="2,000.00").filter(has_text="自助")
    # The countdown runs from the acceptance: the full 24 hours are shown for half a second.
    expect(row.locator(".countdown")).to_have_text(re.compile(r"^(24:00|23:59):\d\d$"))
    teller.settle()

    # The keys: one for the transfer, then how the payer was identified and by which document, one to send.
    page.keyboard.press("c")
    expect(page.get_by_label("本人到柜面")).to_be_focused()
    teller.reads("贰仟元整", "剩余")
    identifies(page)
    page.keyboard.type(factories.ZHANG.number)
    page.keyboard.press("Enter")
    teller.reads("撤销回单", "已撤销，预留的款项已释放", "贰仟元整")
    assert page.locator("body").inner_text().count(factories.ZHANG.number) == 0

    transfer = Transfer.objects.get()
    assert (transfer.status, transfer.ended_at) == ("cancelled", bank_now())
    account.refresh_from_db()
    assert (account.balance_fen, account.held_fen) == (1_000_000, 0)
    assert (
        call("teller", f"/transfers/{transfer.id}/cancel", {"applicant": {"card_number": card.number}}).status_code
        == 200
    )


def identifies(page) -> None:
    """State by keys that the payer came in person with an identity card, and move to its number field."""
    for key in ("1", "Tab", "1", "Tab"):
        page.keyboard.press(key)
    expect(page.get_by_label("证件号码或卡号")).to_be_focused()


def test_among_several_a_row_is_chosen_and_cancelled_with_keys(zhang_with_money, screen_of, call, noon):
    _, _, card = zhang_with_money
    made = []
    for amount in ("100.00", "200.00", "300.00"):
        made.append(call("atm", "/transfers", atm_order(card, amount)).json()["id"])
        noon.advance(minutes=1)
    teller = screen_of("teller")
    page = teller.page
    teller.open("/desk/transfers/held")
    for key in ("j", "ArrowDown", "ArrowDown", "ArrowUp", "c"):
        page.keyboard.press(key)
    expect(page.get_by_label("本人到柜面")).to_be_focused()
    identifies(page)
    page.keyboard.type(factories.ZHANG.number)
    page.keyboard.press("Enter")
    teller.reads("撤销回单")
    assert Transfer.objects.get(status="cancelled").id.hex == made[1].replace("-", "")


def test_the_chosen_row_stays_chosen_when_the_board_is_refreshed(zhang_with_money, screen_of, call):
    _, _, card = zhang_with_money
    call("atm", "/transfers", atm_order(card))
    teller = screen_of("teller")
    page = teller.page
    teller.open("/desk/transfers/held")
    page.keyboard.press("j")
    chosen = page.evaluate("document.activeElement.id")
    with page.expect_response("**/held/rows*"):
        page.evaluate("htmx.ajax('GET', '/desk/transfers/held/rows', {target: '#held-rows', swap: 'innerHTML'})")
    expect(page.locator(f"#{chosen}")).to_be_focused()


def test_person_other_than_the_payer_cannot_cancel(zhang_with_money, screen_of, call):
    _, account, card = zhang_with_money
    transfer = call("atm", "/transfers", atm_order(card)).json()
    teller = screen_of("teller")
    teller.open(f"/desk/transfers/{transfer['id']}/cancel")
    expect(teller.page.get_by_label("本人到柜面")).to_be_focused()
    identifies(teller.page)
    teller.page.keyboard.type(factories.LI.number)
    teller.page.keyboard.press("Enter")
    teller.reads("NOT_THE_PAYER")
    assert Transfer.objects.get().status == "held"
    account.refresh_from_db()
    assert account.held_fen == 200_000


def test_a_certified_person_is_refused_at_the_machine_and_served_at_the_counter(zhang_with_money, screen_of, call):
    customer, account, card = zhang_with_money
    officer = screen_of("compliance", signs_in=True)
    page = officer.page
    page.get_by_role("link", name="认定书录入").click()
    page.get_by_label("文书号").fill("公(反诈)认字〔2026〕001号")
    page.get_by_label("认定机关").fill("广州市公安局")
    page.get_by_label("行政区划代码").fill("440100")
    page.get_by_label("机关层级").select_option("county")
    expect(page.locator("#verdict")).to_contain_text("层级不足")
    page.get_by_label("机关层级").select_option("prefecture")
    page.get_by_label("认定日期").fill("2026-01-01")
    page.get_by_label("认定类别").select_option("SELL")
    page.get_by_label("认定依据").select_option("NOTICE_2016")
    expect(page.locator("#verdict")).to_contain_text("至2031年1月1日（含）止")
    page.get_by_label("姓名或名称").fill(factories.ZHANG.name)
    page.get_by_label("证件种类").select_option("resident_id")
    page.get_by_label("证件号码").fill(factories.ZHANG.number)
    officer.press("提交复核")
    officer.reads("待复核")
    assert Certificate.objects.get().status == "pending"
    assert call("atm", "/transfers", atm_order(card, "1.00")).status_code == 201
    officer.open("/desk/inbox?status=pending")
    officer.reads("本人提交，须由他人复核")

    checker = screen_of("compliance_2")
    decide(checker, "公(反诈)认字〔2026〕001号")
    checker.reads("已通过，即时生效")
    certificate = Certificate.objects.get()
    assert certificate.status == "in_force"

    refused = call("atm", "/transfers", atm_order(card))
    assert (refused.status_code, refused.json()["code"]) == (422, "NON_COUNTER_SUSPENDED")
    teller = screen_of("teller")
    teller.open(f"/desk/customers/{customer.id}")
    teller.reads("对该客户的限制", "停止非柜面业务", "不得新开立账户")
    page = teller.page
    page.get_by_role("link", name="转账录入").click()
    page.get_by_label("付款卡号或账号").fill(account.account_number)
    page.get_by_label("收款账号").fill(ELSEWHERE["account_number"])
    page.get_by_label("收款行行号").fill(ELSEWHERE["bank_code"])
    page.get_by_label("收款人户名").fill("陈立新")
    page.get_by_label("金额（元）").fill("2,000")
    page.get_by_label("普通到账").check()
    expect(page.locator("#preview")).to_contain_text("预计到账")
    teller.press("提交 Ctrl+Enter")
    teller.reads("受理回单", "贰仟元整")
    assert Transfer.objects.filter(channel="counter").get().status == "held"

    officer.open(f"/desk/certificates/{certificate.id}")
    officer.press("申请撤销")
    officer.page.get_by_label("撤销文号").fill("撤〔2026〕1号")
    officer.page.get_by_label("撤销日期").fill("2026-01-05")
    officer.page.get_by_label("认定机关撤销认定").check()
    officer.page.get_by_label("理由").fill("经复核，认定有误")
    officer.press("提交撤销申请")
    officer.reads("撤销已提交")
    assert call("atm", "/transfers", atm_order(card)).status_code == 422
    decide(checker, "撤〔2026〕1号")
    checker.reads("已通过，即时生效")
    assert Certificate.objects.get().status == "revoked"
    assert call("atm", "/transfers", atm_order(card)).status_code == 201
    teller.open(f"/desk/customers/{customer.id}")
    assert teller.page.get_by_text("对该客户的限制").count() == 0
