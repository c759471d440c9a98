"""Idempotency: a request with a known key has one effect and gets the first answer."""

import threading
import time
from uuid import uuid4

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone
from psycopg import errors

from accounts.models import Account
from config.kernel import tasks
from config.kernel.database import bulk as pieces
from config.kernel.database.sql import Statement, ask, send
from config.kernel.models import Decision, IdempotencyKey
from config.kernel.requests import idempotency
from config.kernel.requests.idempotency import RequestKey
from config.kernel.tasks import forget_old_keys
from tests.kernel.conftest import DEPOSITS
from tests.races import ConcurrentCall, at_once, other_transaction, row_lock, times, wait_for_blocked_session


def test_a_repeat_gets_the_first_answer_byte_for_byte_and_no_second_effect(till):
    first = till.deposit("10.00", key="k")
    again = till.deposit("10.00", key="k")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again["Content-Type"] == first["Content-Type"]
    assert "Idempotent-Replayed" not in first.headers
    assert again["Idempotent-Replayed"] == "true"
    assert till.balance_fen == 1000


def test_spacing_and_order_of_the_body_do_not_make_another_request(till):
    first = till.deposit("10.00", key="k")
    spaced = f'{{ "amount" : "10.00", "account": {{"account_id":"{till.account.id}"}} }}'.encode()
    assert till.client.post(DEPOSITS, raw=spaced, key="k").content == first.content


