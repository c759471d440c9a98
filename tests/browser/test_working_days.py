"""Working days of a teller, a supervisor and an auditor in both languages, with keystrokes counted.

The counts of each task must equal the table in `docs/desk.md`.
"""

from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from django.db import transaction
from playwright.sync_api import expect

from accounts.models import Account, Card, CardException
from accounts.till.models import CashBox
from config.kernel.database.ids import reference_text
from config.kernel.models import Approval, Decision, ProofRun
from config.kernel.models import SecondFactor as Factor
from config.oversight import tasks
from tests import evidence, factories, listings
from tests.approvals.cases import CASES
from tests.browser.screen import Screen
from tests.browser.user_input import Hands
from tests.factories import LI, WANG, ZHANG
from tests.races import not_yet_committed
from transfers.models import Transfer

NAME, DOCUMENT, PHONE = "欧阳明月", "110105199003070025", "13712345678"
ADDRESS = "天河路1号"
PAYEE, EMPTY = "6000300000000001", "6000300000000002"
DESK = Path(__file__).resolve().parents[2] / "docs" / "desk.md"

type Say = Callable[[str, str], str]


@pytest.fixture(autouse=True)
def canaries(watch):
    """The document numbers of the cast must not occur in any address."""
    watch.secrets |= {NAME, DOCUMENT, PHONE, ADDRESS, PAYEE, EMPTY}
    watch.secrets |= {each for who in (ZHANG, LI, WANG) for each in (who.number, who.name)}


@pytest.fixture(params=["zh-hans", "en"])
def say(request: pytest.FixtureRequest) -> Say:
    """Return a function that chooses the shown one of two wordings; the language is `say.language`."""
    return lambda zh, en: zh if request.param == "zh-hans" else en


def propose(kind: str, account) -> Decision:
    """Propose something as its maker does; return the stored decision."""
    # Of a list it is read in portions that own their transactions.
    with not_yet_committed():
        wanted = CASES[kind].prepare(account)
    before = set(Decision.objects.values_list("id", flat=True))
    maker = factories.caller(CASES[kind].by, "maker")
    with transaction.atomic():
        CASES[kind].propose(account, maker, wanted)
    return Decision.objects.exclude(id__in=before).get(principal_id=maker.id)


