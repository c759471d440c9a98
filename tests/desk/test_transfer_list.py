"""The list of transfers (2010): filters, addresses, saved views, exports."""

import csv
import io
from datetime import timedelta

import pytest

from config.kernel.models import Decision, SavedView, TrailRecord
from config.kernel.trail.receipts import receipt_number
from tests import factories
from tests.clock import NOON
from tests.database import queries_of
from tests.desk.pages import english, text_of
from tests.transfers.conftest import pay_in
from tests.transfers.factories import end, held

pytestmark = pytest.mark.django_db
LIST = "/desk/transfers"
HOUR = timedelta(hours=1)


@pytest.fixture
def bank(noon, zhang, li):
    payer, payee = factories.account(zhang, "I"), factories.account(li, "I")
    pay_in(payer, 10_000_000)
    small, large, returned = (
        held(payer, payee, amount_fen=fen, due_at=NOON + HOUR)[0] for fen in (100, 5_000_000, 200)
    )
    noon.set(NOON + HOUR)
    end(returned, "returned", ended_at=NOON + HOUR, outcome_code="ACCOUNT_FROZEN")
    noon.set(NOON)
    return payer, small, large, returned


def shown(page):
    return [each[:36] for each in page.split('href="/desk/transfers/')[1:] if each[36] == '"']


def test_filters_are_in_the_address_and_find_all_matches(bank, signed_in):
    _, small, large, returned = bank
    teller = signed_in("teller")
    queries = {
        "": [returned, large, small],
        "?amount_from=10,000": [large],
        "?code=account_frozen": [returned],
        "?status=held&sort=amount": [small, large],
        "?first_day=2026-01-05": [],
        "?first_day=20260104&last_day=2026-01-04": [returned, large, small],
        "?channel=online": [],
    }
    for query, found in queries.items():
        page = text_of(teller.get(LIST + query))
        assert shown(page) == [str(each.id) for each in found], query
    page = text_of(teller.get(LIST))
    for words in ("2010", "3 笔", "50,003.00", "自 2025年12月30日 起", "张*", "ACCOUNT_FROZEN"):
        assert words in page
    assert factories.ZHANG.name not in page
    assert "没有符合条件的转账" in text_of(teller.get(f"{LIST}?channel=online"))
    assert "More than" not in text_of(english(teller).get(LIST))


def test_invalid_filter_finds_nothing_and_is_reported(bank, signed_in):
    for wrong in (
        "first_day=soon",
        "amount_from=much",
        "status=lost",
        "code=%3Cb%3E",
        "first_day=2026-01-05&last_day=2026-01-04",
    ):
        answer = signed_in("teller").get(f"{LIST}?{wrong}")
        assert answer.status_code == 400, wrong
        assert shown(text_of(answer)) == []
    for nobody in ("customer=x", "account=1", "after=x"):
        assert shown(text_of(signed_in("teller").get(f"{LIST}?{nobody}"))) == []


def test_list_of_a_customer_or_an_account_is_recorded_on_the_trail(bank, signed_in, zhang, li):
    payer, *_ = bank
    teller = signed_in("teller")
    for owner, column, object_id in (
        (f"customer={zhang.id}", "customer_id", zhang.id),
        (f"account={payer.id}", "account_id", payer.id),
    ):
        page = text_of(teller.get(f"{LIST}?{owner}"))
        assert len(shown(page)) == 3
        assert "张*" in page
        assert TrailRecord.objects.filter(kind="view", **{column: object_id}).exists()
        assert "ACCOUNT_FROZEN" in page.split("<tbody>")[1]
    received = f"{LIST}?customer={li.id}"
    assert "ACCOUNT_FROZEN" not in text_of(teller.get(received)).split("<tbody>")[1], "a payer's affairs"
    assert len(shown(text_of(teller.get(received)))) == 3
    assert shown(text_of(teller.get(f"{received}&code=ACCOUNT_FROZEN"))) == []


def test_a_page_asks_as_often_whatever_it_shows(bank, signed_in):
    payer, small, *_ = bank
    teller = signed_in("teller")
    teller.get(LIST)
    few = queries_of(lambda: teller.get(LIST))
    held(payer, small.payee_account, due_at=NOON + HOUR, count=30)
    assert queries_of(lambda: teller.get(LIST)) == few


def test_a_view_is_its_persons_alone(bank, signed_in):
    teller = signed_in("teller")
    kept = teller.post(
        f"{LIST}/views", {"name": "大额", "query": "amount_from=10%2C000&bad=x&status=held"}, follow=True
    )
    assert kept.redirect_chain[0][0] == f"{LIST}?status=held&amount_from=10%2C000"
    page = text_of(kept)
    assert "查询条件已保存" in page
    assert "大额" in page
    assert "大额" not in text_of(signed_in("supervisor").get(LIST))
    assert "请填写名称" in text_of(teller.post(f"{LIST}/views", {"name": " ", "query": ""}, follow=True))
    assert "大额" not in text_of(teller.post(f"{LIST}/views/forget", {"slot": "1", "query": ""}, follow=True))
    assert not SavedView.objects.exists()


def test_an_auditor_takes_it_out_masked_and_on_record(bank, signed_in):
    _, _, large, _ = bank
    assert "导出 CSV" not in text_of(signed_in("teller").get(LIST))
    auditor = signed_in("auditor")
    assert "导出 CSV" in text_of(auditor.get(LIST))
    answer = auditor.post(
        "/desk/exports", {"list": "transfers", "format": "csv", "status": "held", "amount_from": "10,000"}
    )
    number = receipt_number(Decision.objects.get(kind="export").id)
    assert f'filename="transfers-2025-12-30-2026-01-05-{number}.csv"' in answer["Content-Disposition"]
    table = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert [row[2] for row in table[1:]] == [str(large.id)]
    assert factories.ZHANG.name not in str(table)
    assert Decision.objects.get(kind="export").facts == {
        "list": "transfers", "format": "csv", "transfer_status": "held", "amount_from": "10,000",
        "from": "2025-12-30", "to": "2026-01-05",
    }  # fmt: skip
    assert auditor.post("/desk/exports", {"list": "transfers", "format": "csv", "first_day": "soon"}).status_code == 400
