"""A person's own sign-in page: list and end sessions, change the password, safe on an unattended screen."""

from types import SimpleNamespace

import pytest
from django.contrib.auth.models import User
from django.test import Client

from config.frames.desk import sessions
from config.kernel.models import Decision, SignIn
from tests import people
from tests.desk.pages import english, text_of
from tests.signed_in_browser import Browser, browser_of, code_of, user_of, with_codes

pytestmark = pytest.mark.django_db

OLD, NEW = "a-long-and-quiet-evening", "another-quiet-evening"
PAGE = "/desk/me/password"


@pytest.fixture
def teller(signed_in, noon) -> Browser:
    """A teller with a password, at the desk."""
    client = signed_in("teller")
    user = User.objects.get(pk=client.session["_auth_user_id"])
    user.set_password(OLD)
    user.save()
    return _again(client, user)


def _again(client: Browser, user: User) -> Browser:
    """Return another browser of the same person."""
    fresh = browser_of(user)
    client.cookies = fresh.cookies
    return client


def typed(**other: str) -> dict[str, str]:
    return {"old": OLD, "new": NEW, "again": NEW} | other


def test_a_person_sees_own_sessions_and_no_others(teller, signed_in):
    mine, other = user_of(teller), user_of(signed_in("supervisor"))
    SignIn.objects.create(user=mine, address="192.0.2.7", browser="a kiosk")
    SignIn.objects.create(user=other, address="192.0.2.8", browser="a terminal")
    page = text_of(teller.get("/desk/me"))
    for shown in ("192.0.2.7", "a kiosk", "本会话", "结束其他全部会话"):
        assert shown in page
    assert "192.0.2.8" not in page


def test_the_name_at_the_top_leads_there(teller):
    assert 'href="/desk/me"' in text_of(teller.get("/desk/"))


def test_a_session_is_ended_from_elsewhere(teller):
    other = browser_of(user_of(teller))
    assert other.get("/desk/").status_code == 200
    assert teller.post(f"/desk/me/sessions/{sessions.own_id(_request(other))}/end").url == "/desk/me"
    assert "ended=1" in other.get("/desk/").url
    assert SignIn.objects.latest("at").end == "elsewhere"
    assert teller.get("/desk/").status_code == 200


def _request(client: Client):

    return SimpleNamespace(session=client.session)


def test_all_others_are_ended_at_once(teller):
    others = [browser_of(user_of(teller)) for _ in range(2)]
    page = text_of(teller.post("/desk/me/sessions/end", follow=True))
    assert "已结束其他" in page
    assert [each.get("/desk/").status_code for each in (*others, teller)] == [302, 302, 200]


def test_session_of_another_person_is_not_ended(teller, signed_in):
    other = signed_in("supervisor")
    teller.post(f"/desk/me/sessions/{sessions.own_id(_request(other))}/end")
    teller.post("/desk/me/sessions/end")
    assert other.get("/desk/").status_code == 200


def test_the_password_is_changed_and_other_sessions_end(teller):
    other = browser_of(user_of(teller))
    assert with_codes(teller).post(PAGE, typed()).url == "/desk/me"
    assert user_of(teller).check_password(NEW)
    assert teller.get("/desk/").status_code == 200
    assert other.get("/desk/").status_code == 302
    kept = Decision.objects.get(kind="own_password")
    assert (kept.outcome, kept.principal.name) == ("allowed", "teller")
    assert kept.facts["user"] == "teller"
    assert not [each for each in (OLD, NEW) if each in str(Decision.objects.values())]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"old": "something-else-entirely"}, "原密码不正确"),
        ({"old": ""}, "请填写原密码"),
        ({"again": "another-quiet-mornin"}, "不一致"),
        ({"new": OLD, "again": OLD}, "新密码与原密码相同"),
        ({"new": "eleven-chrs", "again": "eleven-chrs"}, "密码太短"),
        ({"new": "qwerty123456", "again": "qwerty123456"}, "太常见"),
        ({"new": "740285193602", "again": "740285193602"}, "数字"),
    ],
    ids=["wrong", "missing", "typed apart", "the same", "short", "common", "digits"],
)
def test_wrong_input_changes_nothing(teller, wrong, says):
    answer = with_codes(teller).post(PAGE, typed(**wrong))
    assert answer.status_code == 400
    assert says in text_of(answer)
    assert NEW not in text_of(answer)
    assert user_of(teller).check_password(OLD)
    assert not Decision.objects.filter(kind="own_password").exists()


@pytest.mark.parametrize("code", ["", "12345", "used"])
@pytest.mark.parametrize("old", [OLD, "a guess at the password"], ids=["right", "guessed"])
def test_wrong_password_is_reported_only_with_a_fresh_code(teller, code, old):
    device = user_of(teller).secondfactor_set.get()
    if code == "used":
        code = code_of(device)
        assert device.verify_token(code)
    answer = teller.post(PAGE, typed(old=old, code=code))
    assert answer.status_code == 400
    assert "动态口令" in text_of(answer)
    assert "原密码不正确" not in text_of(answer)
    assert user_of(teller).check_password(OLD)


def test_the_back_office_leads_to_the_same_page():
    root = browser_of(people.administrator("root", password=OLD))
    assert 'href="/desk/me"' in text_of(root.get("/admin/"))
    for path in ("/admin/password_change/", "/admin/password_change/done/"):
        assert root.post(path, {"old_password": OLD, "new_password1": NEW, "new_password2": NEW}).url.startswith(
            "/desk/me"
        )
    assert User.objects.get(username="root").check_password(OLD)
    assert "返回后台" in text_of(root.get("/desk/me"))
    assert with_codes(root).post(PAGE, typed()).status_code == 302
    assert User.objects.get(username="root").check_password(NEW)


@pytest.mark.parametrize("path", ["/desk/me", PAGE])
def test_page_is_in_english_on_request(teller, path):
    assert "My " in text_of(english(teller).get(path)) or "Change password" in text_of(teller.get(path))
    assert "修改密码" not in text_of(teller.get(path))
