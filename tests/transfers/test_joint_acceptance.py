"""Simultaneous orders share one transaction, and each has the answer that it would have alone."""

from time import sleep
from uuid import uuid4

import psycopg
import pytest

from accounts.vocabulary import Channel
from config.frames.api import auth
from config.kernel.database.locks import subject_lock
from config.kernel.database.pipeline import Pipeline
from config.kernel.database.sql import Statement, rows
from config.kernel.database.transactions import owned
from config.kernel.models import IdempotencyKey
from config.kernel.requests.idempotency import RequestKey
from config.kernel.requests.micro_batches import NotAnswered
from config.stack.process import wait_until
from tests import factories
from tests.http import ApiClient
from tests.races import ConcurrentCall, at_once, other_transaction, row_lock
from tests.transfers.conftest import CARD, money, pay_in
from transfers.api import batches, order_sets
from transfers.api.order_sets import OrderRequest, accept_requests
from transfers.models import Transfer
from transfers.operations import accept as accepting_one
from transfers.operations.accept import GivenOrder, TransferOrder, accept_together, find_sides
from transfers.policy import acceptance
from transfers.vocabulary import Arrival, TransferStatus

pytestmark = pytest.mark.django_db(transaction=True)
POOR = "6222020000000000018"
HELD_BY_ANOTHER = "SELECT id FROM accounts_account WHERE id = ANY(%s) FOR NO KEY UPDATE SKIP LOCKED"


@pytest.fixture
def poor(noon):
    """Return 赵六's account with ten yuan and a card."""
    account = factories.account(
        factories.customer(factories.new_person("赵六")), "I", account_number="6000300000000003"
    )
    pay_in(account, 1_000)
    factories.card(account, number=POOR)
    return account


@pytest.fixture
def asked(noon, payer, payee):
    terminal = factories.caller("atm")

    def request(key: str = "", language: str = "zh-hans", **changes) -> OrderRequest:
        order = {
            "channel": Channel.ATM, "amount_fen": 100, "payer_card": CARD, "payer_account_id": None,
            "payee_account_number": payee.account_number, "payee_bank_code": "", "payee_name": "李四",
        }  # fmt: skip
        found = RequestKey(terminal.id, key or uuid4().hex, bytes(32))
        return OrderRequest(terminal, found, TransferOrder(**order | changes), "request-1", language)

    return request


def statuses(requests: list[OrderRequest]) -> list[int | None]:
    return [each.answer.status if each.answer else None for each in requests]


def test_a_set_is_one_instant_and_one_commit(asked, payer, poor):
    requests = [asked(), asked(payer_card=POOR), asked(amount_fen=100_000)]
    accept_requests(requests)
    assert statuses(requests) == [201, 201, 422]
    assert transactions() == 1
    assert (money(payer), money(poor)) == ((100_000, 100), (1_000, 100))


def transactions() -> int:
    """Return the number of transactions in which the transfers were written."""
    count: int = rows("SELECT count(DISTINCT xmin::text) AS n FROM transfers_transfer")[0]["n"]
    return count


def test_each_is_refused_in_the_language_of_its_own_request(asked):
    requests = [asked(amount_fen=10**9), asked(amount_fen=10**9, language="en"), asked()]
    accept_requests(requests)
    zh, en, _ = (each.answer.body.decode() for each in requests)
    assert "余额不足" in zh
    assert "余额不足" not in en
    assert "balance" in en.lower() or "funds" in en.lower()
    assert [each.refusal.code if each.refusal else None for each in requests] == ["INSUFFICIENT_FUNDS"] * 2 + [None]


def test_a_key_that_is_taken_has_no_second_effect(asked, payer):
    accept_requests([asked("a"), asked("b")])
    again = [asked("b"), asked("c")]
    accept_requests(again)
    assert statuses(again) == [None, 201]
    assert money(payer) == (100_000, 300)
    assert set(IdempotencyKey.objects.values_list("key", "status")) == {("a", 201), ("b", 201), ("c", 201)}


def test_order_of_a_locked_account_is_left_without_key_and_without_waiting(asked, payer, poor):
    with other_transaction(row_lock("accounts_account", payer.id)):
        requests = [asked("left"), asked("done", payer_card=POOR)]
        accept_requests(requests)
    assert statuses(requests) == [None, 201]
    assert (money(payer), money(poor)) == ((100_000, 0), (1_000, 100))
    assert list(IdempotencyKey.objects.values_list("key", flat=True)) == ["done"]


def test_money_that_moves_at_once_needs_the_payees_row_too(asked, payer, payee, poor):
    with other_transaction(row_lock("accounts_account", payee.id)):
        requests = [asked(channel=Channel.MOBILE, arrival=Arrival.REAL_TIME), asked()]
        accept_requests(requests)
    assert statuses(requests) == [None, 201]
    assert (money(payer), money(payee)) == ((100_000, 100), (0, 0))