def test_a_teller_from_signing_in_to_the_count_of_the_box(screen_of, say, noon, watch):
    factories.account(factories.customer(LI), "I", account_number=PAYEE)
    wang = factories.account(factories.customer(WANG), "I", account_number=EMPTY)
    teller, hands = arrived(screen_of, "teller", say, signs_in=True)
    page = teller.page

    with hands.doing("open a cash box"):
        hands.goes_to("9001")
        hands.sends("Enter")
        hands.types("20000")
        hands.sends("Enter")
        teller.reads("20,000.00", "人民币贰万元整")
        hands.sends()
    teller.reads(say("已领箱，可以办理现金业务。", "The box is open; cash can be moved."))

    with hands.doing("open Class I with a debit card, new customer"):
        hands.goes_to("1001")
        hands.press("1", "Tab")
        hands.types(DOCUMENT)
        hands.tabs_to("[name=identity-no_end]")
        hands.press("Space")
        hands.tabs_to("[name=identity-name]")
        hands.types(NAME)
        hands.tabs_to("[name=identity-phone]")
        hands.types(PHONE)
        hands.tabs_to("[name=identity-method]")
        hands.press("1", "Tab", "1")
        hands.sends()
        hands.press("ArrowDown")
        hands.tabs_to("[name=particulars-nationality]")
        hands.types("CHN")
        hands.tabs_to("[name=particulars-address]")
        hands.types(ADDRESS)
        hands.tabs_to("[name=particulars-tax_residency]")
        hands.press("ArrowDown")
        hands.sends()
        for field in ("card", "purpose"):
            hands.tabs_to(f"[name=product-{field}]")
            hands.press("ArrowDown")
        hands.sends()
        teller.reads(NAME, PHONE)
        hands.sends()
    teller.reads(say("卡号（仅显示这一次）", "Card number (shown this once)"))
    account = Account.objects.exclude(account_number__in=[PAYEE, EMPTY]).get()
    mine = f"/desk/accounts/{account.id}"
    watch.secrets |= {account.account_number, Card.objects.get().number}

    with hands.doing("find a customer by document"):
        hands.goes_to(DOCUMENT)
    expect(page).to_have_url(f"{teller.base}/desk/customers/{account.customer_id}")

    with hands.doing("a further card, from the customer"):
        hands.follows(page.locator(f"main a[href='{mine}/cards/new']"))
        hands.sends()
    teller.reads(say("已发卡", "Card issued"))
    watch.secrets |= {card.number for card in Card.objects.all()}

    teller.open(f"/desk/customers/{account.customer_id}")
    with hands.doing("cash deposit, from the customer"):
        hands.follows(page.locator(f"main a[href='{mine}/cash']"))
        hands.types("5000")
        hands.sends("Enter")
        hands.sends()
    teller.reads("5,000.00", "人民币伍仟元整")
    printed(hands)

    with hands.doing("cash deposit, by its code and the account"):
        hands.goes_to(f"2101 {account.account_number}")
        hands.types("100")
        hands.sends("Enter")
        hands.sends()
    teller.reads("100.00", "人民币壹佰元整")
    with hands.doing("cash deposit, by its code, then the document"):
        hands.goes_to("2101")
        hands.types(DOCUMENT)
        hands.sends("Enter")
        hands.types("100")
        hands.sends("Enter")
        hands.sends()
    teller.reads("100.00", "人民币壹佰元整")
    slip = reference_text(UUID(page.url.rpartition("/")[2]))
    teller.reads(slip)
    with hands.doing("a slip of cash once more, by its number"):
        hands.goes_to(slip)
        printed(hands)

    teller.open(f"/desk/customers/{account.customer_id}")
    teller.settle()
    with hands.doing("transfer within the bank, from the customer"):
        hands.follows(page.locator(f"main a[href='/desk/transfers/new?account={account.id}']"))
        hands.types(PAYEE)
        hands.tabs_to("[name=payee_name]")
        hands.types(LI.name)
        hands.tabs_to("[name=amount]")
        hands.types("2000")
        hands.tabs_to("[name=arrival]")
        hands.press("ArrowDown", "ArrowDown")
        expect(page.locator("#preview")).to_contain_text(say("2026年1月6日00:00:00", "00:00:00 on 6 January 2026"))
        hands.sends()
    transfer = Transfer.objects.get()
    assert transfer.status == "held"
    teller.reads(say("受理回单", "Acceptance slip"), reference_text(transfer.id))

    with hands.doing("a slip once more, by its number"):
        hands.goes_to(reference_text(UUID(str(transfer.id))))
        printed(hands)

    with hands.doing("the customer phones: cancel"):
        hands.goes_to(DOCUMENT)
        with page.expect_navigation():
            hands.press("c")
        teller.settle()
        # Called back, by an identity card, whose number the customer says.
        hands.press("2", "Tab", "1", "Tab")
        hands.types(DOCUMENT)
        hands.sends("Enter")
    called_back = say("电话申请，回拨本行预留的号码核实", "By phone, called back at the number on file")
    teller.reads(say("撤销回单", "Cancellation slip"), called_back)
    assert Decision.objects.get(kind="cancel_transfer").facts["applicant"]["identified_by"] == "called_back"
    transfer.refresh_from_db()
    assert transfer.status == "cancelled"

    for _ in range(2):
        factories.card(account)
    teller.open(mine)
    with hands.doing("propose a card beyond four, from the account"):
        hands.clicks(page.locator("main .desk-menu > summary"))
        hands.follows(page.locator("main a[href$='/card-exceptions/new']"))
        hands.tabs_to("[name=card-reason]")
        hands.types("单位要求另发一张")
        hands.sends()
    assert CardException.objects.get().status == "pending"

    with hands.doing("report a card lost, from the account"):
        hands.follows(page.locator("main a[href$='/report_lost']").first)
        hands.press("1")
        hands.sends()
    (lost,) = Card.objects.filter(status="lost")
    with hands.doing("replace a card, by its code and its number"):
        hands.goes_to(f"1104 {lost.number}")
        hands.sends()
    teller.reads(say("已补（换）卡", "Card replaced"))
    watch.secrets |= {card.number for card in Card.objects.all()}
    lost.refresh_from_db()
    assert lost.status == "cancelled"

    teller.open(f"/desk/accounts/{wang.id}")
    with hands.doing("close an account, from its page"):
        hands.clicks(page.locator("main .desk-menu > summary"))
        hands.follows(page.locator(f"main a[href$='/accounts/{wang.id}/close']"))
        hands.sends()
    wang.refresh_from_db()
    assert wang.status == "closed"

    with hands.doing("count the cash box (轧账)"):
        hands.goes_to("9001")
        hands.sends("Enter")
        hands.types("25200")
        hands.sends("Enter")
        hands.sends()
    teller.reads(say("轧账待复核", "Count pending approval"))
    assert CashBox.objects.get().closed_at is None
    assert_counts_documented(hands)


