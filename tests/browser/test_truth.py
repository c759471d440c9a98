"""What the desk says is true: how a proposal ended, when a restriction ends, what is ahead of money on hold."""

from datetime import timedelta

import pytest
from django.db import transaction
from playwright.sync_api import expect

from config.kernel import approvals
from config.kernel.models import Decision, SecondFactor
from tests import factories, listing
from tests.approvals.cases import CASES
from tests.blacklist.cast import latest_approval
from tests.clock import NOON
from tests.desk.test_rejections import OF_PAPERS
from tests.factories import LI, ZHANG
from tests.races import not_yet_committed
from tests.transfers.conftest import pay_in
from tests.transfers.factories import held
from transfers.operations.release import release_due
from transfers.vocabulary import ReleasedBy

CHECKERS = {"supervisor": "supervisor", "compliance": "compliance_2"}
REASON = "所附材料与原件不符"
AHEAD = "到期将不执行"


@pytest.fixture(autouse=True)
def canaries(watch):
    """What the cast's papers say must stand in no address."""
    watch.secrets |= {ZHANG.number, LI.number, ZHANG.name}


@pytest.fixture
def account(keys, noon):
    """张三's Class I account."""
    return factories.account(factories.customer(ZHANG), "I")


@pytest.fixture
def payee(keys, noon):
    """李四's account."""
    return factories.account(factories.customer(LI), "I")


def propose(kind: str, account) -> Decision:
    """Propose something as its maker does; return the decision that is kept of it."""
    # Of a list it is read in portions that own their transactions.
    with not_yet_committed():
        wanted = CASES[kind].prepare(account)
    before = set(Decision.objects.values_list("id", flat=True))
    maker = factories.caller(CASES[kind].by, "maker")
    with transaction.atomic():
        CASES[kind].propose(account, maker, wanted)
    return Decision.objects.exclude(id__in=before).get(principal_id=maker.id)


# Each other kind is read in the same places without a browser: `tests/desk/test_rejections.py`.
@pytest.mark.parametrize("kind", ["external_account", "parked_return", "certificate", "import"])
def test_a_rejection_reads_as_one_and_enter_brings_none_about(screen_of, account, noon, kind):
    submitted = propose(kind, account)
    approval = latest_approval()
    noon.advance(minutes=5)

    auditor = screen_of("auditor")
    auditor.open("/desk/decisions")
    row = auditor.page.locator("tbody tr").filter(has=auditor.page.locator(f"a[href$='{submitted.id}']"))
    expect(row.locator(".badge")).to_have_text("已提交复核")

    checker = screen_of(CHECKERS[approvals.deciding_role(kind)])
    page = checker.page
    checker.open(f"/desk/inbox/{approval.id}")
    for box in (page.get_by_label("意见"), page.get_by_label("动态口令")):
        box.fill(REASON if box == page.get_by_label("意见") else checker.next_code())
        box.press("Control+Enter")
        box.press("Enter")
    assert latest_approval().status == "pending"
    page.get_by_label("意见").fill(REASON)
    page.get_by_role("radio", name="不通过").check()
    page.get_by_label("动态口令").fill(checker.next_code())
    checker.press("确认不通过")
    checker.reads("未通过，记录保留。", REASON)
    rejected = Decision.objects.get(rule="reject")

    auditor.open("/desk/decisions")
    for each in (submitted, rejected):
        row = auditor.page.locator("tbody tr").filter(has=auditor.page.locator(f"a[href$='{each.id}']"))
        expect(row.locator(".badge")).to_have_text("未通过")
    row.get_by_role("link", name="查看").click()
    auditor.reads("· 未通过", REASON)
    auditor.open("/desk/inbox?status=rejected")
    expect(auditor.page.locator("tbody .badge")).to_have_text("未通过")
    if kind not in OF_PAPERS:
        teller = screen_of("teller")
        teller.open(f"/desk/customers/{account.customer_id}")
        told = teller.page.locator(".acc-event").filter(has_text=REASON)
        expect(told.locator(".badge")).to_have_text("未通过")


def test_what_a_teller_submits_waits_and_is_then_read_as_it_ended(screen_of, account):
    teller, customer = screen_of("teller"), f"/desk/customers/{account.customer_id}"
    page = teller.page
    for decision, ended in (("不通过", "未通过"), ("通过", "已通过")):
        teller.open(f"{customer}/reverify")
        page.get_by_label("核查方式").select_option(index=1)
        page.get_by_label("核查结果").select_option("match")
        teller.press("提交复核")
        line = page.locator(".acc-event").filter(has_text="提交复核").first
        expect(line.locator(".badge")).to_have_text("已提交复核")
        checker = screen_of("supervisor")
        checker.open(f"/desk/inbox/{latest_approval().id}")
        if decision == "不通过":
            checker.page.get_by_label("意见").fill(REASON)
        _decide(checker, decision)
        teller.open(customer)
        expect(page.locator(".acc-event").filter(has_text="提交复核").first.locator(".badge")).to_have_text(ended)


