"""Failed inquiries, previews and orders are counted per named payer, or per API key without one."""

import re

import pytest
from django.test import Client

from accounts.api import misses
from config.frames.api import limiter
from config.kernel.models import TrailRecord
from config.kernel.vault.sealed import card_key
from tests import factories
from tests.http import code, outcome, refused
from tests.races import times
from tests.transfers.conftest import CARD, pay_in
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
    changes, expected = KINDS[kind]
    assert preview(atm, order()) == "held"
    assert [preview(atm, order(**changes)) for _ in range(4)] == [expected] * 3 + ["TOO_MANY_REQUESTS"]
    # What would be a hit is not answered either, or the missing answer would tell.
    answer = atm.post("/transfers/preview", order(), key=None)
    refused(answer, "TOO_MANY_REQUESTS", 429)
    assert 1 <= int(answer.headers["Retry-After"]) <= 61


def test_miss_counts_for_the_payer_from_any_caller_and_by_any_name(atm, gateway, client_for, order, payer):
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


def test_repeat_of_a_refused_order_does_not_count(atm, order):
    for _ in range(5):
        refused(atm.post("/transfers", order(amount="1000.01"), key="once"), "INSUFFICIENT_FUNDS")
    assert preview(atm, order()) == "held"


def test_refusal_that_reveals_nothing_does_not_count(atm, order, payer):
    itself = order(payee={"account_number": payer.account_number, "name": "张三"})
    for _ in range(5):
        assert preview(atm, itself) == "SAME_ACCOUNT"
        refused(atm.post("/transfers", itself), "SAME_ACCOUNT")
    assert preview(atm, order()) == "held"


def test_a_card_that_is_not_ours_counts_for_the_key(atm, client_for, order):
    strange = order(payer={"card_number": UNKNOWN})
    refused(atm.post("/transfers", strange), "CARD_NOT_FOUND")
    codes = [preview(atm, strange) for _ in range(6)]
    assert codes == ["CARD_NOT_FOUND"] * 4 + ["TOO_MANY_REQUESTS"] * 2
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
    codes = [inquire(atm, "404", payer={"card_number": CARD}) for _ in range(4)]
    assert codes == ["PAYEE_NOT_FOUND"] * 3 + ["TOO_MANY_REQUESTS"]
    assert inquire(atm, payee.account_number, payer={"card_number": CARD}) == "TOO_MANY_REQUESTS"
    assert inquire(atm, payee.account_number) == 200


def test_an_inquiry_for_a_payer_that_is_not_ours_is_answered_and_is_a_miss_of_the_key(atm, payee):
    codes = [inquire(atm, payee.account_number, payer={"card_number": UNKNOWN}) for _ in range(6)]
    assert codes == [200] * 5 + ["TOO_MANY_REQUESTS"]


def test_a_machine_names_its_payer_by_card_only(atm, payee, payer):
    body = {"account_number": payee.account_number, "payer": {"account_id": str(payer.id)}}
    answer = atm.post("/payee-inquiries", body, key=None)
    assert (code(answer), list(answer.json()["fields"])) == ((400, "INVALID_REQUEST"), ["payer.account_id"])


@pytest.mark.django_db(transaction=True)
def test_simultaneous_misses_keep_the_limit(atm, order, monkeypatch):
    # Each has looked before any other was counted.
    monkeypatch.setattr(misses, "exhausted", lambda *_, **__: 0)
    codes = times(8, lambda: preview(atm, order(amount="1000.01")))
    assert sorted(codes) == ["INSUFFICIENT_FUNDS"] * 3 + ["TOO_MANY_REQUESTS"] * 5


def test_the_broker_learns_no_payer(atm, order, payer, monkeypatch):
    asked = []
    monkeypatch.setattr(misses, "hit", lambda *names, **_: asked.extend(names) or 0)
    preview(atm, order(amount="1000.01"))
    assert asked
    for known in (str(payer.id), payer.id.hex, CARD, payer.account_number, card_key(CARD).hex()):
        assert not any(known in each for each in asked)


# --- cash -------------------------------------------------------------------------------------------------


def withdraw(client, amount, card=CARD, **options):
    return client.post("/cash/withdrawals", {"account": {"card_number": card}, "amount": amount}, **options)


def deposit(client, amount, card=CARD):
    return client.post("/cash/deposits", {"account": {"card_number": card}, "amount": amount})