@pytest.mark.parametrize("what", ["key", "subject"])
def test_order_that_would_wait_for_a_key_or_a_list_is_left_and_others_are_done(asked, zhang, payer, poor, what):
    waiting = asked("slow")
    held = {
        "key": Statement(
            "INSERT INTO kernel_idempotencykey (id, principal_id, key, fingerprint) VALUES (gen_random_uuid(), %s, %s, %s)",
            [waiting.caller.id, "slow", bytes(32)],
        ),
        "subject": subject_lock([factories.ZHANG.identity_key], exclusive=True),
    }
    with other_transaction(held[what]):
        requests = [asked(payer_card=POOR), waiting]
        accept_requests(requests)
    assert statuses(requests) == [201, None]
    assert Transfer.objects.count() == IdempotencyKey.objects.count() == 1
    assert (money(payer), money(poor)) == ((100_000, 0), (1_000, 100))


def test_the_rows_are_locked_while_the_rule_is_asked(asked, payer, payee, poor, monkeypatch):
    seen: list[set[str]] = []
    plain = acceptance.check_acceptance
    names = {payer.id: "payer", payee.id: "payee", poor.id: "poor"}

    def looking(*args, **kwargs):
        (free,) = at_once(lambda: {row["id"] for row in rows(HELD_BY_ANOTHER, [list(names)])})
        seen.append({name for key, name in names.items() if key not in free})
        return plain(*args, **kwargs)

    monkeypatch.setattr(acceptance, "check_acceptance", looking)
    accept_requests([asked(), asked(payer_card=POOR)])
    accept_requests([asked(), asked(payer_card=POOR, channel=Channel.MOBILE, arrival=Arrival.REAL_TIME)])
    assert seen == [{"payer", "poor"}] * 2 + [{"payer", "payee", "poor"}] * 2


def test_order_decided_differently_under_the_locks_is_left(asked, payer, payee, poor, monkeypatch):
    foreseen = iter([False, False])
    monkeypatch.setattr(accepting_one, "moves_at_once", lambda _: next(foreseen))
    requests = [asked(channel=Channel.MOBILE, arrival=Arrival.REAL_TIME), asked(payer_card=POOR)]
    accept_requests(requests)
    assert statuses(requests) == [None, 201]
    assert money(payer) == (100_000, 0)


def test_a_first_transfer_to_a_bank_makes_its_clearing_account_once(asked, poor):
    outside = {"payee_account_number": "87144583", "payee_bank_code": "YZ", "payee_name": None}
    requests = [asked(**outside), asked(payer_card=POOR, **outside), asked(payer_card="6222020000000000042", **outside)]
    accept_requests(requests)
    assert statuses(requests) == [201, 201, 422]
    assert len(set(Transfer.objects.filter(status=TransferStatus.HELD).values_list("payee_internal", flat=True))) == 1


def test_over_http_orders_that_come_while_another_waits_are_one_set(noon, order, payer, poor):
    atms = [ApiClient("atm", name) for name in ("a", "b", "c", "d")]
    bodies = [order(), order(payer={"card_number": POOR}, amount="1.00"), order(amount="2.00"), order(amount="9999")]
    queue = order_sets._ORDERS
    with other_transaction(row_lock("accounts_account", payer.id)):
        first = ConcurrentCall(lambda: atms[0].post("/transfers", bodies[0])).wait_until_blocked()
        patience, queue.patience = queue.patience, 60
        try:
            others = [ConcurrentCall(lambda n=n: atms[n].post("/transfers", bodies[n])) for n in (1, 2, 3)]
            assert wait_until(lambda: len(queue.waiting) == 3, seconds=30)
        finally:
            queue.patience = patience
    answers = [each.result() for each in (first, *others)]
    assert [each.status_code for each in answers] == [201, 201, 201, 422]
    assert transactions() == 2
    assert (money(payer), money(poor)) == ((100_000, 10_200), (1_000, 100))


@pytest.fixture
def breaking(monkeypatch):
    """Let every set with an order of 13 fen fail; return the sizes of the tried sets."""

    def judge(facts, plain=accepting_one.judge_acceptance):
        if facts.amount_fen == 13:
            raise ZeroDivisionError
        return plain(facts)

    def accept(requests, plain=order_sets._accept, **more):
        tried.append(len(requests))
        return plain(requests, **more)

    tried: list[int] = []
    monkeypatch.setattr(accepting_one, "judge_acceptance", judge)
    monkeypatch.setattr(order_sets, "_accept", accept)
    return tried


@pytest.mark.parametrize("place", [0, 10, 31])
def test_one_bad_order_leaves_the_others_in_sets(asked, payer, breaking, place, monkeypatch):
    monkeypatch.setattr(order_sets, "_PARTS_SECONDS", 60)
    requests = [asked(amount_fen=13 if number == place else 100) for number in range(32)]
    accept_requests(requests)
    assert statuses(requests) == [201] * place + [None] + [201] * (31 - place)
    assert transactions() == 5
    assert sorted(breaking, reverse=True) == [32, 16, 16, 8, 8, 4, 4, 2, 2, 1, 1]
    assert IdempotencyKey.objects.count() == 31
    assert money(payer) == (100_000, 3_100)


