"""`POST /transfers/batch`: up to a hundred orders, each treated as if sent alone under its own key."""

from random import Random
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction

from config.kernel.database.sql import rows
from config.kernel.models import Decision, IdempotencyKey
from tests import factories
from tests.http import refused
from tests.listings import certify, certify_account
from tests.races import not_yet_committed
from tests.transfers.conftest import CARD, money, pay_in
from transfers.models import Event, Transfer

pytestmark = pytest.mark.django_db
ELSEWHERE = {"account_number": "87144583", "bank_code": "YZ", "name": "王二"}
#: What is another each time.
NEW = {"_state", "id", "payee_internal_id", "request_id"}


@pytest.fixture
def teller(client_for):
    return client_for("teller")


@pytest.fixture
def keyed(order):
    def body(key: str = "", **changes: Any) -> dict[str, Any]:
        return {"idempotency_key": key or uuid4().hex, **order(**{"arrival": "next_day"} | changes)}

    return body


def sent(client, *orders: Any) -> list[dict[str, Any]]:
    answer = client.post("/transfers/batch", {"orders": list(orders)}, key=None)
    assert answer.status_code == 200, answer.json()
    return answer.json()["results"]


def ends(results: list[dict[str, Any]]) -> list[Any]:
    return [each["body"].get("code") or each["body"]["status"] for each in results]


def test_each_order_is_answered_as_it_would_be_alone_in_order(teller, keyed, payer, payee, zhang):
    own = factories.account(zhang, "II")
    results = sent(
        teller,
        keyed(amount="1.00"),
        keyed(amount="2.00", arrival="real_time"),
        keyed(amount="3.00", payee={"account_number": own.account_number, "name": "张三"}),
        keyed(amount="4.00", payee=ELSEWHERE),
        keyed(amount="5.00", payer={"card_number": "6222020000000009999"}),
        keyed(amount="6.00", payer={"account_id": str(uuid4())}),
        keyed(amount="7.00", payee={"account_number": payee.account_number, "name": "王五"}),
    )
    assert [each["status"] for each in results] == [201, 201, 201, 201, 422, 404, 422]
    assert ends(results) == ["held", "posted", "held", "held", "CARD_NOT_FOUND", "NOT_FOUND", "PAYEE_NAME_MISMATCH"]
    assert not any(each["replayed"] for each in results)
    assert (money(payer), money(payee)) == ((99_800, 800), (200, 0))
    kept = Transfer.objects.order_by("amount_fen")
    assert [each.amount_fen for each in kept] == [100, 200, 300, 400, 500, 700]
    assert Event.objects.count() == Decision.objects.filter(kind="transfer").count() == 6
    for each in (*results[:4], results[4], results[6]):
        transfer_id = each["body"].get("id") or each["body"]["fields"]["transfer_id"]
        assert kept.filter(pk=transfer_id).exists()


def test_orders_of_one_payer_follow_each_other_to_the_last_fen(teller, keyed, payer, payee):
    results = sent(teller, *(keyed(amount=amount) for amount in ("600.00", "400.01", "400.00", "0.01")))
    assert ends(results) == ["held", "INSUFFICIENT_FUNDS", "held", "INSUFFICIENT_FUNDS"]
    assert money(payer) == (100_000, 100_000)


def test_money_received_by_one_order_may_be_paid_by_the_next(teller, keyed, payer, payee, li):
    factories.card(payee, number="6222020000000000018")
    onwards = {"payer": {"card_number": "6222020000000000018"}}
    to_zhang = {"account_number": payer.account_number, "name": "张三"}
    results = sent(
        teller,
        keyed(amount="10.00", payee=to_zhang, **onwards),
        keyed(amount="10.00", arrival="real_time"),
        keyed(amount="4.00", payee=to_zhang, arrival="real_time", **onwards),
        keyed(amount="6.00", payee=to_zhang, **onwards),
        keyed(amount="0.01", payee=to_zhang, **onwards),
    )
    assert ends(results) == ["INSUFFICIENT_FUNDS", "posted", "posted", "held", "INSUFFICIENT_FUNDS"]
    assert (money(payer), money(payee)) == ((99_400, 0), (600, 600))