def test_cash_that_is_not_there_counts_for_the_payer_and_is_judged_however_often(atm, gateway, order):
    for _ in range(5):
        refused(withdraw(atm, "1000.01"), "INSUFFICIENT_FUNDS")
    assert preview(atm, order()) == "TOO_MANY_REQUESTS"
    assert preview(gateway, order(channel="online", arrival="ordinary")) == "TOO_MANY_REQUESTS"
    assert inquire(atm, "6000200000000002", payer={"card_number": CARD}) == "TOO_MANY_REQUESTS"
    assert withdraw(atm, "100.00").status_code == 201


def test_previews_and_cash_use_up_one_count(atm, order):
    codes = [
        preview(atm, order(amount="1000.01")),
        outcome(withdraw(atm, "1000.01")),
        outcome(withdraw(atm, "1000.01")),
    ]
    assert codes == ["INSUFFICIENT_FUNDS"] * 3
    assert preview(atm, order()) == "TOO_MANY_REQUESTS"


@pytest.mark.parametrize("move", [withdraw, deposit])
def test_cash_by_a_card_that_is_not_ours_counts_for_the_key(atm, client_for, order, move):
    for _ in range(6):
        refused(move(atm, "1.00", UNKNOWN), "CARD_NOT_FOUND")
    strange = order(payer={"card_number": UNKNOWN})
    assert preview(atm, strange) == "TOO_MANY_REQUESTS"
    assert preview(atm, order()) == "held"
    assert preview(client_for("atm", "elsewhere"), strange) == "CARD_NOT_FOUND"
    assert move(atm, "1.00").status_code == 201


def test_the_repeat_of_refused_cash_does_not_count(atm, order):
    for _ in range(5):
        refused(withdraw(atm, "1000.01", key="once"), "INSUFFICIENT_FUNDS")
    assert preview(atm, order()) == "held"


def test_cash_that_is_refused_for_another_reason_does_not_count(atm, order, settings):
    settings.ATM_WITHDRAWALS_PER_ACCOUNT_AND_DAY = 10_000
    for _ in range(5):
        refused(withdraw(atm, "100.01"), "CHANNEL_LIMIT")
    assert preview(atm, order()) == "held"


# --- the alarm --------------------------------------------------------------------------------------------


def alarms():
    found = TrailRecord.objects.filter(kind="key_misses").values_list("principal__name", "outcome", "count", "way")
    return list(found)


def metric():
    return re.findall(r"^bank_key_misses (\S+)$", Client().get("/metrics").content.decode(), re.MULTILINE)


#: Calls that miss, whatever else becomes of them.
MISSED = {
    "cash": lambda atm, _: withdraw(atm, "1000.01"),
    "cash of a card that is not ours": lambda atm, _: deposit(atm, "1.00", UNKNOWN),
    "an order": lambda atm, order: atm.post("/transfers", order(amount="1000.01")),
}


@pytest.mark.parametrize("kind", MISSED)
def test_thirty_misses_of_a_key_within_a_minute_are_an_alarm(atm, client_for, order, kind):
    assert metric() == ["0.0"]
    for _ in range(29):
        MISSED[kind](atm, order)
    assert MISSED[kind](client_for("atm", "elsewhere"), order).status_code == 422
    assert (alarms(), metric()) == ([], ["0.0"])
    assert MISSED[kind](atm, order).status_code == 422
    assert alarms() == [("atm", "not_found", 30, "api")]
    assert metric() == ["30.0"]


def test_misses_of_many_payers_by_one_key_are_an_alarm(atm, order, other_payer, settings):
    settings.KEY_MISSES_PER_MINUTE = 4
    for payer in (CARD, other_payer["card_number"], UNKNOWN):
        withdraw(atm, "1000.01", payer)
    assert alarms() == []
    preview(atm, order(payee={"account_number": "404", "name": "李四"}))
    assert [count for *_, count, _ in alarms()] == [4]


def test_the_alarm_is_counted_by_each_process_while_the_broker_is_away(atm, order, settings):
    settings.REDIS_CLIENT_URL, settings.KEY_MISSES_PER_MINUTE = "redis://127.0.0.1:1/0", 4
    for cached in (limiter._shared, limiter._own):
        cached.cache_clear()
    try:
        for _ in range(8):
            withdraw(atm, "1000.01")
        assert len(alarms()) == 2
    finally:
        for cached in (limiter._shared, limiter._own):
            cached.cache_clear()
