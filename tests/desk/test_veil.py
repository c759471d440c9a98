"""The veil over a locked screen opens only for the person of the page, by password and a fresh code."""

import re

import pytest
from django.test import Client

from config.frames.desk.access import LAST_SEEN
from config.frames.desk.demo_users import PASSWORD
from config.kernel.models import SecondFactor, SignIn, TrailRecord
from tests.codes import code_of
from tests.desk.pages import english, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("people")]

UNLOCK = "/desk/unlock"


def signed_in(name: str = "teller", client: Client | None = None) -> Client:
    client = client or Client()
    typed = {"username": name, "password": PASSWORD, "code": code_of(name, steps_ahead=-1)}
    assert client.post("/desk/sign-in", typed).status_code == 302
    return client


@pytest.fixture
def locked():
    """The teller's browser after the lock, and the person of the page under the veil."""
    client = signed_in()
    of = re.search(r'data-of="([^"]+)"', text_of(client.get("/desk/")))[1]
    session = client.session
    session[LAST_SEEN] -= 16 * 60
    session.save()
    assert client.get("/desk/still-here", headers={"X-Desk-Poll": "1"})["X-Desk-Locked"] == "idle"
    return client, of


def unlock(client: Client, of: str, *, password: str = PASSWORD, code: str = "", **more: str) -> dict:
    typed = {"password": password, "code": code or code_of("teller"), **more}
    return client.post(UNLOCK, typed, headers={"X-Desk-Of": of}).json()


def test_the_same_person_unlocks_with_password_and_a_fresh_code(locked):
    client, of = locked
    assert set(client.get(UNLOCK, headers={"X-Desk-Of": of}).json()) == {"csrf"}
    assert client.get("/desk/").status_code == 302
    answer = unlock(client, of)
    assert (answer["open"], answer["left"] > 800) == (True, True)
    assert client.get("/desk/").status_code == 200
    assert list(SignIn.objects.order_by("at").values_list("end", flat=True)) == ["idle", ""]
    kinds = list(TrailRecord.objects.order_by("at", "id").values_list("kind", flat=True))
    assert [each for each in kinds if each in {"sign_in", "screen_lock"}] == ["sign_in", "screen_lock", "sign_in"]


@pytest.mark.parametrize(
    "wrong", [{"password": "falsch"}, {"code": "000000"}, {"code": "abc"}, {"password": ""}], ids=str
)
def test_wrong_password_is_reported_and_the_veil_stays(locked, wrong):
    client, of = locked
    assert unlock(client, of, **wrong)["words"]
    assert client.get("/desk/").status_code == 302
    # After the pause that a wrong code makes.
    SecondFactor.objects.update(throttling_failure_count=0, throttling_failure_timestamp=None)
    assert unlock(client, of)["open"]


def test_a_code_that_was_shown_before_unlocks_nothing(locked):
    client, of = locked
    assert "不正确" in unlock(client, of, code=code_of("teller", steps_ahead=-1))["words"]


def test_user_name_to_unlock_is_set_by_the_page(locked):
    client, of = locked
    assert unlock(client, of, username="supervisor")["open"]
    assert SignIn.objects.latest("at").user.username == "teller"


def test_other_signed_in_person_is_sent_to_the_home_page(locked):
    client, of = locked
    signed_in("supervisor", client)
    assert client.get(UNLOCK, headers={"X-Desk-Of": of}).json() == {"home": "/desk/"}
    assert unlock(client, of) == {"home": "/desk/"}


def test_the_same_person_signed_in_elsewhere_in_the_browser_needs_nothing_more(locked):
    client, of = locked
    unlock(client, of)
    assert client.get(UNLOCK, headers={"X-Desk-Of": of}).json()["open"]


@pytest.mark.parametrize("of", ["", "forged", "01900000-0000-7000-8000-000000000000:x"])
def test_page_without_an_owner_cannot_be_unlocked(of):
    assert unlock(Client(), of) == {"home": "/desk/"}


def test_five_failures_lock_the_name_here_too(locked):
    client, of = locked
    elsewhere = {"REMOTE_ADDR": "192.0.2.77"}
    for _ in range(6):
        typed = {"password": "falsch", "code": "000000"}
        answer = client.post(UNLOCK, typed, headers={"X-Desk-Of": of}, **elsewhere).json()
    assert "签到已锁定" in answer["words"]
    typed = {"password": PASSWORD, "code": code_of("teller")}
    answer = english(client).post(UNLOCK, typed, headers={"X-Desk-Of": of}, **elsewhere).json()
    assert "sign-in is locked" in answer["words"]


def test_veil_without_its_token_is_not_opened(locked):
    client, of = locked
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client.cookies
    typed = {"password": PASSWORD, "code": code_of("teller")}
    assert strict.post(UNLOCK, typed, headers={"X-Desk-Of": of}).status_code == 403