def _decide(checker, decision: str) -> None:
    page = checker.page
    page.get_by_role("radio", name=decision, exact=True).check()
    SecondFactor.objects.filter(user__username=checker.name).update(last_t=-1)
    page.get_by_label("动态口令").fill(checker.next_code())
    checker.press({"通过": "确认通过，即时生效", "不通过": "确认不通过"}[decision])
    checker.reads("已通过，即时生效" if decision == "通过" else "未通过，记录保留")


def test_a_freeze_reads_back_as_the_day_that_was_typed(screen_of, account):
    officer = screen_of("compliance")
    page = officer.page
    for typed, told in (
        ("2027-01-01", "至2027年1月1日（含）止"),
        ("2027-01-01 15:30", "至2027年1月1日15:30止"),
        ("", "直至解除"),
    ):
        officer.open(f"/desk/accounts/{account.id}/freezes/new")
        page.get_by_label("冻结机关").fill("某区法院")
        page.get_by_label("协助冻结通知书文号").fill(f"冻{typed or '长'}")
        page.get_by_label("冻结至").fill(typed)
        page.locator("form button.btn-danger, form button.btn-primary").last.click()
        officer.reads(told)
        officer.open("/desk/freezes")
        expect(page.locator("tbody tr").filter(has_text=f"冻{typed or '长'}").first).to_contain_text(told)
    officer.open(f"/desk/customers/{account.customer_id}")
    expect(page.locator(".acc-accounts")).to_contain_text("至2027年1月1日（含）止")
    expect(page.locator("body")).not_to_contain_text("2027-01-02")


def test_every_cause_is_said_with_its_end_and_a_reverification_promises_no_more(screen_of, account, call):
    other = factories.account(account.customer, "II")
    listing.certify(ZHANG)
    listing.certify_account(account.account_number)
    teller, supervisor = screen_of("teller"), screen_of("supervisor")
    page = teller.page
    ends = ("至2031年1月2日（含）止", "至2029年1月2日（含）止", "直至认定撤销或身份重新核实")
    teller.open(f"/desk/customers/{account.customer_id}")
    teller.reads(*ends, "广州市公安局")
    teller.open(f"/desk/accounts/{other.id}")
    teller.reads("至2031年1月2日（含）止", "直至认定撤销或身份重新核实")
    teller.open(f"/desk/accounts/{account.id}")
    teller.reads("直至涉案认定撤销", "至2031年1月2日（含）止")
    expect(page.locator("body")).not_to_contain_text("重新核实")

    body = {"identity_check": {"method": "联网核查", "result": "match"}}
    asked = call("teller", f"/customers/{account.customer_id}/reverifications", body).json()
    supervisor.open(f"/desk/inbox/{asked['approval_id']}")
    _decide(supervisor, "通过")
    still = "当时仍在执行：暂停非柜面业务（惩戒），至2031年1月2日（含）止"
    supervisor.reads(still, "涉案账户中止所有业务（涉案账户），直至涉案认定撤销")
    teller.open(f"/desk/customers/{account.customer_id}")
    reverified = page.locator(".acc-event").filter(has_text=still).filter(has_text="重新核实身份")
    expect(reverified).to_have_count(1)
    expect(page.locator(".acc-restrictions").first).not_to_contain_text("重新核实")
    teller.speak("en")
    teller.open(f"/desk/customers/{account.customer_id}")
    teller.reads("through 2 January 2031 (inclusive)", "Still in force then")


@pytest.mark.parametrize(
    ("arrival", "ahead", "done"),
    [
        ("实时到账", "提交后立即到账，不能撤销。", "已到账。"),
        ("普通到账", "资金将于 2026年01月05日 14:00:00 到账", "到期后到账"),
        ("次日到账", "资金将于 2026年01月06日 00:00:00 到账", "到期后到账"),
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
    teller.reads("入账回单" if done == "已到账。" else "受理回单", done)


def test_a_preview_in_english_too(screen_of, account, payee):
    pay_in(account, 100_000)
    teller = screen_of("teller")
    page = teller.page
    teller.speak("en")
    teller.open(f"/desk/transfers/new?account={account.id}")
    page.locator("#id_payee_number").fill(payee.account_number)
    page.locator("#id_payee_name").fill(LI.name)
    page.locator("#id_amount").fill("20")
    page.get_by_label("Real-time").check()
    expect(page.locator("#preview")).to_contain_text("The funds arrive immediately on submission")
    expect(page.locator("#preview")).not_to_contain_text("have arrived")


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

    listing.certify_account(payee.account_number)
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
    certificate = listing.certify(ZHANG)
    listing.certify_account(account.account_number)
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
