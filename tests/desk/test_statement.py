"""The statement of an account (1112): balances against the ledger, the bounds of the period, pages, and the PDF."""

from datetime import timedelta

import pytest
from reportlab.pdfgen.canvas import Canvas

from accounts import ledger
from accounts.models import Entry
from accounts.queries.statement import statement_of
from accounts.vocabulary import EntryKind, InternalKind
from config.kernel.database.sql import rows
from config.kernel.law.dates import start_of_day
from config.kernel.models import Decision, TrailRecord
from tests import cash, factories
from tests.clock import NOON
from tests.database import queries_of
from tests.database_refusals import past_the_guards
from tests.desk.pages import english, text_of
from tests.money import post
from tests.plans import plans_of, vacuum
from tests.transfers.factories import held
from transfers.desk import statement as statement_page
from transfers.desk import statement_paper
from transfers.operations.release import release_due
from transfers.vocabulary import ReleasedBy

pytestmark = pytest.mark.django_db
TODAY = start_of_day(NOON.date())
DAY = timedelta(days=1)


@pytest.fixture
def account(zhang, noon):
    return factories.account(zhang, "I")


@pytest.fixture
def page(account):
    return f"/desk/accounts/{account.id}/statement"


def deposit(account, fen, at):
    with_cash = ledger.internal_side(InternalKind.CASH)
    return post(EntryKind.DEPOSIT, with_cash, account, fen, at=at)


def busy(account, li):
    """Post entries of many kinds over three days."""
    other = factories.account(li, "I", account_number="6000199900000001", balance_fen=1_000)
    deposit(account, 500_000, TODAY - 2 * DAY)
    post(EntryKind.MERGE, other, account, 7, at=TODAY - DAY)
    cash.box()
    moved = cash.pay(account, "withdrawal", 10_000)
    _, asked = cash.take_back(moved)
    cash.approve(asked)
    held(account, other, amount_fen=300, payee_name="李四")
    held(account, amount_fen=45, payee_name="陈小明")
    release_due(released_by=ReleasedBy.CELERY)
    post(EntryKind.TRANSFER, other, account, 250, at=NOON)
    return other


def test_balance_after_each_entry_is_the_ledgers(account, li, noon):
    busy(account, li)
    found = statement_of(account.id, TODAY - 3 * DAY, TODAY + DAY, limit=50)
    entries = Entry.objects.filter(account=account).order_by("id")
    assert [each.id for each in found.entries] == [each.id for each in entries]
    assert {each.kind for each in found.entries} == {"deposit", "merge", "withdrawal", "reversal", "transfer"}
    balance = 0
    for shown, entry in zip(found.entries, entries, strict=True):
        balance += entry.amount_fen
        assert (shown.amount_fen, shown.balance_fen) == (entry.amount_fen, balance)
    account.refresh_from_db()
    assert (found.opening_fen, found.closing_fen) == (0, account.balance_fen)
    paid = [each.amount_fen for each in entries if each.amount_fen < 0]
    received = [each.amount_fen for each in entries if each.amount_fen > 0]
    assert (found.debits, found.debit_fen) == (len(paid), -sum(paid))
    assert (found.credits, found.credit_fen) == (len(received), sum(received))


def test_period_has_its_first_instant_and_not_that_after_its_end(account):
    least = timedelta(microseconds=1)
    for fen, at in enumerate((TODAY - DAY - least, TODAY - DAY, TODAY - least, TODAY), start=1):
        deposit(account, fen, at)
    found = statement_of(account.id, TODAY - DAY, TODAY, limit=50)
    assert [each.balance_fen for each in found.entries] == [1 + 2, 1 + 2 + 3]
    assert (found.opening_fen, found.closing_fen) == (1, 6)
    empty = statement_of(account.id, TODAY - 9 * DAY, TODAY - 8 * DAY, limit=50)
    assert (empty.opening_fen, empty.closing_fen, empty.entries) == (0, 0, ())
    last = statement_of(account.id, TODAY + DAY, TODAY + 2 * DAY, limit=50)
    assert (last.opening_fen, last.closing_fen) == (10, 10)


def test_pages_follow_each_other_without_a_gap(account, teller, page, monkeypatch):
    monkeypatch.setattr(statement_page, "PAGE", 3)
    for number in range(1, 8):
        deposit(account, number * 100, NOON - DAY)
    seen, address = [], page
    while address:
        answer = teller.get(address)
        seen += [line.balance_fen for line in answer.context["lines"]]
        assert dict(answer.context["totals"])["期末余额"] == "28.00"
        query = answer.context["next_query"]
        address = f"{page}?{query}" if query else ""
    assert seen == [100, 300, 600, 1000, 1500, 2100, 2800]


