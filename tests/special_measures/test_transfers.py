"""Transfers, alone and in batches, with the bank's own screening system."""

import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Customer
from accounts.vocabulary import Channel
from config.kernel.database.transactions import perform
from config.kernel.models import Decision, IdempotencyKey
from config.kernel.requests import special_measures
from config.kernel.requests.idempotency import RequestKey
from config.kernel.requests.special_measures import Checked, CheckUnavailable
from config.kernel.vault.sealed import name_key
from tests.clock import NOON
from tests.http import code, refused
from tests.races import at_once
from tests.transfers.conftest import money
from transfers.api.order_sets import OrderRequest, accept_requests
from transfers.models import Event, Transfer
from transfers.operations.accept import GivenOrder, TransferOrder, accept_together, accept_transfer, find_sides
from transfers.vocabulary import Arrival

pytestmark = [pytest.mark.django_db, pytest.mark.application]
ELSEWHERE = {"account_number": "87144583", "bank_code": "YZ", "name": "赵六"}


def outcomes(answer) -> list[Any]:
    assert answer.status_code == 200, answer.json()
    return [each["body"].get("code") or each["body"]["status"] for each in answer.json()["results"]]


@pytest.fixture
def keyed(order):
    def body(key: str = "", **changes: Any) -> dict[str, Any]:
        return {"idempotency_key": key or uuid4().hex, **order(**{"arrival": "next_day"} | changes)}

    return body


class TestAlone:
    def test_payer_and_payee_are_asked_about(self, system, atm, order):
        answer = atm.post("/transfers", order())
        assert answer.status_code == 201
        assert [{name: each[name] for name in ("name", "kind", "role")} for each in system.asked[0]["subjects"]] == [
            {"name": "张三", "kind": "individual", "role": "payer"},
            {"name": "李四", "kind": "individual", "role": "payee"},
        ]
        facts = Decision.objects.get(object_id=answer.json()["id"]).facts
        assert (facts["special_measures_reference"], facts["special_measures_hit"]) == ("SM-2026-0001", False)

    def test_a_payee_elsewhere_is_asked_about_by_the_typed_name(self, system, teller, order):
        assert teller.post("/transfers", order(payee=ELSEWHERE, arrival="next_day")).status_code == 201
        assert [(each["name"], each["kind"]) for each in system.asked[0]["subjects"]] == [
            ("张三", "individual"),
            ("赵六", "unknown"),
        ]

    def test_a_typed_name_that_is_not_the_holders_is_asked_about_too(self, system, atm, order, payee):
        answer = atm.post("/transfers", order(payee={"account_number": payee.account_number, "name": "王五"}))
        assert code(answer) == (422, "PAYEE_NAME_MISMATCH")
        assert system.names == [["张三", "李四", "王五"]]

    @pytest.mark.parametrize("found", ["张三", "李四"])
    @pytest.mark.parametrize("client", ["atm", "gateway", "teller"])
    def test_a_transfer_of_a_person_found_is_not_provided(self, system, client_for, client, order, payer, found):
        system.listed.add(found)
        key, sent = uuid4().hex, order(channel="mobile" if client == "gateway" else None, arrival="next_day")
        before = money(payer)
        body = refused(client_for(client).post("/transfers", sent, key=key), "NOT_PROVIDED")
        assert (body["clause"], body["fields"]) == (None, {})
        assert (Transfer.objects.count(), Event.objects.count(), money(payer)) == (0, 0, before)
        decision = Decision.objects.get(kind="special_measures")
        assert (decision.facts["act"], decision.facts["special_measures_hit"]) == ("transfer", True)
        assert decision.facts["parts"] == ["payer" if found == "张三" else "payee"]
        assert decision.customer_id == Customer.objects.get(name_index=name_key(found)).id
        again = client_for(client).post("/transfers", sent, key=key)
        assert (code(again), len(system.asked)) == ((422, "NOT_PROVIDED"), 1)

    def test_nothing_is_done_without_an_answer(self, down, atm, order, payer):
        key, before = uuid4().hex, money(payer)
        answer = atm.post("/transfers", order(), key=key)
        assert (code(answer), answer["Retry-After"]) == ((503, "CHECK_UNAVAILABLE"), "2")
        assert (Transfer.objects.count(), IdempotencyKey.objects.count(), money(payer)) == (0, 0, before)
        down.answers_with = None
        assert atm.post("/transfers", order(), key=key).status_code == 201

    def test_a_repeat_asks_about_nobody(self, system, atm, order):
        key = uuid4().hex
        first, again = (atm.post("/transfers", order(), key=key) for _ in range(2))
        assert (again.content, again["Idempotent-Replayed"], len(system.asked)) == (first.content, "true", 1)

    def test_a_preview_asks_about_nobody(self, system, atm, order):
        assert atm.post("/transfers/preview", order(), key=None).status_code == 200
        assert system.asked == []

    @pytest.mark.parametrize(
        ("payer", "answered"),
        [
            ({"card_number": "6222020000000009999"}, (422, "CARD_NOT_FOUND")),
            ({"account_id": str(uuid4())}, (404, "NOT_FOUND")),
        ],
    )
    def test_an_unknown_payer_is_answered_as_usual(self, system, teller, order, payer, answered):
        assert code(teller.post("/transfers", order(payer=payer, arrival="next_day"))) == answered
        assert system.asked == []

    def test_without_the_setting_nobody_is_asked_about(self, system, settings, atm, order):
        settings.SCREENING_URL = ""
        assert atm.post("/transfers", order()).status_code == 201
        assert system.asked == []
        assert "special_measures_reference" not in Decision.objects.get(kind="transfer").facts