@pytest.mark.parametrize("amount", ["10.01", "10.0", "0.00", 1.5, None])
def test_key_used_with_another_body_is_refused(till, amount):
    till.deposit("10.00", key="k")
    answer = till.deposit(amount, key="k")
    assert (answer.status_code, answer.json()["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert till.balance_fen == 1000


def test_key_used_with_another_path_is_refused(till):
    till.deposit("10.00", key="k")
    answer = till.client.post("/cash/withdrawals", till.body("10.00"), key="k")
    assert (answer.status_code, answer.json()["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")


def test_a_reused_key_still_replays_its_own_request(till):
    first = till.deposit("10.00", key="k")
    till.deposit("20.00", key="k")
    assert till.deposit("10.00", key="k").content == first.content


@pytest.mark.parametrize("key", [None, "  ", "a b", "é", "k" * 256, "a\tb", "\x7f"])
def test_a_missing_or_malformed_key_is_400(till, ask, key):
    headers = {} if key is None else {"Idempotency_Key": key}
    answer = ask("POST", DEPOSITS, b"{}", bearer=till.client.bearer, **headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "IDEMPOTENCY_KEY_MISSING")


@pytest.mark.parametrize("key", ["!", "~", "k" * 255, '{"a":1}', "00000000-0000-0000-0000-000000000000"])
def test_1_to_255_visible_characters_are_a_key(till, key):
    assert till.deposit(key=key).status_code == 201


def test_a_key_belongs_to_its_principal(till, client_for):
    till.deposit("10.00", key="k")
    till.client = client_for("teller", "2")
    answer = till.deposit("5.00", key="k")
    assert answer.status_code == 201
    assert "Idempotent-Replayed" not in answer.headers
    assert till.balance_fen == 1500


def test_a_rotated_api_key_is_the_same_principal(till):
    first = till.deposit(key="k")
    fresh = type(till.client)("teller")
    assert fresh.bearer != till.client.bearer
    till.client = fresh
    assert till.deposit(key="k").content == first.content


def test_404_is_pinned(till):
    unknown = till.body() | {"account": {"account_id": str(uuid4())}}
    first = till.client.post(DEPOSITS, unknown, key="k")
    again = till.client.post(DEPOSITS, unknown, key="k")
    assert first.status_code == again.status_code == 404
    assert again["Idempotent-Replayed"] == "true"
    assert again["Content-Type"] == "application/problem+json"
    assert again.content == first.content


def test_422_is_pinned_even_when_the_rule_would_now_allow_it(till):
    first = till.client.post("/cash/withdrawals", till.body("5.00"), key="k")
    assert (first.status_code, first.json()["code"]) == (422, "INSUFFICIENT_FUNDS")
    till.deposit("5.00")
    again = till.client.post("/cash/withdrawals", till.body("5.00"), key="k")
    assert again.content == first.content
    assert till.balance_fen == 500


def test_409_is_pinned(proposals, supervisor, teller, noon):
    approval = proposals.propose(teller.caller)
    noon.advance(days=7)
    first = supervisor.post(f"/approvals/{approval.pk}/approve", {}, key="k")
    assert first.status_code == 409
    noon.advance(days=-7)
    again = supervisor.post(f"/approvals/{approval.pk}/approve", {}, key="k")
    assert again.content == first.content
    assert again["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize(
    ("status", "raw", "kind"),
    [
        (400, b'{"amount": "1.00"}', "application/json"),
        (400, b"{", "application/json"),
        (413, b" " * (1024 * 1024 + 1), "application/json"),
        (415, b"{}", "text/plain"),
    ],
)
def test_undecided_request_leaves_the_key_free(till, ask, status, raw, kind):
    answer = ask("POST", DEPOSITS, raw, bearer=till.client.bearer, kind=kind, Idempotency_Key="k")
    assert answer.status_code == status
    assert not IdempotencyKey.objects.exists()
    assert till.deposit(key="k").status_code == 201


def test_401_and_403_leave_the_key_free(till, ask, client_for, address):
    assert ask("POST", DEPOSITS, b"{}", Idempotency_Key="k").status_code == 401
    assert client_for("auditor").post(DEPOSITS, till.body(), key="k").status_code == 403
    assert not IdempotencyKey.objects.exists()


def test_403_same_person_leaves_the_key_free(proposals, supervisor, noon):
    approval = proposals.propose(supervisor.caller)
    answer = supervisor.post(f"/approvals/{approval.pk}/approve", {}, key="k")
    assert (answer.status_code, answer.json()["code"]) == (403, "SAME_PERSON")
    assert not IdempotencyKey.objects.exists()


def test_5xx_leaves_the_key_free(till, monkeypatch):
    from accounts.till.api import cash

    def fail(*_, **__):
        raise RuntimeError("110105194912310021")

    with monkeypatch.context() as patch:
        patch.setattr(cash.DepositsView, "operate", fail)
        answer = till.deposit(key="k")
    assert answer.status_code == 500
    assert b"1101051949" not in answer.content
    assert till.deposit(key="k").status_code == 201


def test_a_repeat_is_answered_before_its_fields_are_judged(till, monkeypatch):
    """A valid request may be invalid later: a document expires, or a format rule becomes stricter."""
    first = till.deposit("10.00", key="k")
    from accounts.till.api import cash
    from config.kernel.law.refusals import BadRequest

    def no_longer_valid(*_, **__):
        raise BadRequest({"amount": ["no longer"]})

    monkeypatch.setattr(cash.DepositsView, "_valid", no_longer_valid)
    assert till.deposit("10.00", key="k").content == first.content
    assert till.deposit("10.00", key="other").status_code == 400


def test_stored_answers_are_sealed_and_fingerprints_are_keyed(till):
    answer = till.deposit("10.00", key="k")
    row = IdempotencyKey.objects.get()
    stored = IdempotencyKey.objects.values_list("body", flat=True).get()
    assert answer.json()["id"].encode() not in bytes(stored)
    assert row.body == answer.content.decode()
    assert bytes(row.fingerprint) == idempotency.fingerprint("POST", "/api/v1" + DEPOSITS, till.body("10.00"))
    assert len(bytes(row.fingerprint)) == 32


def test_a_number_and_the_text_of_the_same_digits_are_two_requests():
    from decimal import Decimal

    prints = {idempotency.fingerprint("POST", "/", {"a": value}) for value in (Decimal("1.5"), "1.5", 1, "1", True)}
    assert len(prints) == 5


def test_keys_are_kept_for_30_days_of_the_real_clock(till):
    from datetime import timedelta

    till.deposit(key="old")
    till.deposit(key="young")
    old = timezone.now() - timedelta(days=30, seconds=1)
    young = timezone.now() - timedelta(days=30, seconds=-60)
    IdempotencyKey.objects.filter(key="old").update(created_at=old)
    IdempotencyKey.objects.filter(key="young").update(created_at=young)
    assert forget_old_keys() == 1
    assert IdempotencyKey.objects.get().key == "young"


def test_old_keys_go_in_pieces_and_the_rest_the_next_time(till, monkeypatch, django_assert_num_queries):
    """A single statement would exceed its time limit after a day without the task, and would never finish."""
    from datetime import timedelta

    for number in range(7):
        till.deposit(key=str(number))
    IdempotencyKey.objects.update(created_at=timezone.now() - timedelta(days=31))
    monkeypatch.setattr(tasks, "PIECE", 3)
    with django_assert_num_queries(3):
        assert forget_old_keys() == 7
    till.deposit(key="again")
    IdempotencyKey.objects.update(created_at=timezone.now() - timedelta(days=31))
    monkeypatch.setattr(tasks, "PIECE", 1)
    monkeypatch.setattr(pieces, "BUSY_SECONDS", 0)
    till.deposit(key="another")
    IdempotencyKey.objects.update(created_at=timezone.now() - timedelta(days=31))
    assert [forget_old_keys() for _ in range(3)] == [1, 1, 0]


@pytest.mark.django_db(transaction=True)
def test_32_parallel_requests_with_one_key_have_one_effect_and_one_answer(till):
    answers = times(32, lambda: till.deposit("1.00", key="k"))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum("Idempotent-Replayed" in answer.headers for answer in answers) == 31
    assert till.balance_fen == 100
    assert Decision.objects.filter(kind="deposit").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_repeat_waits_two_seconds_for_the_first_then_says_so(till):
    """The account stays locked, so the first request with the key cannot finish."""

    def repeat():
        began = time.monotonic()
        return till.deposit("1.00", key="k"), time.monotonic() - began

    with transaction.atomic():
        Account.objects.select_for_update(no_key=True).get(pk=till.account.pk)
        first = ConcurrentCall(lambda: till.deposit("1.00", key="k")).wait_until_blocked()
        second, waited = ConcurrentCall(repeat).result()
    assert first.result().status_code == 201
    assert (second.status_code, second.json()["code"]) == (409, "IDEMPOTENCY_KEY_IN_PROGRESS")
    assert waited > 1.8
    assert till.deposit("1.00", key="k").content == first.result().content
    assert till.balance_fen == 100


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("asks_first", [True, False])
def test_work_that_waits_too_long_for_a_lock_is_not_taken_for_a_key_in_progress(till, asks_first):
    """The key is claimed in a round trip before the lock, or in the same one."""
    account = row_lock("accounts_account", till.account.pk)

    def impatient():
        if asks_first:
            ask(Statement("SELECT 1"))
        send(Statement("SET LOCAL lock_timeout = '100ms'"), account)

    def worked():
        with pytest.raises(OperationalError) as error:
            idempotency.work_once(RequestKey(till.client.caller.id, "k", b"x" * 32), impatient)
        return error.value.__cause__

    with other_transaction(account):
        (cause,) = at_once(worked)
    assert isinstance(cause, errors.LockNotAvailable)
    assert not IdempotencyKey.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_repeat_that_finds_the_first_rolled_back_does_the_work_itself(till, monkeypatch):
    """The first request dies after it claimed the key; the waiting one claims it and has the effect."""
    row, taken = {}, threading.Event()

    def dying():
        with transaction.atomic():
            row["claim"] = idempotency.claim(RequestKey(till.client.caller.id, "k", b"x" * 32))
            taken.set()
            wait_for_blocked_session("transactionid")
            transaction.set_rollback(True)
        connection.close()

    thread = threading.Thread(target=dying)
    thread.start()
    assert taken.wait(timeout=30)
    answer = till.deposit("1.00", key="k")
    thread.join()
    assert row["claim"].answer is None
    assert answer.status_code == 201
    assert till.balance_fen == 100


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("asks", [True, False])
def test_a_key_that_is_taken_ends_the_work_whenever_it_is_learned(till, asks):
    """Also if the work makes no query: the claim is checked before the commit."""
    done = []

    def work():
        done.append(1)
        if asks:
            Account.objects.exists()
            done.append(2)
        return idempotency.RenderedAnswer(201, b"{}")

    key = RequestKey(till.client.caller.id, "k", b"x" * 32)
    assert idempotency.work_once(key, work).status == 201
    first = list(done)
    with pytest.raises(idempotency.KeyTaken):
        idempotency.work_once(key, work)
    assert done == [*first, 1]
    assert IdempotencyKey.objects.get().status == 201
