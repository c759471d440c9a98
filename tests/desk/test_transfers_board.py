"""The board of held transfers, a transfer's page, and the held transfers of a customer."""

from datetime import timedelta
from unittest.mock import patch

import pytest
from django.db import connection, models
from django.test.utils import CaptureQueriesContext

from accounts.models import ImportBatch
from config.kernel.law.money import BALANCE_MAX
from tests import factories, people
from tests.clock import NOON
from tests.desk.pages import english, text_of
from tests.signed_in_browser import browser_of
from tests.transfers.conftest import pay_in
from tests.transfers.factories import end, held
from transfers.desk import board as board_views
from transfers.models import Event, Transfer
from transfers.operations.cancel import Applicant, cancel_transfer
from transfers.queries import board as board_queries

pytestmark = pytest.mark.django_db

BOARD, ROWS = "/desk/transfers/held", "/desk/transfers/held/rows"
HOUR = timedelta(hours=1)
POLL = {"X-Desk-Poll": "1", "HX-Request": "true"}


@pytest.fixture
def payer(zhang):
    account = factories.account(zhang, "I", account_number="6000100000000001")
    pay_in(account, 10_000_000)
    return account


def shown(page: str) -> list[str]:
    """Return the ids of the rows of a page, in order."""
    return [part.split('"')[0] for part in page.split('id="held-')[1:] if not part.startswith("rows")]


def ids(transfers: list[Transfer]) -> list[str]:
    return [str(each.id) for each in transfers]


def test_board_shows_masked_parties_amount_rule_and_remaining_time(teller, payer, payee):
    held(payer, payee, amount_fen=123_456, due_at=NOON + HOUR, payee_name="李四")
    page = text_of(teller.get(BOARD))
    for words in ("张*", "6000********0001", "李*", "6000********0002", "1,234.56", "自助柜员机", "24小时后到账"):
        assert words in page
    assert 'data-seconds="3600"' in page
    assert "2026-01-05 13:00:00" in page
    for hidden in ("张三", "李四", payer.account_number, payee.account_number):
        assert hidden not in page


def test_empty_board_says_what_to_expect(teller, noon):
    page = text_of(teller.get(BOARD))
    assert "没有待到账的转账" in page
    assert "未来24小时没有到期的转账" in page


def test_the_first_due_comes_first(teller, payer):
    late = held(payer, due_at=NOON + 3 * HOUR)
    soon = held(payer, due_at=NOON + HOUR)
    assert shown(text_of(teller.get(ROWS))) == ids(soon + late)


@pytest.mark.parametrize(
    ("due", "left"),
    [
        ("overdue", ["-1us"]),
        ("hour", ["-1us", "0", "1h-"]),
        ("today", ["-1us", "0", "1h-", "1h", "midnight-"]),
        ("all", ["-1us", "0", "1h-", "1h", "midnight-", "midnight"]),
        ("nonsense", ["-1us", "0", "1h-", "1h", "midnight-", "midnight"]),
    ],
)
def test_filters_by_when_it_is_due(teller, payer, due, left):
    tick = timedelta(microseconds=1)
    midnight = NOON + 12 * HOUR
    instants = {
        "-1us": NOON - tick,
        "0": NOON,
        "1h-": NOON + HOUR - tick,
        "1h": NOON + HOUR,
        "midnight-": midnight - tick,
        "midnight": midnight,
    }
    made = {str(held(payer, due_at=instant)[0].id): name for name, instant in instants.items()}
    assert [made[each] for each in shown(text_of(teller.get(ROWS, {"due": due})))] == left


@pytest.mark.parametrize(
    ("query", "amounts"),
    [
        ({"amount_from": "2.00"}, [200, 201]),
        ({"amount_to": "2.00"}, [199, 200]),
        ({"amount_from": "2.00", "amount_to": "2.00"}, [200]),
        ({"channel": "online"}, [201]),
        ({"channel": "atm"}, [199, 200]),
    ],
)
def test_filters_by_amount_and_channel(teller, payer, query, amounts):
    made = [
        *held(payer, amount_fen=199, due_at=NOON + HOUR),
        *held(payer, amount_fen=200, due_at=NOON + HOUR),
        *held(payer, amount_fen=201, due_at=NOON + HOUR, channel="online"),
    ]
    found = {str(each.id): each.amount_fen for each in made}
    assert [found[each] for each in shown(text_of(teller.get(ROWS, query)))] == amounts


