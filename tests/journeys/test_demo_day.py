"""A demo's first day on a busy machine: a bank that cannot answer at once is asked again."""

from datetime import timedelta

import httpx
import pytest
from django.core.handlers.wsgi import WSGIHandler

from benchmarks.bank import client
from benchmarks.bank.client import Bank, NoAnswer
from config.kernel.database.clock import bank_now
from tests import factories
from tests.http import ApiClient
from tests.transfers.conftest import pay_in
from tests.transfers.factories import held
from transfers.models import Transfer
from transfers.operations import sandbox
from transfers.operations.release import release_due
from transfers.vocabulary import ReleasedBy

KEYS = {"auditor": "o", "teller": "t"}


@pytest.fixture
def pauses(monkeypatch):
    """The pauses in seconds, recorded without waiting."""
    found = []
    monkeypatch.setattr(client.time, "sleep", found.append)
    return found


def bank_that_answers(*answers: httpx.Response) -> tuple[Bank, list[str]]:
    """Return a bank client with scripted answers to changes, and the idempotency keys that it sent."""
    waiting, keys = list(answers), []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, json={"now": "2026-01-05T12:00:00+08:00"})
        keys.append(request.headers.get("Idempotency-Key", ""))
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]

    return Bank("http://127.0.0.1", KEYS, transport=httpx.MockTransport(answer)), keys


def pending(seconds: str = "1") -> httpx.Response:
    return httpx.Response(503, json={"code": "RELEASE_PENDING"}, headers={"Retry-After": seconds})


def test_clock_is_moved_again_after_the_due_transfers_are_released(pauses):
    bank, _ = bank_that_answers(pending("2"), pending("60"), httpx.Response(200, json={}))
    released = []
    bank.go_to(bank.now() + timedelta(hours=1), meanwhile=lambda: released.append(1))
    assert (pauses, len(released)) == ([2, client.LONGEST_PAUSE_SECONDS], 2)


def test_a_call_is_repeated_under_its_key(pauses):
    bank, keys = bank_that_answers(httpx.Response(503, json={}), httpx.Response(201, json={"id": "1"}))
    assert bank.do("teller", "/customers", {}) == {"id": "1"}
    assert (pauses, len(keys), len(set(keys))) == ([client.PAUSES[0]], 2, 1)


def test_a_bank_that_never_answers_is_asked_so_often_and_no_more(pauses):
    bank, _ = bank_that_answers(pending())
    with pytest.raises(NoAnswer, match="RELEASE_PENDING"):
        bank.go_to(bank.now() + timedelta(hours=1))
    assert len(pauses) == len(client.PAUSES)


@pytest.mark.django_db(transaction=True)
def test_transfers_due_during_a_move_of_the_clock_are_released_and_the_day_continues(noon, monkeypatch):
    """Before the bank opens, the demo's day itself releases transfers, and no worker does."""
    noon.run()
    payer = factories.account(factories.customer(factories.ZHANG), "I")
    pay_in(payer, 100_000)
    (waiting,) = held(payer, due_at=bank_now() + timedelta(hours=1))
    monkeypatch.setattr(sandbox, "WAIT_SECONDS", 0)
    inside = httpx.WSGITransport(WSGIHandler())
    bank = Bank("http://127.0.0.1", {"auditor": ApiClient("auditor").bearer}, transport=inside)
    at = bank_now() + timedelta(hours=2)
    bank.go_to(at, meanwhile=lambda: release_due(released_by=ReleasedBy.CELERY))
    assert bank.now() >= at
    assert Transfer.objects.get(pk=waiting.pk).status == "posted"
