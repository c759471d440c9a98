"""Filters of the transfer list find every match once, without a full scan of any table."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.test import override_settings

from config.kernel.database.ids import id_at
from config.kernel.database.sql import rows
from tests import factories
from tests.clock import NOON
from tests.plans import plans_of, seed_transfers
from tests.transfers.conftest import pay_in
from tests.transfers.factories import end, held
from transfers.queries.listing import ListFilter, ListOrder, transfers_by_reference, transfers_like

QUEUE = "transfers_transfer"
HOUR = timedelta(hours=1)


def walked(wanted, limit=2, **more):
    """Return the ids of all pages, in their order."""
    found, after = [], None
    while True:
        page = transfers_like(wanted, limit=limit, after=after, **more)
        found += [row.id for row in page.transfers]
        after = page.next_after
        if after is None:
            return found


@pytest.fixture
def bank(noon, zhang, li):
    """Seven held transfers of 1 to 7 yuan, then the second cancelled and the third returned; one of another payer."""
    payer, payee = factories.account(zhang, "I"), factories.account(li, "I")
    pay_in(payer, 100_000)
    pay_in(payee, 100_000)
    made = [held(payer, payee, amount_fen=100 * nth, due_at=NOON + nth * HOUR)[0] for nth in range(1, 8)]
    end(made[1], "cancelled", ended_at=NOON)
    noon.set(NOON + 3 * HOUR)
    end(made[2], "returned", ended_at=NOON + 3 * HOUR, outcome_code="ACCOUNT_FROZEN")
    noon.set(NOON)
    other = held(payee, amount_fen=999, due_at=NOON + 9 * HOUR, channel="online")[0]
    return payer, payee, [each.id for each in made], other.id


@pytest.mark.django_db
def test_each_filter_finds_all_matches_and_every_order_lists_each_once(bank):
    payer, payee, made, other = bank
    everything = [*made, other]
    assert walked(ListFilter()) == everything[::-1]
    assert walked(ListFilter(up=True)) == everything
    assert walked(ListFilter(order=ListOrder.AMOUNT, up=True)) == [*made, other]
    assert walked(ListFilter(order=ListOrder.AMOUNT)) == [other, *made[::-1]]
    assert walked(ListFilter(order=ListOrder.DUE)) == [other, *made[::-1]]
    assert walked(ListFilter(status="cancelled")) == [made[1]]
    assert walked(ListFilter(code="ACCOUNT_FROZEN")) == [made[2]]
    assert walked(ListFilter(status="held", code="ACCOUNT_FROZEN")) == []
    assert walked(ListFilter(channel="online")) == [other]
    assert walked(ListFilter(amount_from_fen=300, amount_to_fen=400)) == [made[3], made[2]]
    assert walked(ListFilter(account_ids=(payer.id,))) == made[::-1]
    assert walked(ListFilter(account_ids=(payer.id, payee.id))) == everything[::-1]
    assert walked(ListFilter(account_ids=())) == []
    assert walked(ListFilter(begins_at=NOON)) == []
    assert walked(ListFilter(begins_at=NOON - 20 * HOUR, ends_at=NOON - 19 * HOUR)) == [made[3]]
    page = transfers_like(ListFilter(), limit=3)
    assert (page.count, page.total_fen, page.looked_to) == (8, 2800 + 999, None)


@pytest.mark.django_db
def test_a_walk_that_ends_early_says_so_and_goes_on(bank):
    *_, made, other = bank
    page = transfers_like(ListFilter(amount_to_fen=100), limit=2, most=3)
    assert (page.transfers, page.count) == ([], 0)
    assert page.looked_to is not None
    assert walked(ListFilter(amount_to_fen=100), most=3) == [made[0]]
    newest = transfers_like(ListFilter(order=ListOrder.AMOUNT), limit=9, most=3)
    assert [row.id for row in newest.transfers] == [other, *made[:3:-1]]
    assert newest.looked_to is not None
    assert newest.next_after is None


@pytest.mark.django_db
@override_settings(SANDBOX=False)
def test_days_bound_the_walk_by_ids_and_lose_nothing(zhang, noon, monkeypatch):
    payer, day, second = factories.account(zhang, "I"), timedelta(days=1), timedelta(seconds=1)
    pay_in(payer, 100_000)
    made = {}
    for at in (NOON - second, NOON, NOON + day - second, NOON + day):
        monkeypatch.setattr("tests.transfers.factories.new_id", lambda at=at: id_at(at))
        made[at] = held(payer, due_at=at + day)[0].id
    wanted = ListFilter(begins_at=NOON, ends_at=NOON + day)
    assert walked(wanted) == [made[NOON + day - second], made[NOON]]
    monkeypatch.setattr("tests.transfers.factories.new_id", lambda: id_at(NOON + 10 * day))
    far = held(payer, due_at=NOON + day)[0].id
    assert far not in walked(wanted), "the walk ends where no id of these days can be"


@pytest.mark.django_db
def test_a_reference_finds_its_transfer(bank):
    *_, other = bank
    assert [row.id for row in transfers_by_reference(other.bytes[-6:], most=5)] == [other]
    assert transfers_by_reference(bytes.fromhex("0123456789ab"), most=5) == []


LOOKS = {
    "all": ListFilter(),
    "days": ListFilter(begins_at=NOON - HOUR, ends_at=NOON),
    "posted": ListFilter(status="posted", order=ListOrder.AMOUNT),
    "refused": ListFilter(status="refused"),
    "rule": ListFilter(code="ACCOUNT_FROZEN"),
    "amount": ListFilter(amount_from_fen=200, order=ListOrder.DUE, up=True),
}


@pytest.mark.django_db(transaction=True)
def test_no_look_reads_the_table_from_end_to_end(noon):
    seed_transfers(NOON)
    payer = UUID(str(rows("SELECT payer_account_id AS id FROM transfers_transfer LIMIT 1")[0]["id"]))
    asked = LOOKS | {"account": ListFilter(account_ids=(payer,)), "up": ListFilter(account_ids=(payer,), up=True)}
    for name, wanted in asked.items():
        for plan in plans_of(lambda wanted=wanted: transfers_like(wanted, limit=50, most=1000), table=QUEUE):
            assert QUEUE not in plan.scanned, name
            assert plan.pages <= 4000, (name, plan.pages)
    (found,) = plans_of(lambda: transfers_by_reference(bytes.fromhex("0123456789ab"), most=5), table=QUEUE)
    assert {index for _, index in found.ways} == {"transfer_by_reference"}
