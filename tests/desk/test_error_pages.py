"""A person at a missing or failing address reads a page in their language, not a problem document."""

from types import SimpleNamespace

import pytest
from django.contrib.auth.models import User
from django.db import InternalError, OperationalError
from django.test import Client
from psycopg import errors

from config.frames.api.bodies import LARGE, BodyResult
from tests.database import read_only
from tests.desk.pages import english, text_of

pytestmark = pytest.mark.django_db


def test_an_address_that_is_none(signed_in):
    for path in ("/desk/nowhere", "/desk/customers/01a21070-b4d3-76d0-9a59-9306c34248fc", "/desk/%ff"):
        answer = signed_in("teller").get(path)
        assert answer.status_code == 404
        assert answer.headers["Content-Type"].startswith("text/html")
        assert "页面或记录不存在" in text_of(answer)


BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


def test_unknown_address_is_a_page_for_a_browser_in_its_language():
    answer = Client().get("/nope", headers=BROWSER)
    assert (answer.status_code, answer["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert "页面或记录不存在" in text_of(answer)
    assert "Page or record not found" in text_of(english(Client()).get("/nope", headers=BROWSER))


@pytest.mark.parametrize("accept", ["*/*", "application/json", "", "text/*"])
def test_unknown_address_is_a_problem_for_a_program(accept):
    answer = Client().get("/nope", headers={"Accept": accept})
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


def test_unknown_address_of_the_api_is_a_problem_for_a_browser_too():
    answer = Client().get("/api/v1/nope", headers=BROWSER)
    assert answer["Content-Type"] == "application/problem+json"


def test_the_api_keeps_its_problems(signed_in):
    answer = Client().get("/nowhere")
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")


def test_a_form_that_is_not_ours(signed_in):
    browser = signed_in("teller")
    browser.handler.enforce_csrf_checks = True
    answer = browser.post("/desk/sign-out")
    assert answer.status_code == 403
    assert "表单已失效，未作任何处理" in text_of(answer)
    assert browser.get("/desk/").status_code == 200


def test_table_without_permission_gives_a_readable_page(signed_in):
    browser = signed_in("teller")
    User.objects.update(is_staff=True)
    answer = browser.get("/admin/accounts/card/")
    assert answer.status_code == 403
    assert "没有权限，未作任何处理" in text_of(answer)


@pytest.mark.parametrize(
    ("method", "path", "typed"),
    [
        ("get", "/desk/decisions", {"kind": "a\0b"}),
        ("get", "/desk/certificates", {"q": "\0"}),
        ("get", "/admin/kernel/approval/", {"status__exact": "\0"}),
        ("post", "/desk/certificates/person", {"number": "\0"}),
        ("post", "/desk/sign-in", {"username": "a\0b"}),
    ],
    ids=str,
)
def test_a_null_character_is_a_malformed_request(staff, method, path, typed):
    answer = getattr(staff("compliance"), method)(path, typed)
    assert answer.status_code == 400
    assert "请求有误" in text_of(answer)


def ended(cause: type[errors.Error]) -> InternalError:
    """Return the exception that the framework raises for a database error."""
    error = InternalError("gone")
    error.__cause__ = cause()
    return error


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (OperationalError("gone"), 503, "刚才提交的操作请先查询是否已办理"),
        (ended(errors.IdleInTransactionSessionTimeout), 503, "刚才提交的操作请先查询是否已办理"),
        (ended(errors.TransactionTimeout), 503, "刚才提交的操作请先查询是否已办理"),
        (ended(errors.InFailedSqlTransaction), 500, "系统内部错误；刚才提交的操作请先查询是否已办理"),
        (KeyError("no such"), 500, "系统内部错误；刚才提交的操作请先查询是否已办理"),
    ],
    ids=[
        "a server is away",
        "timed out while idle",
        "took too long",
        "a mistake with the database",
        "the page is broken",
    ],
)
def test_error_page_says_whether_to_try_again(signed_in, monkeypatch, error, status, words):
    def breaks(*_: object) -> None:
        raise error

    browser = signed_in("teller")
    monkeypatch.setattr("config.oversight.desk.home.render", breaks)
    browser.raise_request_exception = False
    answer = browser.get("/desk/")
    assert answer.status_code == status
    assert ("Retry-After" in answer) is (status == 503)
    assert words in text_of(answer)
    assert "gone" not in text_of(answer)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", ["/desk/", "/admin/accounts/card/"])
def test_a_page_of_a_database_that_only_reads(staff, path):
    """Each page writes the session; the framework reports a session that it cannot write as a bad request."""
    browser = staff("teller")
    browser.raise_request_exception = False
    with read_only() as end:
        away = browser.get(path)
        end()
        back = browser.get(path)
    assert (away.status_code, back.status_code) == (503, 200)
    assert int(away["Retry-After"]) >= 1
    assert "刚才提交的操作请先查询是否已办理" in text_of(away)


@pytest.mark.django_db(transaction=True)
def test_a_sign_in_at_a_database_that_only_reads(db):
    browser = Client(raise_request_exception=False)
    with read_only():
        assert browser.get("/desk/sign-in").status_code == 200
        answer = browser.post("/desk/sign-in", {"username": "nobody", "password": "x" * 12, "code": "000000"})
    assert answer.status_code == 503


@pytest.mark.parametrize(
    ("came", "status", "words"),
    [
        (BodyResult.NO_PLACE, 503, "当前正在处理其他上传的文件，本次未作任何处理"),
        (BodyResult.LATE, 408, "提交的内容未按时送达，未作任何处理"),
    ],
)
def test_a_large_file_that_is_to_be_sent_again(signed_in, came, status, words):
    class Large(SimpleNamespace):
        def receive(self, places, address):
            return came

    answer = signed_in("compliance").post("/desk/lists/new", {}, **{LARGE: Large()})
    assert answer.status_code == status
    assert words in text_of(answer)
    assert answer.headers.get("Retry-After") == ("1" if status == 503 else None)
