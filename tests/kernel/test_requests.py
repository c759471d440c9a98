"""What every request meets: the order of checks, problems in two languages, ids, methods, paths."""

import json
import re

import pytest
from django.db import connection
from django.test import Client

from config.api import problems
from tests.kernel.conftest import DEPOSITS

PROBLEM = {"type", "title", "status", "detail", "code", "clause", "fields", "request_id"}
NOBODY = "/approvals/01900000-0000-7000-8000-000000000000"


# --- the order of checks: each request fails several of them, the first one answers -------------------


@pytest.fixture
def answer_to(ask, till, client_for):
    """Send a deposit that is wrong in everything that is named."""

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


# --- problems -----------------------------------------------------------------------------------------


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
        ("fr,en;q=0.5", False), ("*", True), ("x" * 600, True), ("en;q=x", True),
    ],
)  # fmt: skip
def test_a_problem_speaks_chinese_unless_english_is_preferred(ask, db, language, chinese):
    headers = {"Accept_Language": language} if language else {}
    body = ask("GET", "/approvals", **headers).json()
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


# --- ids of requests ----------------------------------------------------------------------------------


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


@pytest.mark.parametrize("path", ["/healthz", "/livez", "/readyz", "/metrics"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_what_is_only_looked_at_takes_no_other_method(db, path, method):
    answer = Client(enforce_csrf_checks=True).generic(method, path)
    assert (answer.status_code, answer["Content-Type"]) == (405, "application/problem+json")
    assert answer["Allow"] == "GET, HEAD"


def test_a_form_sent_to_no_screen_is_a_problem_and_no_page(db):
    answer = Client(enforce_csrf_checks=True).post("/")
    assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")


# --- queries ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/approvals", NOBODY])
def test_an_unknown_query_parameter_is_400_and_named(client_for, path):
    answer = client_for("auditor").get(path, page="2", format="json")
    assert answer.status_code == 400
    assert set(answer.json()["fields"]) == {"page", "format"}


def test_more_query_parameters_than_are_read_are_400(ask, till, client_for):
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


# --- methods and paths --------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "GET", "HEAD"])
def test_another_method_is_405_with_what_is_allowed(ask, till, method):
    answer = ask(method, DEPOSITS, bearer=till.client.bearer)
    assert answer.status_code == 405
    assert answer["Allow"] == "POST"
    if method != "HEAD":
        assert answer.json()["code"] == "METHOD_NOT_ALLOWED"
    assert answer["Content-Type"] == "application/problem+json"


def test_405_comes_to_roles_that_could_do_nothing_here_too(ask, client_for):
    assert ask("DELETE", DEPOSITS, bearer=client_for("auditor").bearer).status_code == 405


def test_head_is_get_without_a_body(ask, client_for):
    answer = ask("HEAD", "/approvals", bearer=client_for("auditor").bearer)
    assert (answer.status_code, answer.content) == (200, b"")


def test_head_asks_for_the_role_of_get(ask, client_for):
    assert ask("HEAD", "/approvals", bearer=client_for("atm").bearer).status_code == 403


@pytest.mark.parametrize(
    "path",
    ["/nowhere", "/approvals/", "/cash/deposits/", "/", "//approvals", "/Approvals", "/%00", "/%ff", "/é", "/../x"],
)
def test_an_unknown_path_is_404_with_a_key_and_401_without(ask, client_for, path):
    with_key, without = ask("GET", path, bearer=client_for("auditor").bearer), ask("GET", path)
    assert (with_key.status_code, without.status_code) == (404, 401)
    assert with_key["Content-Type"] == without["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "known",
    ["not-an-id", "1", "%00", "01900000000070008000000000000000", "x" * 500, "01a2104f-67de-4203-ad34-d6dea41f2f02"],
)
def test_an_unknown_id_is_404_whatever_its_shape(client_for, known):
    assert client_for("auditor").get(f"/approvals/{known}").status_code == 404


@pytest.mark.parametrize("path", ["/nowhere", "/api/v1", "/api/nowhere", "/static/nowhere.js", "/%00"])
def test_outside_the_api_an_unknown_path_is_a_problem_too(db, path):
    answer = Client(raise_request_exception=False).get(path)
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "*/*", "nonsense", "text/html;q=0"])
def test_json_is_answered_whatever_is_accepted(ask, client_for, accept):
    answer = ask("GET", "/approvals", bearer=client_for("auditor").bearer, Accept=accept)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"


