"""Methods that an address accepts, and the answer at an unknown address."""

import pytest
from django.test import Client

from tests.kernel.conftest import DEPOSITS


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "GET", "HEAD"])
def test_other_method_is_405_with_the_allowed_ones(ask, till, method):
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


@pytest.mark.parametrize("path", ["/healthz", "/livez", "/readyz", "/metrics"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_read_only_address_takes_no_other_method(db, path, method):
    answer = Client(enforce_csrf_checks=True).generic(method, path)
    assert (answer.status_code, answer["Content-Type"]) == (405, "application/problem+json")
    assert answer["Allow"] == "GET, HEAD"


def test_a_form_sent_to_no_screen_is_a_problem_and_no_page(db):
    answer = Client(enforce_csrf_checks=True).post("/")
    assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")
