"""Rules of every request: order of checks, request id, query parameters, headers of the answer."""

import json
import re

import pytest
from django.test import Client

from config.kernel.database.ids import new_id
from tests.kernel.conftest import DEPOSITS, NOBODY


@pytest.fixture
def answer_to(ask, till, client_for):
    """Send a deposit with every named part wrong."""

    def send(*wrong: str):
        role = "auditor" if "role" in wrong else "teller"
        body = json.dumps(till.body()).encode()
        if "field" in wrong:
            body = b'{"amount": "0"}'
        if "json" in wrong:
            body = b"{" + body
        if "size" in wrong:
            body += b" " * (1024 * 1024)
        return ask(
            "PATCH" if "method" in wrong else "POST",
            "/nowhere" if "path" in wrong else DEPOSITS,
            body,
            bearer="" if "caller" in wrong else client_for(role).bearer,
            kind="text/plain" if "type" in wrong else "application/json",
            **({} if "key" in wrong else {"Idempotency_Key": "k"}),
        )

    return send


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        (("caller", "role", "path", "method", "size", "type", "key", "json"), 401, "UNAUTHENTICATED"),
        (("caller", "path"), 401, "UNAUTHENTICATED"),
        (("caller", "method"), 401, "UNAUTHENTICATED"),
        (("role", "size", "type", "key", "json", "field"), 403, "ROLE_NOT_ALLOWED"),
        (("path", "size", "type", "key", "json"), 404, "NOT_FOUND"),
        (("method", "size", "type", "key", "json"), 405, "METHOD_NOT_ALLOWED"),
        (("size", "type", "key", "json", "field"), 413, "REQUEST_TOO_LARGE"),
        (("type", "key", "json", "field"), 415, "UNSUPPORTED_MEDIA_TYPE"),
        (("key", "json", "field"), 400, "IDEMPOTENCY_KEY_MISSING"),
        (("json", "field"), 400, "INVALID_REQUEST"),
        (("field",), 400, "INVALID_REQUEST"),
        ((), 201, None),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, tuple) else None,
)
def test_the_first_check_that_fails_answers(answer_to, wrong, status, code):
    answer = answer_to(*wrong)
    assert answer.status_code == status
    assert answer.json().get("code") == code


def test_unreadable_json_is_400_even_for_a_key_that_has_an_answer(till):
    till.deposit(key="k")
    assert till.client.post(DEPOSITS, raw=b"{", key="k").status_code == 400


def test_fields_are_judged_before_the_channel(client_for, noon):
    gateway = client_for("gateway")
    answer = gateway.post("/transfers/preview", {"channel": "atm"})
    assert answer.status_code == 400


@pytest.mark.parametrize("sane", ["a", "A" * 64, "req-1.2_3:4", "01a2104f-67de-4203-ad34-d6dea41f2f02"])
def test_a_sane_request_id_comes_back(ask, db, sane):
    answer = ask("GET", "/approvals", X_Request_Id=sane)
    assert answer["X-Request-Id"] == sane
    assert answer.json()["request_id"] == sane


@pytest.mark.parametrize("insane", ["", "A" * 65, "a b", "é", "<script>", "a\tb", "6228480000000005;x"])
def test_an_insane_request_id_is_replaced(ask, db, insane):
    given = ask("GET", "/approvals", X_Request_Id=insane)["X-Request-Id"]
    assert given != insane
    assert re.fullmatch("[0-9a-f-]{36}", given)


def test_every_answer_has_an_id_and_is_not_cached(db):
    client = Client(raise_request_exception=False)
    for path in ("/", "/healthz", "/api/v1/approvals", "/api/v1/nowhere", "/nowhere", "/admin/login/", "/api/schema"):
        answer = client.get(path)
        assert answer["X-Request-Id"], path
        assert "no-store" in answer["Cache-Control"], path
        assert answer["X-Content-Type-Options"] == "nosniff", path
        assert answer["X-Frame-Options"] == "DENY", path
        assert "default-src 'none'" in answer["Content-Security-Policy"], path
        assert answer["Cross-Origin-Resource-Policy"] == "same-origin", path
        assert "camera=()" in answer["Permissions-Policy"], path
        assert answer["Server"] == "bank", path


def test_the_api_knows_no_session(client_for):
    client = Client(headers={"Authorization": f"Bearer {client_for('auditor').bearer}"})
    client.cookies["sessionid"] = "none"
    answer = client.get("/api/v1/transfers")
    assert (answer.status_code, list(answer.cookies), answer["Vary"]) == (200, [], "Accept-Language")
    assert not hasattr(answer.wsgi_request, "session")


def test_an_answer_of_the_api_has_the_headers_of_every_answer(client_for):
    page, answer = Client().get("/desk/sign-in"), client_for("auditor").get("/transfers")
    common = {"Content-Language", "X-Content-Type-Options", "Referrer-Policy", "Cross-Origin-Opener-Policy",
              "X-Frame-Options", "Content-Security-Policy", "X-Request-Id", "Cache-Control", "Content-Length"}  # fmt: skip
    assert common <= set(page.headers)
    assert common <= set(answer.headers)