def test_parts_are_tried_until_their_time_is_over(asked, payer, breaking, monkeypatch):
    monkeypatch.setattr(order_sets, "_PARTS_SECONDS", 0.05)

    def slow(requests, plain=order_sets._accept, **more):
        sleep(0.06)
        return plain(requests, **more)

    monkeypatch.setattr(order_sets, "_accept", slow)
    requests = [asked(amount_fen=13)] + [asked() for _ in range(7)]
    accept_requests(requests)
    assert breaking == [8]
    assert statuses(requests) == [None] * 8
    assert money(payer) == (100_000, 0)


def test_over_http_an_order_that_is_left_when_its_time_is_over_is_not_begun(noon, order, payer, monkeypatch):
    machine, body = ApiClient("atm"), order()
    monkeypatch.setattr(order_sets._ORDERS, "do", lambda _: None)
    monkeypatch.setattr(order_sets, "ORDER_SECONDS", 0)
    late = machine.post("/transfers", body, key="late")
    assert (late.status_code, late.json()["code"], late["Retry-After"]) == (503, "UNAVAILABLE", "1")
    assert not IdempotencyKey.objects.exists()
    monkeypatch.undo()
    assert machine.post("/transfers", body, key="late").status_code == 201


@pytest.fixture(params=["committed", "never arrived"])
def breaking_at_commit(request, monkeypatch):
    """Break the connection of a set at its COMMIT, so that its outcome is unknown."""

    def exchange(self, bound, *, commit, plain=Pipeline._exchange):
        if commit and request.param == "never arrived":
            self.connection.close()
        found = plain(self, bound, commit=commit)
        if commit:
            self.connection.close()
            raise psycopg.OperationalError("the connection is lost")
        return found

    with monkeypatch.context() as patch:
        patch.setattr(Pipeline, "_exchange", exchange)
        yield patch


UNKNOWN = "不能确认本次请求是否已办理"


def test_over_http_a_set_that_broke_at_commit_is_not_said_to_be_undone(noon, order, payer, breaking_at_commit):
    machine, body = ApiClient("atm"), order()
    breaking_at_commit.setattr(order_sets, "ORDER_SECONDS", 0)
    breaking_at_commit.setattr(order_sets._ORDERS, "do", lambda waiting: accept_requests([waiting[0]]))
    answer = machine.post("/transfers", body, key="broken")
    assert (answer.status_code, answer.json()["code"], answer["Retry-After"]) == (503, "UNAVAILABLE", "1")
    assert UNKNOWN in answer.json()["detail"]
    breaking_at_commit.undo()
    assert machine.post("/transfers", body, key="broken").status_code == 201
    assert money(payer) == (100_000, 10_000)


def test_a_batch_that_broke_at_commit_is_not_said_to_be_undone(noon, order, payer, breaking_at_commit):
    gateway, orders = ApiClient("gateway"), [order(channel="mobile", arrival="next_day", amount="1.00")] * 2
    orders = [each | {"idempotency_key": f"{number}"} for number, each in enumerate(orders)]
    breaking_at_commit.setattr(batches, "ORDER_SECONDS", 0)

    def sent():
        results = gateway.post("/transfers/batch", {"orders": orders}, key=None).json()["results"]
        return [each["body"].get("detail", each["status"]) for each in results]

    assert all(each == 201 or UNKNOWN in each for each in sent())
    breaking_at_commit.undo()
    assert sent() == [201, 201]
    assert money(payer) == (100_000, 200)


@pytest.mark.parametrize("who", ["key", "order"])
def test_http_order_without_a_timely_answer_gets_retry_after(noon, order, payer, monkeypatch, who):
    machine, body = ApiClient("atm"), order()

    def hang(_):
        raise NotAnswered

    with monkeypatch.context() as hanging:
        hanging.setattr(order_sets._ORDERS if who == "order" else auth._KEYS, "do", hang)
        answer = machine.post("/transfers", body, key="again")
    assert (answer.status_code, answer.json()["code"], answer["Retry-After"]) == (503, "UNAVAILABLE", "1")
    assert machine.post("/transfers", body, key="again").status_code == 201
    assert money(payer) == (100_000, 10_000)


def test_two_sets_at_the_same_instant_take_no_more_than_there_is(asked, payer, poor):
    sets = [[asked(amount_fen=30_000), asked(payer_card=POOR, amount_fen=300)] for _ in range(4)]
    at_once(*(lambda each=each: accept_requests(each) for each in sets))
    done = sum(each.answer is not None and each.answer.status == 201 for requests in sets for each in requests)
    assert money(payer)[1] <= 90_000
    assert money(poor)[1] <= 900
    assert Transfer.objects.filter(status=TransferStatus.HELD).count() == done


def test_orders_of_unknown_accounts_are_answered_without_a_lock(asked):
    requests = [asked(payer_card=None, payer_account_id=uuid4()), asked(payer_card="6222020000000000042")]
    with owned():
        given = [
            GivenOrder(each.order, each.caller, found)
            for each, found in zip(requests, find_sides([r.order for r in requests]), strict=True)
        ]
        assert [each.code for each in accept_together(given)] == ["NOT_FOUND", "CARD_NOT_FOUND"]
