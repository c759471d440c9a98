"""Misses of inquiries, previews and refused orders: counted for the payer they name, or for the key that names none."""

import pytest

from config.kernel.sealed import card_key
from tests import factories
from tests.http import code, outcome, refused
from tests.races import times
from tests.transfers.conftest import CARD, pay_in
from transfers.api import misses
from transfers.models import Transfer

UNKNOWN = "6222020000000000009"
#: What each miss is, as a change of the usual order.
KINDS = {
    "unknown payee": ({"payee": {"account_number": "404", "name": "李四"}}, "PAYEE_NOT_FOUND"),
    "wrong payee name": ({"payee": {"account_number": "6000200000000002", "name": "王五"}}, "PAYEE_NAME_MISMATCH"),
    "not enough money": ({"amount": "1000.01"}, "INSUFFICIENT_FUNDS"),
}


@pytest.fixture(autouse=True)
def few(settings):
    settings.MISSES_OF_PAYER_PER_MINUTE = 3
    settings.MISSES_OF_KEY_PER_MINUTE = 5


@pytest.fixture
def other_payer(wang):
    """王五's account and card, with money."""
    account = factories.account(wang, "I")
    pay_in(account, 100_000)
    factories.card(account, number="6222020000000000018")
    return {"card_number": "6222020000000000018"}


def preview(client, body):
    answer = client.post("/transfers/preview", body, key=None)
    return answer.json().get("code") or answer.json()["outcome"]


def inquire(client, number, **payer):
    return outcome(client.post("/payee-inquiries", {"account_number": number, **payer}, key=None))


def test_the_limits_are_those_of_the_contract():
    from config.settings import bank

    assert (bank.MISSES_OF_PAYER_PER_MINUTE, bank.MISSES_OF_KEY_PER_MINUTE) == (20, 60)


@pytest.mark.parametrize("kind", KINDS)
def test_a_payers_previews_end_after_so_many_misses(atm, order, kind):
    changes, told = KINDS[kind]
    assert preview(atm, order()) == "held"
    assert [preview(atm, order(**changes)) for _ in range(4)] == [told] * 3 + ["TOO_MANY_REQUESTS"]
    # What would be a hit is not answered either, or the missing answer would tell.
    answer = atm.post("/transfers/preview", order(), key=None)
    refused(answer, "TOO_MANY_REQUESTS", 429)
    assert 1 <= int(answer.headers["Retry-After"]) <= 61


def test_whoever_asks_it_counts_for_the_payer_and_by_whichever_name(atm, gateway, client_for, order, payer):
    by_id = {"payer": {"account_id": str(payer.id)}, "channel": "online", "arrival": "ordinary"}
    assert preview(atm, order(amount="1000.01")) == "INSUFFICIENT_FUNDS"
    assert preview(gateway, order(amount="1000.01", **by_id)) == "INSUFFICIENT_FUNDS"
    assert preview(client_for("atm", "elsewhere"), order(amount="1000.01")) == "INSUFFICIENT_FUNDS"
    assert preview(gateway, order(**by_id)) == "TOO_MANY_REQUESTS"
    assert inquire(gateway, "6000200000000002", payer={"card_number": CARD}) == "TOO_MANY_REQUESTS"


def test_other_payers_of_the_same_key_go_on(gateway, order, other_payer):
    mine = order(channel="online", arrival="ordinary", amount="1000.01")
    assert [preview(gateway, mine) for _ in range(4)][-1] == "TOO_MANY_REQUESTS"
    assert preview(gateway, order(channel="online", arrival="ordinary", payer=other_payer)) == "held"
    assert inquire(gateway, "6000200000000002", payer=other_payer) == 200
    assert inquire(gateway, "6000200000000002") == 200


def test_refused_orders_count_and_are_judged_however_many_there_were(atm, order):
    for _ in range(5):
        refused(atm.post("/transfers", order(amount="1000.01")), "INSUFFICIENT_FUNDS")
    assert preview(atm, order()) == "TOO_MANY_REQUESTS"
    assert inquire(atm, "6000200000000002", payer={"card_number": CARD}) == "TOO_MANY_REQUESTS"
    assert atm.post("/transfers", order()).status_code == 201
    assert list(Transfer.objects.order_by("id").values_list("status", flat=True)) == ["refused"] * 5 + ["held"]


