"""A problem has the contract's members, is in the caller's language, and reveals nothing of the database."""

import json
import re

import pytest

from config.frames.api import problems
from tests.kernel.conftest import DEPOSITS, NOBODY

PROBLEM = {"type", "title", "status", "detail", "code", "clause", "fields", "request_id"}


def test_a_problem_has_the_members_of_the_contract(till):
    answer = till.client.get(NOBODY.replace("approvals", "transfers"))
    body = answer.json()
    assert set(body) == PROBLEM
    assert answer["Content-Type"] == "application/problem+json"
    assert body["status"] == answer.status_code == 404
    assert body["type"] == "urn:bank:problem:not-found"
    assert body["clause"] is None
    assert body["fields"] == {}
    assert body["request_id"] == answer["X-Request-Id"]


@pytest.mark.parametrize(
    ("language", "chinese"),
    [
        (None, True), ("zh", True), ("zh-CN", True), ("zh-CN,zh;q=0.9,en;q=0.8", True), ("en", False),
        ("en-US,en;q=0.9", False), ("en;q=0.5,zh;q=0.9", True), ("zh;q=0.2,en;q=0.9", False), ("fr", True),
        ("fr,en;q=0.5", False), ("*", True), ("x" * 600, True), ("en;q=x", True), ("zh;q=0.1, en;q=0.2", False),
        ("zh;q=0, en", False), ("en;q=0.001", False), ("en;q=0", True), ("en ; q=0.000", True), ("EN;Q=0.0, fr", True),
        ("en;q=0, *", True), ("", True), ("en;q=0, zh;q=0", True), (";q=0", True),
    ],
)  # fmt: skip
def test_a_problem_speaks_chinese_unless_english_is_preferred(ask, client_for, language, chinese):
    headers = {} if language is None else {"Accept_Language": language}
    for bearer, code in (("", "UNAUTHENTICATED"), (client_for("auditor").bearer, "NOT_FOUND")):
        body = ask("GET", NOBODY, bearer=bearer, **headers).json()
        assert body["code"] == code
        for name in ("title", "detail"):
            assert bool(re.search("[一-鿿]", body[name])) is chinese, body[name]


def test_messages_of_fields_speak_the_same_language(ask, till):
    def messages(language):
        answer = ask(
            "POST", DEPOSITS, b'{"amount":"x","other":1}', bearer=till.client.bearer, Idempotency_Key="k",
            Accept_Language=language,
        )  # fmt: skip
        return str(answer.json()["fields"])

    assert re.search("[一-鿿]", messages("zh"))
    assert not re.search("[一-鿿]", messages("en"))


def test_a_status_without_a_sentence_of_its_own_still_has_one(settings):
    for status in (400, 401, 403, 404, 405, 413, 415, 429, 500, 503):
        body = problems.plain(status).body("r")
        assert body["status"] == status
        assert body["title"]
        assert body["detail"]


def test_message_shown_in_one_language_is_shown_in_the_other_next(ask, till):
    def message(language):
        body = json.dumps(till.body() | {"account": {"card_number": "1" * 20}}).encode()
        answer = ask(
            "POST", DEPOSITS, body, bearer=till.client.bearer, Idempotency_Key=language, Accept_Language=language
        )
        return answer.json()["fields"]["account.card_number"][0]

    till.deposit()
    assert [bool(re.search("[一-鿿]", message(language))) for language in ("zh", "en", "zh")] == [True, False, True]


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO kernel_principal (id, name, role, active) VALUES (gen_random_uuid(), '11010519491231002X', 'king', true)",
        "SELECT 1 / 0",
        "SELECT '11010519491231002X'::int",
        'SELECT * FROM "11010519491231002X"',
    ],
)
def test_no_answer_ever_holds_a_database_message(till, monkeypatch, statement, caplog):
    from accounts.till.api import cash
    from config.kernel.database.sql import rows

    monkeypatch.setattr(cash.DepositsView, "operate", lambda *_, **__: rows(statement))
    answer = till.deposit()
    assert answer.status_code in {409, 500}
    assert set(answer.json()) == PROBLEM
    for leaked in (b"11010519491231002X", b"king", b"kernel_", b"DETAIL", b"SELECT", b"zero", b"Traceback"):
        assert leaked not in answer.content