def test_the_page_masks_both_parties_and_is_recorded(account, li, teller, auditor, page):
    busy(account, li)
    shown = text_of(teller.get(page))
    for words in (
        "张*",
        "李*",
        "陈**",
        "6000********0001",
        "6222********2222",
        "OTHERBANK",
        "期初余额",
        "4,999.12",
        "打印对账单",
    ):
        assert words in shown, words
    for whole in ("张三", "李四", "陈小明", "6000199900000001", "6222000011112222", account.account_number):
        assert whole not in shown
    assert TrailRecord.objects.filter(account_id=account.id, kind="view").exists()
    assert "打印对账单" not in text_of(auditor.get(page))
    assert auditor.post(page).status_code == 403
    assert "Opening balance" in text_of(english(teller).get(page))


@pytest.mark.parametrize(
    ("first", "last", "field", "words"),
    [
        ("2026-01-05", "2026-01-04", "first_day", "起日不得晚于止日。"),
        ("2026-01-01", "2026-01-06", "last_day", "止日不得晚于今日。"),
        ("", "2026-01-05", "first_day", "请填写起日。"),
        ("2026-01-01", "2026-02-30", "last_day", "YYYY-MM-DD"),
    ],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_wrong_period_is_refused_at_its_field(teller, page, method, first, last, field, words):
    answer = getattr(teller, method)(page, {"first_day": first, "last_day": last})
    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == [field]
    assert words in text_of(answer)
    assert answer.context["found"] is None


def test_the_period_is_a_month_until_today_unless_it_is_chosen(account, teller, page):
    deposit(account, 100, TODAY - timedelta(days=32))
    deposit(account, 200, TODAY - timedelta(days=31))
    answer = teller.get(page)
    assert [line.balance_fen for line in answer.context["lines"]] == [300]
    assert 'value="2025-12-05"' in text_of(answer)
    answer = teller.get(page, {"first_day": "2025-12-04", "last_day": "20251204"})
    assert [line.balance_fen for line in answer.context["lines"]] == [100]


def test_the_pdf_numbers_its_pages_and_names_only_the_holder(account, li, teller, page, monkeypatch):
    feet, words = [], []
    write = Canvas.drawRightString

    def watch(canvas, x, y, text):
        feet.extend([text] if "页" in text else [])
        write(canvas, x, y, text)

    monkeypatch.setattr(Canvas, "drawRightString", watch)
    busy(account, li)
    for _ in range(60):
        deposit(account, 100, NOON)
    real = statement_paper.paragraph

    def listed(text, *args, **more):
        words.append(text)
        return real(text, *args, **more)

    monkeypatch.setattr(statement_paper, "paragraph", listed)
    before = Decision.objects.count()
    answer = teller.post(page, {"first_day": "2026-01-01", "last_day": "2026-01-05"})
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer["Content-Disposition"] == 'attachment; filename="statement-2026-01-01-2026-01-05.pdf"'
    assert b"/FontFile2" in answer.content
    assert len(feet) > 1
    assert feet == [f"第 {number} 页，共 {len(feet)} 页" for number in range(1, len(feet) + 1)]
    assert {"张三", account.account_number, "李*", "陈**"} <= set(words)
    assert not {"李四", "陈小明"} & set(words)
    decision = Decision.objects.get(kind="unmask")
    assert Decision.objects.count() == before + 1
    assert (decision.object_id, decision.customer_id, decision.facts) == (
        account.id, account.customer_id, {"reason": "statement"},
    )  # fmt: skip


def test_a_long_statement_is_printed_in_parts(account, teller, page, monkeypatch):
    monkeypatch.setattr(statement_page, "PRINTED_MAX", 2)
    for _ in range(3):
        deposit(account, 100, NOON)
    answer = teller.post(page)
    assert answer.status_code == 400
    assert "请缩短期间" in text_of(answer)
    assert not Decision.objects.filter(kind="unmask").exists()


def test_queries_do_not_grow_with_the_entries(account, li, teller, page):
    busy(account, li)
    teller.get(page)
    few = queries_of(lambda: teller.get(page))
    for number in range(10):
        other = factories.account(factories.customer(factories.new_person()), "I")
        post(EntryKind.TRANSFER, account, other, 100, at=NOON)
        held(account, amount_fen=10 + number, payee_name="陈小明")
    release_due(released_by=ReleasedBy.CELERY)
    assert queries_of(lambda: teller.get(page)) == few


@pytest.mark.django_db(transaction=True)
def test_totals_are_read_from_the_index_alone(noon, zhang):
    account, other = factories.account(zhang, "I"), factories.account(zhang, "II")
    with past_the_guards("accounts_entry"):
        rows(
            "INSERT INTO accounts_entry (posting_id, leg, kind, account_id, amount_fen, posted_at) "
            "SELECT uuidv7(), 1, 'opening', CASE WHEN n %% 20 = 0 THEN %(account)s ELSE %(other)s END::uuid, 1, "
            "%(at)s::timestamptz - n * interval '1 minute' FROM generate_series(1, 20000) n",
            {"account": account.id, "other": other.id, "at": NOON},
        )
    vacuum("accounts_entry")
    (plan,) = plans_of(lambda: statement_of(account.id, TODAY - DAY, TODAY, limit=50))
    assert ("Index Only Scan", "entry_by_account") in plan.ways
    assert "accounts_entry" not in plan.scanned