class TestOperation:
    """An order without a question about its parties, as they are under the locks, is not accepted."""

    @pytest.fixture
    def asked(self, payer, payee):
        return TransferOrder(
            channel=Channel.COUNTER,
            amount_fen=100,
            payer_card=None,
            payer_account_id=payer.id,
            payee_account_number=payee.account_number,
            payee_bank_code="",
            payee_name="李四",
            arrival=Arrival.REAL_TIME,
        )

    @pytest.mark.parametrize(
        "names",
        [None, [], ["张三"], ["李四"], ["张三丰", "李四"]],
        ids=["never", "nobody", "payer", "payee", "renamed"],
    )
    def test_alone(self, system, teller, asked, names):
        checked = None if names is None else checked_names(*names)
        with special_measures.checked_act(checked), pytest.raises(CheckUnavailable):
            perform(lambda: accept_transfer(asked, principal=teller.caller))
        assert Transfer.objects.count() == 0

    def test_with_both_names(self, system, teller, asked):
        with special_measures.checked_act(checked_names("张三", "李四")):
            assert perform(lambda: accept_transfer(asked, principal=teller.caller)).status == "posted"

    def test_a_set_takes_no_check_of_another_order(self, system, teller, asked):
        def accept() -> None:
            (found,) = find_sides([asked])
            accept_together([GivenOrder(asked, teller.caller, found)])

        # The thread that works for a set has asked about its own order.
        with special_measures.checked_act(checked_names("张三", "李四")), pytest.raises(CheckUnavailable):
            perform(accept)

    def test_orders_of_one_set_keep_the_answers_about_their_own_people(self, system, teller, asked):
        requests = [
            OrderRequest(
                teller.caller,
                RequestKey(teller.caller.id, reference, b"1" * 32),
                asked,
                reference,
                "zh-hans",
                Checked("transfer", NOON, reference, frozenset(map(name_key, ["张三", "李四"]))),
            )
            for reference in ("SM-1", "SM-2")
        ]
        accept_requests(requests)
        for each in requests:
            kept = Decision.objects.get(object_id=json.loads(each.answer.body)["id"], kind="transfer")
            assert kept.facts["special_measures_reference"] == each.request_id


def checked_names(*names: str) -> Checked:
    return Checked("transfer", NOON, "SM", frozenset(map(name_key, names)))