@pytest.mark.parametrize("path", ["/approvals", NOBODY])
def test_an_unknown_query_parameter_is_400_and_named(client_for, path):
    answer = client_for("auditor").get(path, page="2", format="json")
    assert answer.status_code == 400
    assert set(answer.json()["fields"]) == {"page", "format"}


def test_surplus_query_parameters_are_400(ask, till, client_for):
    query = "&".join(f"a{number}=1" for number in range(2000))
    for method, path, client in (("GET", "/approvals", client_for("auditor")), ("POST", DEPOSITS, till.client)):
        answer = ask(method, f"{path}?{query}", b"{}", bearer=client.bearer, Idempotency_Key="k")
        assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_REQUEST")


def test_a_query_on_a_post_is_400(till):
    answer = till.client.post(DEPOSITS + "?dry_run=1", till.body())
    assert answer.status_code == 400
    assert set(answer.json()["fields"]) == {"dry_run"}


def test_a_repeated_parameter_is_400(ask, client_for):
    answer = ask("GET", "/approvals?limit=1&limit=2", bearer=client_for("auditor").bearer)
    assert answer.status_code == 400
    assert set(answer.json()["fields"]) == {"limit"}


@pytest.mark.parametrize("query", ["status=%00", "%00=1", "status=open", "kind=", "status=%ff", "status=Pending"])
def test_an_unknown_filter_value_is_400(ask, client_for, query):
    answer = ask("GET", f"/approvals?{query}", bearer=client_for("auditor").bearer)
    assert answer.status_code == 400
    assert answer.json()["code"] == "INVALID_REQUEST"


@pytest.mark.parametrize(
    "channel",
    [None, "", "ATM", "atm ", "counter", "online", "branch", 1, 1.5, True, [], ["atm"], {}, {"a": 1}, "x" * 999],
)
def test_every_channel_that_is_not_the_callers_is_403_never_400(client_for, noon, channel):
    body = {
        "payer": {"card_number": "6228480000000005"},
        "payee": {"account_number": "1", "bank_code": "ICBKCNBJ", "name": "王二"},
        "amount": "1.00",
        "channel": channel,
    }
    answer = client_for("atm").post("/transfers/preview", body)
    assert (answer.status_code, answer.json()["code"]) == (403, "CHANNEL_NOT_ALLOWED")


@pytest.mark.parametrize("hidden", ["\u202e", "\u2066", "\x1b", "\x08"], ids=repr)
@pytest.mark.parametrize(
    ("role", "path", "body", "field"),
    [
        ("supervisor", "/approvals/{id}/approve", {}, "note"),
        ("supervisor", "/approvals/{id}/reject", {}, "reason"),
        ("teller", "/transfers/{id}/cancel", {"applicant": {"card_number": "6222000011112222"}}, "reason"),
        ("teller", "/accounts/{id}/card-exceptions", {"product": "debit"}, "reason"),
    ],
    ids=["note", "rejection", "cancellation", "exception"],
)
def test_texts_with_hidden_characters_are_refused(client_for, role, path, body, field, hidden):
    """The checker reads a text as it was written, in its order."""
    answer = client_for(role).post(path.format(id=new_id()), body | {field: f"客户要求{hidden}001"})
    assert (answer.status_code, list(answer.json()["fields"])) == (400, [field])
    assert "改变文字方向" in answer.json()["fields"][field][0]


@pytest.mark.parametrize(
    "blank", [" ", "\u3000\t", "\n", "\u200b", "\u202e \u2060"], ids=["space", "wide", "line", "zero-width", "bidi"]
)
@pytest.mark.parametrize(
    ("role", "path", "body", "field"),
    [
        ("supervisor", "/approvals/{id}/reject", {}, "reason"),
        ("teller", "/accounts/{id}/card-exceptions", {"product": "debit"}, "reason"),
        ("compliance", "/freezes/{id}/lift", {"order_no": "1"}, "reason"),
        (
            "compliance",
            "/blacklist/certificates/{id}/revocations",
            {"doc_no": "1", "revoked_on": "2026-01-05"},
            "reason",
        ),
        (
            "teller",
            "/customers/{id}/external-accounts",
            {"account_number": "1", "bank_code": "OTHERBANK", "name": "x"},
            "evidence",
        ),
    ],
)
def test_spaces_say_nothing_where_something_must_be_said(client_for, noon, role, path, body, field, blank):
    answer = client_for(role).post(path.replace("{id}", NOBODY.rsplit("/", 1)[-1]), body | {field: blank})
    assert (answer.status_code, list(answer.json()["fields"])) == (400, [field])


@pytest.mark.parametrize("blank", [" ", "\u3000"])
def test_a_check_names_its_method(client_for, noon, blank):
    check = {"identity_check": {"method": blank, "result": "match"}}
    path = f"/customers/{NOBODY.rsplit('/', 1)[-1]}/reverifications"
    answer = client_for("teller").post(path, check)
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["identity_check.method"])