def test_a_supervisors_hour(screen_of, say, keys, noon):
    account = factories.account(factories.customer(ZHANG), "I")
    for kind in ("card_exception", "cash_count", "external_account"):
        propose(kind, account)
        noon.advance(minutes=1)
    supervisor, hands = arrived(screen_of, "supervisor", say)
    page = supervisor.page
    expect(page.locator("main .card", has_text=say("待我复核", "Pending my approval")).first).to_contain_text("3")

    with hands.doing("decide a proposal, from the list"):
        hands.goes_to("3001")
        hands.press("j")
        hands.sends("Enter")
        decides(hands, "a")
    with hands.doing("decide the next one"):
        with page.expect_navigation():
            hands.press("n")
        supervisor.settle()
        decides(hands, "a")
    with page.expect_navigation():
        hands.press("n")
    supervisor.settle()
    page.locator("#remark").fill(say("该户非本人开立", "Not in their own name"))
    page.locator("#code").focus()
    decides(hands, "r")
    assert sorted(Approval.objects.values_list("status", flat=True)) == ["approved", "approved", "rejected"]
    assert Approval.objects.get(status="rejected").decided_by.name == "supervisor"

    # The day so far: which boxes are open, what came in, which transfers there were.
    for code, words in (
        ("9001", say("未轧账", "not closed")),
        ("9002", say("经营日报", "Daily figures")),
        ("2010", say("转账查询", "Find transfers")),
        ("9003", say("到账及时性", "Punctuality")),
    ):
        hands.goes_to(code)
        supervisor.reads(words)
    assert_counts_documented(hands)


def test_an_auditors_request(screen_of, say, keys, noon):
    account = factories.account(factories.customer(ZHANG), "I")
    case = listings.certify(ZHANG)
    evidence.write_missing()
    noon.advance(minutes=1)
    auditor, hands = arrived(screen_of, "auditor", say)
    page = auditor.page

    # The auditor looks up one person by document, with a reason; the data are masked.
    with hands.doing("find a customer by document, for a reason"):
        hands.goes_to("1000")
        hands.types(ZHANG.number)
        hands.tabs_to("[name=reason]")
        hands.press("1")
        hands.sends()
    expect(page).to_have_url(f"{auditor.base}/desk/customers/{account.customer_id}")
    auditor.reads(say("停止非柜面业务", "Non-counter business stopped"))
    expect(page.locator("body")).not_to_contain_text(ZHANG.number)
    assert Decision.objects.filter(kind="unmask").count() == 0

    # What restricts that person, and everything about it as one file, which is registered.
    hands.follows(page.locator(f"main a[href$='/certificates/{case.id}']").first)
    with page.expect_download() as bundle:
        page.locator("form[action$='/evidence'] button").click()
    assert bundle.value.path().read_bytes().startswith(b"%PDF")
    hands.goes_to("5001")
    with page.expect_download() as table:
        page.locator("main button[name=format]").last.click()
    assert table.value.suggested_filename.endswith(".xlsx")
    hands.goes_to("5007")
    expect(page.locator("main tbody tr")).to_have_count(2)

    # The books are proved on demand; who signed in and who looked is listed.
    hands.goes_to("5006")
    with page.expect_navigation():
        page.locator("main form[method=post] button").first.click()
    tasks.prove_asked()
    run = ProofRun.objects.get()
    assert run.ended_at is not None
    page.reload()
    auditor.reads(say("核对相符", "Everything holds"))
    for code, words in (("5004", "auditor"), ("5005", say("查询客户", "Look-up of a customer"))):
        hands.goes_to(code)
        auditor.reads(words)
    assert_counts_documented(hands)


def arrived(screen_of: Callable[..., Screen], name: str, say: Say, **how: bool) -> tuple[Screen, Hands]:
    """Return a person's screen, signed in and in their language, and their counted input."""
    screen = screen_of(name, **how)
    screen.speak(say("zh-hans", "en"))
    screen.open("/desk/")
    screen.settle()
    return screen, Hands(screen)


def decides(hands: Hands, choice: str) -> None:
    """Choose a decision, type a code, and press the named button."""
    page, screen = hands.page, hands.screen
    # As of half a minute after the last one: each decision takes a code of its own.
    Factor.objects.filter(user__username=screen.name).update(last_t=-1)
    expect(page.locator("#code")).to_be_focused()
    hands.press(choice)
    hands.types(screen.next_code())
    hands.press("Tab")
    hands.sends("Enter")


def printed(hands: Hands) -> None:
    """Print a slip with the key."""
    with hands.page.expect_popup() as opened:
        hands.press("Alt+p")
    expect(opened.value.locator(".desk-slip")).to_be_visible()
    opened.value.close()


def assert_counts_documented(hands: Hands) -> None:
    """Assert that the counts of each task equal those in the documentation."""
    documented = DESK.read_text()
    wrong = [line for line in hands.lines() if line not in documented]
    assert not wrong, "\n".join(wrong)