class TestBatch:
    def test_all_people_are_asked_about_at_once(self, system, teller, keyed, payee):
        sent = [keyed(amount="1.00"), keyed(amount="2.00", payee=ELSEWHERE), keyed(amount="3.00")]
        assert outcomes(teller.post("/transfers/batch", {"orders": sent}, key=None)) == ["held"] * 3
        assert system.names == [["张三", "李四", "赵六"]]
        kept = Decision.objects.filter(kind="transfer").values_list("facts__special_measures_reference", flat=True)
        assert list(kept) == ["SM-2026-0001"] * 3

    def test_the_queries_do_not_grow_with_the_orders(self, system, teller, keyed):
        counts = []
        for many in (2, 20):
            with CaptureQueriesContext(connection) as queries:
                sent = [keyed(amount="1.00") for _ in range(many)]
                assert set(outcomes(teller.post("/transfers/batch", {"orders": sent}, key=None))) == {"held"}
            counts.append(len(queries))
        assert counts[0] == counts[1]

    def test_only_the_order_of_a_person_found_is_not_provided(self, system, teller, keyed, payer):
        system.listed.add("赵六")
        sent = [keyed(amount="1.00"), keyed(amount="2.00", payee=ELSEWHERE), keyed(amount="3.00")]
        answer = teller.post("/transfers/batch", {"orders": sent}, key=None)
        assert outcomes(answer) == ["held", "NOT_PROVIDED", "held"]
        assert answer.json()["results"][1]["body"]["fields"] == {}
        assert (Transfer.objects.count(), Decision.objects.filter(kind="special_measures").count()) == (2, 1)
        again = teller.post("/transfers/batch", {"orders": sent}, key=None)
        assert outcomes(again) == ["held", "NOT_PROVIDED", "held"]
        assert all(each["replayed"] for each in again.json()["results"])
        assert len(system.asked) == 1

    def test_nothing_is_done_without_an_answer_but_repeats_are_answered(self, system, teller, keyed, payer):
        first, second = keyed(amount="1.00"), keyed(amount="2.00")
        teller.post("/transfers/batch", {"orders": [first]}, key=None)
        system.answers_with = lambda handler, _: handler.send_error(500)
        answer = teller.post("/transfers/batch", {"orders": [first, second, {"idempotency_key": "k"}]}, key=None)
        assert outcomes(answer) == ["held", "CHECK_UNAVAILABLE", "INVALID_REQUEST"]
        assert [each["status"] for each in answer.json()["results"]] == [201, 503, 400]
        assert Transfer.objects.count() == 1
        system.answers_with = None
        assert outcomes(teller.post("/transfers/batch", {"orders": [second]}, key=None)) == ["held"]

    def test_only_new_orders_are_asked_about(self, system, teller, keyed):
        first, second = keyed(amount="1.00"), keyed(amount="2.00", payee=ELSEWHERE)
        teller.post("/transfers/batch", {"orders": [first]}, key=None)
        teller.post("/transfers/batch", {"orders": [first, second]}, key=None)
        assert system.names == [["张三", "李四"], ["张三", "赵六"]]

    def test_a_batch_of_wrong_orders_asks_about_nobody(self, system, teller, keyed):
        sent = [keyed(amount="nothing"), {"idempotency_key": "no-order"}, 7]
        teller.post("/transfers/batch", {"orders": sent}, key=None)
        assert system.asked == []


@pytest.mark.django_db(transaction=True)
def test_simultaneous_orders_each_keep_their_own_answer(system, client_for, order, payer, payee):
    system.reference_of = lambda asked: f"OF-{name_key(asked['subjects'][1]['name']).hex()[:8]}"

    def send_one(name: str):
        client = client_for("teller", name)

        def call():
            elsewhere = ELSEWHERE | {"name": name}
            return client.post("/transfers", order(amount="1.00", payee=elsewhere, arrival="next_day")).json()["id"]

        return call

    names = ["赵一", "钱二", "孙三", "周四", "吴五", "郑六"]
    calls = [send_one(each) for each in names]
    for name, transfer_id in zip(names, at_once(*calls), strict=True):
        kept = Decision.objects.get(object_id=UUID(transfer_id), kind="transfer")
        assert kept.facts["special_measures_reference"] == f"OF-{name_key(name).hex()[:8]}"
    assert sorted(each[1] for each in system.names) == sorted(names)
