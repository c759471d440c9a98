"""A read-only database or a session ended by a time limit gives 503; the same key works later."""

import threading

import pytest
from django.db import connection
from django.test import Client

from accounts.till.api import cash
from config.kernel.database.sql import rows
from config.stack.process import wait_until
from tests.database import read_only

pytestmark = pytest.mark.django_db(transaction=True)


def assert_is_away(answer) -> None:
    assert (answer.status_code, answer.json()["code"]) == (503, "UNAVAILABLE")
    assert int(answer["Retry-After"]) >= 1
    # Nobody knows whether an unanswered commit took effect: the text must be true in both cases.
    assert "Idempotency-Key" in answer.json()["detail"]
    assert "未作任何处理" not in answer.json()["detail"]


def test_a_database_that_only_reads_is_503_until_it_writes_again(till):
    with read_only() as end:
        away = till.deposit(key="k")
        end()
        # The session that could only read is left: it would never write.
        back = till.deposit(key="k")
    assert_is_away(away)
    assert b"read-only" not in away.content
    assert (back.status_code, "Idempotent-Replayed" in back) == (201, False)
    assert till.balance_fen == 100


def test_read_only_requests_continue(till, client_for):
    auditor = client_for("auditor")
    with read_only():
        assert auditor.get("/approvals").status_code == 200
        assert Client().get("/metrics").status_code == 200


def has_ended(pid: int, cursor) -> bool:
    cursor.execute("SELECT FROM pg_stat_activity WHERE pid = %s", [pid])
    return cursor.fetchone() is None


@pytest.mark.parametrize("limit", ["idle_in_transaction_session_timeout", "transaction_timeout"])
def test_a_transaction_that_took_too_long_is_503_and_done_once_when_repeated(till, monkeypatch, limit):
    plain = cash.DepositsView.operate

    def slow(self, *args, **kwargs):
        pid = rows("SELECT pg_backend_pid() AS pid")[0]["pid"]
        rows(f"SET LOCAL {limit} = '50ms'")
        with other.cursor() as cursor:
            assert wait_until(lambda: has_ended(pid, cursor), seconds=30)
        return plain(self, *args, **kwargs)

    other = connection.copy()
    with monkeypatch.context() as during:
        during.setattr(cash.DepositsView, "operate", slow)
        away = till.deposit(key="k")
    other.close()
    back = till.deposit(key="k")
    assert_is_away(away)
    assert back.status_code == 201
    assert till.balance_fen == 100


def test_metrics_of_a_database_that_is_away_say_so_and_nothing_else(monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "HOST", "/nowhere")
    connection.close()
    answer = Client().get("/metrics")
    version, *lines = [line for line in answer.content.decode().splitlines() if not line.startswith("#")]
    assert version.startswith("bank_build_info{")
    assert (answer.status_code, lines) == (200, ["bank_database_up 0.0"])


def test_503_with_retry_after_when_the_database_drops_the_connection(till):
    """The backend of the request's own connection is killed during the request."""

    def on_another_connection():
        plain = cash.DepositsView.operate

        def killed(self, *args, **kwargs):
            rows("SELECT pg_terminate_backend(pg_backend_pid())")
            return plain(self, *args, **kwargs)

        cash.DepositsView.operate = killed
        try:
            results.append(till.deposit(key="k"))
        finally:
            cash.DepositsView.operate = plain
        results.append(till.deposit(key="k"))
        connection.close()

    results = []
    thread = threading.Thread(target=on_another_connection)
    thread.start()
    thread.join()
    away, back = results
    assert (away.status_code, away.json()["code"]) == (503, "UNAVAILABLE")
    assert int(away["Retry-After"]) >= 1
    assert b"terminat" not in away.content
    assert back.status_code == 201
    assert till.balance_fen == 100


def test_503_when_the_database_cannot_be_reached(till):
    def with_no_server():
        connection.settings_dict = connection.settings_dict | {"HOST": "/nowhere", "PORT": "1"}
        answers.append(till.client.get("/approvals"))
        answers.append(Client(raise_request_exception=False).get("/readyz"))

    answers = []
    thread = threading.Thread(target=with_no_server)
    thread.start()
    thread.join()
    assert answers[0].status_code == 503
    assert answers[0]["Retry-After"]
    assert b"nowhere" not in answers[0].content
    assert answers[1].status_code == 503
    assert answers[1].json()["checks"]["database"] != "ok"