def test_the_repeat_of_a_refused_order_tells_nothing_new_and_does_not_count(atm, order):
    for _ in range(5):
        refused(atm.post("/transfers", order(amount="1000.01"), key="once"), "INSUFFICIENT_FUNDS")
    assert preview(atm, order()) == "held"


def test_a_refusal_that_tells_no_secret_does_not_count(atm, order, payer):
    itself = order(payee={"account_number": payer.account_number, "name": "张三"})
    for _ in range(5):
        assert preview(atm, itself) == "SAME_ACCOUNT"
        refused(atm.post("/transfers", itself), "SAME_ACCOUNT")
    assert preview(atm, order()) == "held"


def test_a_card_that_is_not_ours_counts_for_the_key(atm, client_for, order):
    strange = order(payer={"card_number": UNKNOWN})
    refused(atm.post("/transfers", strange), "CARD_NOT_FOUND")
    told = [preview(atm, strange) for _ in range(6)]
    assert told == ["CARD_NOT_FOUND"] * 4 + ["TOO_MANY_REQUESTS"] * 2
    assert inquire(atm, "6000200000000002") == "TOO_MANY_REQUESTS"
    assert preview(atm, order()) == "held"
    assert preview(client_for("atm", "elsewhere"), strange) == "CARD_NOT_FOUND"


def test_an_account_that_is_not_ours_counts_for_the_key(teller, order, payee):
    strange = order(payer={"account_id": "00000000-0000-7000-8000-000000000000"}, arrival="ordinary")
    assert [preview(teller, strange) for _ in range(6)] == ["NOT_FOUND"] * 5 + ["TOO_MANY_REQUESTS"]


def test_inquiries_without_a_payer_count_for_the_key(atm, client_for, payee, payer):
    found = atm.post("/payee-inquiries", {"account_number": payee.account_number}, key=None)
    assert (found.status_code, found.json()) == (200, {"name": "李*"})
    assert [inquire(atm, "404") for _ in range(6)] == ["PAYEE_NOT_FOUND"] * 5 + ["TOO_MANY_REQUESTS"]
    assert inquire(atm, payee.account_number) == "TOO_MANY_REQUESTS"
    assert inquire(atm, payee.account_number, payer={"card_number": CARD}) == 200
    assert inquire(client_for("atm", "elsewhere"), payee.account_number) == 200


def test_inquiries_with_a_payer_count_for_the_payer(atm, payee, payer):
    told = [inquire(atm, "404", payer={"card_number": CARD}) for _ in range(4)]
    assert told == ["PAYEE_NOT_FOUND"] * 3 + ["TOO_MANY_REQUESTS"]
    assert inquire(atm, payee.account_number, payer={"card_number": CARD}) == "TOO_MANY_REQUESTS"
    assert inquire(atm, payee.account_number) == 200


def test_an_inquiry_for_a_payer_that_is_not_ours_is_answered_and_is_a_miss_of_the_key(atm, payee):
    told = [inquire(atm, payee.account_number, payer={"card_number": UNKNOWN}) for _ in range(6)]
    assert told == [200] * 5 + ["TOO_MANY_REQUESTS"]


def test_a_machine_names_its_payer_by_card_only(atm, payee, payer):
    body = {"account_number": payee.account_number, "payer": {"account_id": str(payer.id)}}
    answer = atm.post("/payee-inquiries", body, key=None)
    assert (code(answer), list(answer.json()["fields"])) == ((400, "INVALID_REQUEST"), ["payer.account_id"])


@pytest.mark.django_db(transaction=True)
def test_of_many_at_one_instant_no_more_are_told_than_may(atm, order, monkeypatch):
    # Each has looked before any other was counted.
    monkeypatch.setattr(misses, "exhausted", lambda *_, **__: 0)
    told = times(8, lambda: preview(atm, order(amount="1000.01")))
    assert sorted(told) == ["INSUFFICIENT_FUNDS"] * 3 + ["TOO_MANY_REQUESTS"] * 5


def test_the_broker_learns_no_payer(atm, order, payer, monkeypatch):
    asked = []
    monkeypatch.setattr(misses, "hit", lambda *names, **_: asked.extend(names) or 0)
    preview(atm, order(amount="1000.01"))
    assert asked
    for known in (str(payer.id), payer.id.hex, CARD, payer.account_number, card_key(CARD).hex()):
        assert not any(known in each for each in asked)