def test_each_card_of_one_account_counts_for_its_own_orders(teller, keyed, payer):
    lost = factories.card(payer, number="6222020000000000026", status="lost")
    results = sent(
        teller, keyed(), keyed(payer={"card_number": lost.number}), keyed(), keyed(payer={"account_id": str(payer.id)})
    )
    assert ends(results) == ["held", "CARD_NOT_ACTIVE", "held", "held"]
    assert money(payer) == (100_000, 30_000)


def test_order_in_a_batch_is_a_repeat_of_the_same_single_order_and_vice_versa(teller, order):
    body = order(arrival="next_day")
    alone = teller.post("/transfers", body, key="alone")
    results = sent(teller, body | {"idempotency_key": "alone"}, body | {"idempotency_key": "in-a-batch"})
    assert results[0] == {"status": 201, "body": alone.json(), "replayed": True}
    assert (results[1]["status"], results[1]["replayed"]) == (201, False)
    again = teller.post("/transfers", body, key="in-a-batch")
    assert (again.json(), again["Idempotent-Replayed"]) == (results[1]["body"], "true")
    assert Transfer.objects.count() == 2


def test_a_whole_batch_sent_again_is_answered_again(teller, keyed, payer):
    orders = [keyed("a"), keyed("b", amount="5000"), keyed("c", amount="x")]
    first, again = sent(teller, *orders), sent(teller, *orders)
    assert [each["body"] for each in again[:2]] == [each["body"] for each in first[:2]]
    assert [each["replayed"] for each in again] == [True, True, False]
    assert money(payer) == (100_000, 10_000)
    assert Transfer.objects.count() == 2


