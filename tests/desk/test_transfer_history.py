"""Transfers in every status are on the pages of their customer and account, with the next step."""

from datetime import timedelta

import pytest

from accounts.models import Freeze
from config.kernel.database.ids import new_id
from tests import factories
from tests.clock import NOON
from tests.database import queries_of
from tests.desk.pages import english, text_of
from tests.desk.test_rejections import rows_of
from tests.listings import certify_account
from tests.plans import plans_of, seed_transfers
from tests.transfers.conftest import pay_in
from tests.transfers.factories import clearing, end, held
from transfers.models import Transfer
from transfers.operations.release import release_due
from transfers.queries.history import transfers_of
from transfers.vocabulary import ReleasedBy

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(hours=5)
AHEAD = "到期将不执行"


@pytest.fixture
def sides(zhang, li):
    payer, payee = factories.account(zhang, "I"), factories.account(li, "I")
    pay_in(payer, 1_000_000)
    return payer, payee


def freeze(account, until=None):
    Freeze.objects.create(account=account, authority="法院", order_no="1", placed_at=NOON, until=until)


def part_of(client, account, of="customer"):
    path = f"/desk/customers/{account.customer_id}" if of == "customer" else f"/desk/accounts/{account.id}"
    return text_of(client.get(f"{path}/transfers"))


def test_posted_returned_cancelled_and_refused_transfers_stay_findable(sides, signed_in, client_for, noon):
    payer, payee = sides
    returned, posted = held(payer, payee, due_at=LATER)[0], held(payer, payee, due_at=NOON)[0]
    release_due(released_by=ReleasedBy.CELERY)
    cancelled, waiting = held(payer, payee, due_at=LATER + timedelta(hours=1), count=2)
    end(cancelled, "cancelled", ended_at=NOON)
    freeze(payer, until=LATER + timedelta(seconds=1))
    noon.set(LATER)
    release_due(released_by=ReleasedBy.CELERY)
    body = {"payer": {"account_id": str(payer.id)}, "amount": "9.00", "arrival": "real_time",
            "payee": {"account_number": "9999999999999999", "name": "某人"}}  # fmt: skip
    refused = client_for("teller").post("/transfers", body).json()["fields"]["transfer_id"]

    teller = signed_in("teller")
    words_of = {str(returned.id): ("到期未执行", "付款账户被冻结"), str(posted.id): ("已到账",), str(cancelled.id): ("已撤销",),
            str(waiting.id): ("待到账",), refused: ("未受理", "ACCOUNT_FROZEN")}  # fmt: skip
    for of in ("customer", "account"):
        rows = rows_of(part_of(teller, payer, of), "tr", "/desk/transfers/")
        assert len(rows) == len(words_of), of
        for transfer, words in words_of.items():
            (row,) = [each for each in rows if transfer in each]
            assert [word for word in (*words, "转出") if word not in row] == [], (of, transfer)
    # The newest first.
    assert refused in rows_of(part_of(teller, payer), "tr", "/desk/transfers/")[0]


def test_payees_page_shows_the_transfer_without_the_payers_data(sides, signed_in, noon, client_for):
    payer, payee = sides
    returned, waiting = held(payer, payee, due_at=LATER)[0], held(payer, payee, due_at=LATER + timedelta(hours=9))[0]
    freeze(payer)
    noon.set(LATER)
    release_due(released_by=ReleasedBy.CELERY)
    body = {"payer": {"account_id": str(payer.id)}, "amount": "9.00", "arrival": "real_time",
            "payee": {"account_number": payee.account_number, "name": "李四"}}  # fmt: skip
    assert client_for("teller").post("/transfers", body).status_code == 422
    rows = rows_of(part_of(signed_in("teller"), payee), "tr", "/desk/transfers/")
    assert [(str(waiting.id) in each, str(returned.id) in each) for each in rows] == [(True, False), (False, True)]
    assert (AHEAD in rows[0], "到期未执行" in rows[1]) == (True, True)
    for row in rows:
        assert "转入" in row
        assert "冻结" not in row
    assert "冻结" in part_of(signed_in("teller"), payer)