def test_an_amount_that_cannot_be_read_says_so_and_hides_nothing(teller, payer):
    held(payer, due_at=NOON + HOUR)
    page = text_of(teller.get(BOARD, {"amount_from": "many"}))
    assert 'id="id_amount_from_error"' in page
    assert len(shown(page)) == 1


def test_pages_by_due_time_and_skips_and_repeats_nothing(teller, payer):
    made = ids(held(payer, due_at=NOON + HOUR, count=7))
    with patch.object(board_views, "PAGE", 3):
        seen, query = [], {}
        for _ in range(3):
            page = text_of(teller.get(ROWS, query))
            seen += shown(page)
            query = {"after": seen[-1]}
        assert "下一页" not in page
    assert seen == sorted(made)


@pytest.mark.parametrize("counted", [2, 3, 7, 8, 100])
@pytest.mark.parametrize("query", [{}, {"channel": "online"}, {"amount_from": "2.00"}], ids=str)
def test_pages_continue_beyond_the_counted_rows(teller, payer, counted, query):
    """Several transfers fall due at the same instant, as next-day transfers do at midnight."""
    for number in range(4):
        due_at = NOON + (1 + number // 2) * HOUR
        held(payer, due_at=due_at, count=2, amount_fen=200, channel="online")
        held(payer, due_at=due_at, amount_fen=100, channel="atm")
    wanted = Transfer.objects.exclude(channel="atm") if query else Transfer.objects.all()
    expected = ids(wanted.order_by("due_at", "pk"))
    with patch.object(board_views, "PAGE", 3), patch.object(board_queries, "COUNTED_MAX", counted):
        seen, page = [], text_of(teller.get(ROWS, query))
        while new := shown(page):
            seen += new
            page = text_of(teller.get(ROWS, query | {"after": new[-1]}))
        capped = "10,000 笔以上" in text_of(teller.get(ROWS, query))
    assert seen == expected
    assert capped == (len(expected) > counted)


def test_filtered_transfers_are_counted_and_summed(teller, payer):
    held(payer, due_at=NOON + HOUR, count=3, amount_fen=200, channel="online")
    held(payer, due_at=NOON + HOUR, count=2, amount_fen=100_001)
    for query, summary in (
        ({}, "5 笔 · ¥ 2,006.02"),
        ({"channel": "online"}, "3 笔 · ¥ 6.00"),
        ({"due": "overdue"}, "0 笔"),
    ):
        assert summary in text_of(teller.get(ROWS, query))


def test_a_page_goes_on_after_a_row_that_has_left(teller, payer, zhang):
    made = held(payer, due_at=NOON + HOUR, count=3, step=HOUR)
    cancel_transfer(
        made[0].id,
        principal=factories.caller("teller"),
        applicant=Applicant(identity_key=factories.ZHANG.identity_key),
    )
    assert shown(text_of(teller.get(ROWS, {"after": str(made[0].id)}))) == ids(made[1:])


def test_a_place_that_is_none_shows_no_rows(teller, payer):
    held(payer, due_at=NOON + HOUR)
    answer = teller.get(ROWS, {"after": "01900000-0000-7000-8000-000000000000"})
    assert shown(text_of(answer)) == []


def test_overdue_transfer_is_highlighted(teller, payer):
    held(payer, due_at=NOON - timedelta(seconds=6))
    page = text_of(teller.get(ROWS))
    assert "有转账逾期未到账" in page
    assert "等待入账" in page
    assert "data-key" not in page


def test_the_board_refreshes_itself_without_being_a_sign_of_life(teller, payer):
    seen = teller.session["desk_last_seen"]
    assert teller.get(ROWS, headers=POLL).status_code == 200
    assert teller.session["desk_last_seen"] == seen
    page = text_of(teller.get(BOARD, {"due": "today"}))
    assert 'hx-get="/desk/transfers/held/rows?due=today"' in page


def version_in(page: str) -> str:
    return page.split('data-version="')[1].split('"')[0]


@pytest.mark.parametrize("path", [ROWS, "/desk/"])
def test_unchanged_board_is_answered_without_content(teller, payer, noon, path):
    held(payer, due_at=NOON + HOUR)
    seen = version_in(text_of(teller.get(path, headers=POLL)))
    noon.advance(seconds=8)
    asked = POLL | {"X-Desk-Seen": seen}
    same = teller.get(path, headers=asked)
    assert (same.status_code, same.content) == (204, b"")
    assert teller.get(path, headers=asked | {"X-Desk-Seen": "0"}).status_code == 200
    held(payer, due_at=NOON + HOUR)
    assert version_in(text_of(teller.get(path, headers=asked))) != seen
    teller.cookies["django_language"] = "en"
    assert teller.get(path, headers=asked).status_code == 200


def test_another_transfer_in_the_place_of_one_is_something_new(teller, payer):
    (first,) = held(payer, due_at=NOON + HOUR)
    seen = version_in(text_of(teller.get(ROWS, headers=POLL)))
    end(first, "cancelled", ended_at=NOON)
    held(payer, due_at=NOON + HOUR)
    assert teller.get(ROWS, headers=POLL | {"X-Desk-Seen": seen}).status_code == 200


def test_transfer_that_becomes_overdue_is_shown_without_a_click(teller, payer, noon):
    held(payer, due_at=NOON)
    seen = version_in(text_of(teller.get(ROWS, headers=POLL)))
    noon.advance(seconds=6)
    answer = teller.get(ROWS, headers=POLL | {"X-Desk-Seen": seen})
    assert "有转账逾期未到账" in text_of(answer)


def test_pages_are_compressed_and_the_api_is_not(teller, client):
    packed = {"Accept-Encoding": "gzip"}
    assert teller.get(BOARD, headers=packed)["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in client.get("/api/v1/customers", headers=packed)


def test_query_count_is_independent_of_the_number_of_transfers(teller, payer, payee, django_assert_num_queries):
    held(payer, payee, due_at=NOON + HOUR, payee_name="李四")
    for path in (BOARD, f"/desk/customers/{payer.customer_id}/held"):
        teller.get(path)
        with CaptureQueriesContext(connection) as few:
            teller.get(path)
        for _ in range(5):
            other = factories.account(factories.customer(factories.new_person()))
            pay_in(other, 1000)
            held(other, payee, due_at=NOON + HOUR)
            held(payer, payee, due_at=NOON + HOUR)
        with django_assert_num_queries(len(few)):
            teller.get(path)


def test_no_row_fetches_anything_of_its_own(teller, payer, payee, monkeypatch):
    transfer = held(payer, payee, due_at=NOON + HOUR, count=2, payee_name="李四")[0]
    monkeypatch.setattr("django.db.models.query.DEFAULT_FETCH_MODE", models.FETCH_RAISE)
    assert len(shown(text_of(teller.get(BOARD)))) == 2
    assert teller.get(f"/desk/transfers/{transfer.id}").status_code == 200


@pytest.mark.parametrize("role", ["supervisor", "compliance", "auditor"])
def test_other_roles_see_the_board_and_cannot_cancel(signed_in, payer, role):
    transfer = held(payer, due_at=NOON + HOUR)[0]
    client = signed_in(role)
    page = text_of(client.get(BOARD))
    assert shown(page) == [str(transfer.id)]
    assert "/cancel" not in page
    assert client.get(f"/desk/transfers/{transfer.id}/cancel").status_code == 403
    assert "/cancel" not in text_of(client.get(f"/desk/transfers/{transfer.id}"))


def test_board_is_in_english_on_request(teller, payer):
    held(payer, due_at=NOON + HOUR)
    page = text_of(english(teller).get(BOARD))
    for words in ("Transfers on hold", "Time left", "24 hours", "Payer → payee", "Within 1 hour"):
        assert words in page
    assert "待到账" not in page


def test_customers_board_shows_the_own_transfers_only(teller, payer, payee, zhang, li):
    mine = held(payer, payee, due_at=NOON + HOUR)
    pay_in(payee, 1000)
    held(payee, due_at=NOON + HOUR)
    page = text_of(teller.get(f"/desk/customers/{zhang.id}/held"))
    assert shown(page) == ids(mine)
    assert f"/desk/transfers/{mine[0].id}/cancel" in page
    assert "<html" not in page


def test_customer_without_held_transfers_gets_no_list(teller, wang):
    assert teller.get(f"/desk/customers/{wang.id}/held").content == b""


def test_page_of_a_transfer_shows_status_and_reason(teller, payer, payee):
    transfer = held(payer, payee, amount_fen=100_000, due_at=NOON + HOUR, payee_name="李四", memo="<b>房租</b>")[0]
    page = text_of(teller.get(f"/desk/transfers/{transfer.id}"))
    for words in ("受理", "待到账", "已到账", 'aria-current="step"', "人民币壹仟元整", "ATM_24_HOURS", "NOTICE_2016"):
        assert words in page
    assert "款项尚未移动" in page
    assert "&lt;b&gt;房租" in page
    assert "张三" not in page


def test_pages_promise_no_arrival_at_another_bank(teller, payer, noon):
    (transfer,) = held(payer, due_at=NOON + HOUR)
    pages = [f"/desk/transfers/{transfer.id}", f"/desk/transfers/{transfer.id}/slip"]
    assert "已转出" in text_of(teller.get(pages[0]))
    due = noon.set(transfer.due_at)
    for page in pages:
        shown = text_of(teller.get(page))
        assert "已到期，正在办理转出" in shown
        assert "等待到账" not in shown
    end(transfer, "posted", settled_at=due, ended_at=due)
    for page in pages:
        shown = text_of(teller.get(page))
        assert "已转出" in shown
        assert "已到账" not in shown
    assert "已转出" in text_of(teller.get("/desk/transfers"))


def test_the_page_of_a_posted_transfer_shows_its_entries_and_decision(teller, payer, payee, client_for):
    body = {
        "payer": {"account_id": str(payer.id)},
        "payee": {"account_number": payee.account_number, "name": "李四"},
        "amount": "12.34",
        "arrival": "real_time",
    }
    made = client_for("teller").post("/transfers", body).json()
    page = text_of(teller.get(f"/desk/transfers/{made['id']}"))
    for words in ("已到账", "12.34", "借", "贷", "实时到账", "转账受理", "可用余额"):
        assert words in page


def test_the_page_of_a_refused_transfer_says_why(teller, payer, payee, client_for):
    body = {
        "payer": {"account_id": str(payer.id)},
        "payee": {"account_number": payee.account_number, "name": "王五"},
        "amount": "12.34",
        "arrival": "real_time",
    }
    made = client_for("teller").post("/transfers", body).json()["fields"]["transfer_id"]
    page = text_of(teller.get(f"/desk/transfers/{made}"))
    assert "PAYEE_NAME_MISMATCH" in page
    assert "户名与该账户的开户人不一致" in page
    assert text_of(teller.get(f"/desk/transfers/{made}/slip")).count("未受理") > 0


def test_page_of_a_released_transfer_shows_its_releaser(teller, payer):
    transfer = held(payer, due_at=NOON)[0]
    Event.objects.create(
        transfer=transfer, at=NOON, old_status="held", new_status="returned", released_by="watcher",
        lateness_ms=12, code="ACCOUNT_CLOSED",
    )  # fmt: skip
    page = text_of(teller.get(f"/desk/transfers/{transfer.id}"))
    assert "兜底程序" in page
    assert "12 ms" in page


def test_an_unknown_transfer_is_not_found(teller, noon):
    unknown = "01900000-0000-7000-8000-000000000000"
    for path in ("", "/slip", "/cancel"):
        assert teller.get(f"/desk/transfers/{unknown}{path}").status_code == 404


def test_the_back_office_leads_to_the_desk_and_has_no_button_for_a_superuser(payer):
    transfer = held(payer, amount_fen=1_234_560, due_at=NOON + HOUR)[0]
    superuser = browser_of(people.administrator("root"))
    page = text_of(superuser.get(f"/admin/transfers/transfer/{transfer.id}/change/"))
    assert f'href="/desk/transfers/{transfer.id}"' in page
    assert "12,345.60" in page
    assert "cancel" not in page
    assert 'type="submit" value' not in page


def test_home_shows_the_hours_to_come_or_that_nothing_is_due(teller, payer):
    assert "未来24小时没有到期的转账" in text_of(teller.get("/desk/"))
    held(payer, due_at=NOON + HOUR)
    page = text_of(teller.get("/desk/"))
    assert "<title>01-05 13:00 · 1 笔 · ¥ 1.00</title>" in page
    assert page.count("<rect") == 1


def test_sum_may_exceed_64_bits(teller, zhang, payee):
    """An account holds 10^17 fen at most; the sum of a hundred such accounts exceeds 64 bits."""
    batch = ImportBatch.objects.create(source="old")
    for _ in range(100):
        full = factories.account(zhang, class_slot=None, import_batch=batch, balance_fen=BALANCE_MAX)
        held(full, payee, amount_fen=BALANCE_MAX, due_at=NOON + HOUR)
    for page in (BOARD, "/desk/"):
        answer = teller.get(page)
        assert answer.status_code == 200
        assert "100,000,000,000,000,000.00" in text_of(answer)