def test_the_same_key_twice_in_one_batch(teller, keyed, payer):
    first, again, other = sent(teller, keyed("k"), keyed("k"), keyed("k", amount="2.00"))
    assert (first["status"], first["replayed"]) == (201, False)
    assert again == first | {"replayed": True}
    assert (other["status"], other["body"]["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert money(payer) == (100_000, 10_000)


def test_one_that_is_malformed_leaves_the_others(teller, keyed, order, payer):
    results = sent(
        teller,
        keyed(amount="0"),
        order(arrival="next_day"),
        keyed("é"),
        7,
        keyed(unheard_of=1),
        keyed(channel="atm"),
        {**keyed(), "arrival": "soon"},
        keyed(amount="1.00"),
        {**keyed(), "idempotency_key": 7},
        None,
    )
    assert [each["status"] for each in results] == [400, 400, 400, 400, 400, 403, 400, 201, 400, 400]
    assert "amount" in results[0]["body"]["fields"]
    assert (
        results[1]["body"]["code"]
        == results[2]["body"]["code"]
        == results[8]["body"]["code"]
        == "IDEMPOTENCY_KEY_MISSING"
    )
    assert "unheard_of" in results[4]["body"]["fields"]
    assert results[5]["body"]["code"] == "CHANNEL_NOT_ALLOWED"
    assert money(payer) == (100_000, 100)
    # What was never judged leaves its key free.
    assert IdempotencyKey.objects.count() == 1


@pytest.mark.parametrize("orders", [[], None, {}, "x", [1] * 101])
def test_a_batch_is_one_to_a_hundred_orders(teller, orders):
    answer = teller.post("/transfers/batch", {"orders": orders}, key=None)
    assert "orders" in refused(answer, "INVALID_REQUEST", 400)["fields"]


def test_a_hundred_are_accepted(teller, keyed, payer):
    results = sent(teller, *(keyed(amount="1.00") for _ in range(100)))
    assert {each["status"] for each in results} == {201}
    assert money(payer) == (100_000, 10_000)


def test_a_gateway_names_the_channel_of_each(gateway, keyed):
    results = sent(gateway, keyed(channel="mobile"), keyed(), keyed(channel="counter"))
    assert [each["status"] for each in results] == [201, 400, 403]


def test_a_certified_payer_is_refused_in_a_batch_as_alone(gateway, keyed, payer, payee):
    poor = factories.account(factories.customer(factories.new_person("钱七")), "I")
    pay_in(poor, 1_000)
    certify(factories.ZHANG)
    results = sent(
        gateway,
        keyed(channel="mobile"),
        keyed(channel="mobile", payer={"account_id": str(poor.id)}, amount="1.00"),
        keyed(channel="mobile", payer={"card_number": CARD}, amount="2.00"),
    )
    assert ends(results) == ["NON_COUNTER_SUSPENDED", "held", "NON_COUNTER_SUSPENDED"]
    assert (money(payer), money(poor)) == ((100_000, 0), (1_000, 100))


def test_orders_together_have_the_results_of_single_orders(noon, gateway, keyed, payer, payee, zhang, li):
    listed = factories.new_person("钱七")
    poor = factories.account(factories.customer(listed), "I", account_number="6000300000000003")
    small = factories.account(li, "III", account_number="6000200000000010", balance_fen=199_500)
    own = factories.account(zhang, "II", account_number="6000100000000010")
    lost = factories.card(payer, number="6222020000000000026", status="lost")
    factories.card(payee, number="6222020000000000018")
    pay_in(poor, 1_000)
    certify(listed)
    certify_account("87144583", "NO")
    chance = Random(261)
    ours = [(payee, "李四"), (small, "李四"), (payer, "张三"), (own, "张三"), (payee, "王五"), (poor, "钱七")]
    numbers = [(each.account_number, name) for each, name in ours] + [("6222020000000000018", "李四"), ("1234", "李四")]
    payees = [{"account_number": number, "name": name} for number, name in numbers]
    payees += [ELSEWHERE, ELSEWHERE | {"bank_code": "no"}]
    payers = [{"card_number": each} for each in (CARD, lost.number, "6222020000000000018", "6222020000000009999")]
    payers += [{"account_id": str(each)} for each in (payer.id, payee.id, poor.id, small.id, uuid4())]
    orders = [
        keyed(
            payer=chance.choice(payers),
            payee=chance.choice(payees),
            arrival=chance.choice(["real_time", "ordinary", "next_day"]),
            channel=chance.choice(["mobile", "online"]),
            amount=chance.choice(["0.01", "3.00", "4.00", "400.00"]),
            memo="货款",
        )
        for _ in range(80)
    ]
    seen = []
    for together in (False, True):
        with not_yet_committed():
            if together:
                results = sent(gateway, *orders)
            else:
                bare = [{name: value for name, value in each.items() if name != "idempotency_key"} for each in orders]
                alone = [
                    gateway.post("/transfers", body, key=each["idempotency_key"])
                    for each, body in zip(orders, bare, strict=True)
                ]
                results = [{"status": each.status_code, "body": each.json(), "replayed": False} for each in alone]
            seen.append(comparable_results(results))
            transaction.set_rollback(True)
    assert seen[0] == seen[1]
    assert len(set(ends(results))) > 8


def comparable_results(results: list[dict[str, Any]]) -> list[Any]:
    """Return answers and rows without the values that differ each time: ids and sealed values."""
    kept = list(Transfer.objects.order_by("id").select_related("payee_internal"))
    places = {str(each.id): place for place, each in enumerate(kept)}

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: plain(each) for name, each in value.items() if name not in NEW}
        return places.get(str(value), value)

    def written(instance: Any) -> dict[str, Any]:
        return plain({name: value for name, value in vars(instance).items() if not isinstance(value, bytes)})

    transfers = [
        (written(each), each.payee_number, each.payee_name, each.payee_internal and each.payee_internal.bank_code)
        for each in kept
    ]
    decisions = [written(each) for each in Decision.objects.filter(kind="transfer").order_by("id")]
    events = [written(each) for each in Event.objects.order_by("transfer_id")]
    entries = rows(
        "SELECT posting_id, leg, account_id, amount_fen, posted_at FROM accounts_entry ORDER BY posting_id, leg"
    )
    balances = rows("SELECT id, balance_fen, held_fen FROM accounts_account ORDER BY id")
    return [plain(each) for each in (*results, *entries)] + [transfers, decisions, events, balances]