def test_held_transfer_that_will_not_be_executed_says_so_on_every_page(sides, signed_in):
    payer, payee = sides
    (mine,) = held(payer, payee, due_at=LATER)
    teller = signed_in("teller")
    places = {
        "board": "/desk/transfers/held",
        "customer": f"/desk/customers/{payer.customer_id}/held",
        "customer's": f"/desk/customers/{payer.customer_id}/transfers",
        "account's": f"/desk/accounts/{payer.id}/transfers",
        "detail": f"/desk/transfers/{mine.id}",
        "slip": f"/desk/transfers/{mine.id}/slip",
        "cancel": f"/desk/transfers/{mine.id}/cancel",
    }
    for name, path in places.items():
        assert AHEAD not in text_of(teller.get(path)), name
    certify_account(payee.account_number)
    for name, path in places.items():
        page = text_of(teller.get(path))
        assert (AHEAD in page, "账户被认定为涉案账户" in page) == (True, True), name
        assert "资金将于" not in page, name
    detail = text_of(teller.get(places["detail"]))
    assert "CASE_ACCOUNT_STOPPED" in detail
    assert "请勿再向其转账" in detail
    assert "Will not be executed when due" in text_of(english(teller).get(places["board"]))


def test_transfer_between_own_accounts_is_listed_once(zhang, signed_in, noon):
    first, second = factories.account(zhang, "I"), factories.account(zhang, "II")
    pay_in(first, 10_000)
    held(first, second, due_at=NOON)
    release_due(released_by=ReleasedBy.CELERY)
    (row,) = rows_of(part_of(signed_in("teller"), first), "tr", "/desk/transfers/")
    assert "账户间" in row


def test_history_is_paged(sides, signed_in):
    payer, payee = sides
    made = [held(payer, payee if number % 2 else clearing(), due_at=LATER)[0] for number in range(45)]
    teller, path, seen = signed_in("teller"), f"/desk/customers/{payer.customer_id}/transfers", []
    while path:
        page = text_of(teller.get(path))
        seen += [row.split("/desk/transfers/")[1][:36] for row in rows_of(page, "tr", "/desk/transfers/")]
        path = page.split('hx-get="')[1].split('"')[0] if 'hx-get="' in page else ""
    assert seen == [str(each.id) for each in reversed(made)]
    assert "/desk/transfers/" not in text_of(teller.get(f"/desk/customers/{payer.customer_id}/transfers?before=x"))


def test_query_count_is_independent_of_the_number_of_transfers(sides, signed_in, zhang):
    payer, payee = sides
    teller = signed_in("teller")
    path = f"/desk/customers/{payer.customer_id}/transfers"
    held(payer, payee, due_at=LATER)
    held(payer, due_at=LATER)
    teller.get(path)
    few = queries_of(lambda: teller.get(path))
    second = factories.account(zhang, "II")
    pay_in(second, 10_000)
    held(second, payee, due_at=LATER, count=10)
    assert queries_of(lambda: teller.get(path)) == few


def test_the_entry_of_an_account_leads_to_its_transfer(sides, signed_in, noon):
    payer, payee = sides
    (mine,) = held(payer, payee, due_at=NOON)
    release_due(released_by=ReleasedBy.CELERY)
    page = text_of(signed_in("teller").get(f"/desk/accounts/{payee.id}"))
    assert f'href="/desk/transfers/{mine.id}"' in page


@pytest.mark.django_db(transaction=True)
def test_only_one_page_of_very_many_transfers_is_read(noon):
    seed_transfers(NOON, 20_000)
    few = factories.account(factories.customer())
    pay_in(few, 1000)
    held(few, due_at=LATER, count=3)
    crowded = Transfer.objects.exclude(payer_account=few).values_list("payer_account", flat=True)[0]
    for account in (few.id, crowded):
        plan, _ = plans_of(
            lambda of=account: transfers_of([of, new_id()], before=None, limit=20), table="transfers_transfer"
        )
        assert plan.scanned == set()
        assert {index for _, index in plan.ways} <= {"transfer_by_payer", "transfer_by_payee"}
        assert plan.pages < 120


def test_held_amount_is_not_shown_as_paid(sides, signed_in):
    payer, payee = sides
    held(payer, payee, due_at=LATER)
    desk = english(signed_in("teller"))
    for account, way in ((payer, "Outgoing"), (payee, "Incoming")):
        (row,) = rows_of(part_of(desk, account), "tr", "On hold")
        assert way in row
        assert "Paid" not in row