def test_a_host_that_is_not_ours_is_a_problem(settings, db):
    settings.ALLOWED_HOSTS = ["bank.example"]
    answer = Client(raise_request_exception=False).get("/api/v1/approvals", headers={"Host": "evil.example"})
    assert answer.status_code in {400, 401}
    assert answer["Content-Type"] == "application/problem+json"
    assert b"evil" not in answer.content


# --- dependencies away --------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_503_with_retry_after_when_the_database_drops_the_connection(till):
    """The backend of the request's own connection is killed in the middle of the request."""
    import threading

    def on_another_connection():
        from accounts.api import cash
        from config.kernel.sql import rows

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


@pytest.mark.django_db(transaction=True)
def test_503_when_the_database_cannot_be_reached(till):
    import threading

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
    from accounts.api import cash
    from config.kernel.sql import rows

    monkeypatch.setattr(cash.DepositsView, "operate", lambda *_, **__: rows(statement))
    answer = till.deposit()
    assert answer.status_code in {409, 500}
    assert set(answer.json()) == PROBLEM
    for leaked in (b"11010519491231002X", b"king", b"kernel_", b"DETAIL", b"SELECT", b"zero", b"Traceback"):
        assert leaked not in answer.content


# --- the channel --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "channel",
    [None, "", "ATM", "atm ", "counter", "online", "branch", 1, 1.5, True, [], ["atm"], {}, {"a": 1}, "x" * 999],
)
def test_every_channel_that_is_not_the_callers_is_403_never_400(client_for, noon, channel):
    body = {
        "payer": {"card_number": "6228480000000005"},
        "payee": {"account_number": "1", "bank_code": "ICBKCNBJ"},
        "amount": "1.00",
        "channel": channel,
    }
    answer = client_for("atm").post("/transfers/preview", body)
    assert (answer.status_code, answer.json()["code"]) == (403, "CHANNEL_NOT_ALLOWED")


# --- languages ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accepted", "english"),
    [
        ("en", True),
        ("en-US,en;q=0.9", True),
        ("zh;q=0.1, en;q=0.2", True),
        ("zh;q=0, en", True),
        ("en;q=0.001", True),
        ("en;q=0", False),
        ("en ; q=0.000", False),
        ("EN;Q=0.0, fr", False),
        ("en;q=0, *", False),
        ("", False),
        ("fr", False),
        ("en;q=0, zh;q=0", False),
        (";q=0", False),
    ],
)
def test_answers_in_a_language_that_is_taken(ask, client_for, accepted, english):
    answer = ask("GET", NOBODY, bearer=client_for("auditor").bearer, Accept_Language=accepted)
    assert ("no such record" in answer.json()["detail"]) is english


def test_a_message_that_was_shown_in_one_language_is_shown_in_the_other_next(ask, till):
    def message(language):
        body = json.dumps(till.body() | {"account": {"card_number": "1" * 20}}).encode()
        answer = ask(
            "POST", DEPOSITS, body, bearer=till.client.bearer, Idempotency_Key=language, Accept_Language=language
        )
        return answer.json()["fields"]["account.card_number"][0]

    till.deposit()
    assert [bool(re.search("[一-鿿]", message(language))) for language in ("zh", "en", "zh")] == [True, False, True]


# --- what is a screen's --------------------------------------------------------------------------------


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


# --- texts -------------------------------------------------------------------------------------------


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
    told = {"identity_check": {"method": blank, "result": "match"}}
    path = f"/customers/{NOBODY.rsplit('/', 1)[-1]}/reverifications"
    answer = client_for("teller").post(path, told)
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["identity_check.method"])
