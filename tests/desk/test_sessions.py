"""Sessions: one per person, gone with the browser, ended from elsewhere, and recorded."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client
from django.utils import timezone

from config.frames.desk import sessions
from config.frames.desk.demo_users import PASSWORD
from config.kernel.models import SignIn, SignInEnd
from config.people.demo_users import ensure_users
from tests.clock import NOON
from tests.codes import code_of
from tests.database_refusals import refused_by
from tests.desk.pages import text_of
from tests.people import principal
from tests.races import times

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def people(noon):
    for role in ("teller", "supervisor"):
        principal(role, role)
    with transaction.atomic():
        ensure_users()


def signed_in(name: str = "teller", *, later: int = 0, client: Client | None = None) -> Client:
    """Return a browser in which a person has just signed in, with the code `later` half-minutes ahead."""
    client = client or Client(headers={"User-Agent": "kiosk"})
    typed = {"username": name, "password": PASSWORD, "code": code_of(name, steps_ahead=later)}
    assert client.post("/desk/sign-in", typed).status_code == 302
    return client


def ends(name: str = "teller") -> list[str]:
    return list(SignIn.objects.filter(user__username=name).order_by("at").values_list("end", flat=True))


def test_the_cookie_ends_with_the_browser():
    client = signed_in()
    for page in ("/desk/", "/desk/still-here"):
        client.get(page)
        cookie = client.cookies["sessionid"]
        assert (cookie["max-age"], cookie["expires"]) == ("", "")


def test_a_session_ends_after_its_hours_however_busy_the_desk(settings):
    client = signed_in()
    _as_of(client, seconds=settings.SESSION_COOKIE_AGE - 60)
    assert client.get("/desk/still-here").status_code == 204
    _as_of(client, seconds=settings.SESSION_COOKIE_AGE + 60)
    assert "idle=1" in client.get("/desk/").url
    assert SignIn.objects.earliest("at").end == "hours"
    assert "_auth_user_id" not in client.session


def _as_of(client: Client, *, seconds: float) -> None:
    """Let the sign-in of a session be `seconds` ago."""
    user = User.objects.get(pk=client.session["_auth_user_id"])
    begun = SignIn.objects.create(user=user, at=timezone.now() - timedelta(seconds=seconds))
    session = client.session
    session[sessions.SIGN_IN] = str(begun.pk)
    session.save()


def test_a_later_sign_in_ends_the_earlier_one():
    first, other = signed_in(), signed_in("supervisor")
    second = signed_in(later=1)
    assert "ended=1" in first.get("/desk/").url
    assert "会话已结束" in text_of(first.get(first.get("/desk/?ended=1").url + "&ended=1"))
    for still_there in (second, other):
        assert still_there.get("/desk/").status_code == 200
    assert ends() == ["replaced", ""]


def test_the_back_office_is_behind_the_same_door():
    first = signed_in("admin")
    assert first.get("/admin/").status_code == 200
    signed_in("admin", later=1)
    assert "ended=1" in first.get("/admin/", follow=True).redirect_chain[-1][0]
    assert "_auth_user_id" not in first.session


@pytest.mark.parametrize(("allowed", "left"), [(2, ["replaced", "", ""]), (0, ["", "", ""])])
def test_number_of_sessions_is_a_setting(settings, allowed, left):
    settings.SESSIONS_PER_PERSON = allowed
    for each in (-1, 0, 1):
        signed_in(later=each)
    assert ends() == left


def test_signing_out_is_on_record_and_empties_the_browser():
    client = signed_in()
    answer = client.post("/desk/sign-out")
    assert '"cache"' in answer["Clear-Site-Data"]
    row = SignIn.objects.get()
    assert (row.end, row.browser, row.address) == ("signed_out", "kiosk", "127.0.0.1")
    assert row.ended_at is not None


def test_sign_in_on_another_persons_screen_ends_that_session():
    client = signed_in()
    signed_in("supervisor", client=client)
    assert ends() == ["replaced"]
    assert client.get("/desk/").status_code == 200


@pytest.mark.parametrize("address", ["", "not an address", None])
def test_malformed_network_address_causes_no_error(rf, address):
    request = rf.get("/", REMOTE_ADDR=address)
    with transaction.atomic():
        begun = sessions.begin(request, User.objects.get(username="teller"))
    assert begun.address is None


@pytest.mark.parametrize(
    "change", [{"user_id": 0}, {"at": NOON}, {"address": "10.0.0.9"}, {"browser": "another"}], ids=str
)
def test_record_of_a_sign_in_cannot_change(change):
    signed_in()
    with refused_by("kernel_signin_stands"):
        SignIn.objects.update(**change)


def test_an_end_is_written_once_and_whole():
    client = signed_in()
    for half in ({"ended_at": timezone.now()}, {"end": SignInEnd.IDLE}, {"ended_at": timezone.now(), "end": "other"}):
        with refused_by("sign_in_end_is_whole"):
            SignIn.objects.update(**half)
    client.post("/desk/sign-out")
    with refused_by("kernel_signin_stands"):
        SignIn.objects.update(ended_at=None, end="")


@pytest.mark.django_db(transaction=True)
def test_one_of_many_simultaneous_sign_ins_continues(rf):
    user = User.objects.get(username="teller")

    def begin():
        with transaction.atomic():
            return sessions.begin(rf.get("/"), user)

    times(6, begin)
    assert sorted(ends()) == ["", *["replaced"] * 5]
