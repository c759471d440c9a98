"""After signing in a person returns to the page that was left: a whole page, and only the person's own."""

import pytest
from django.test import Client

from config.frames.desk.access import LAST_SEEN
from config.frames.desk.demo_users import PASSWORD
from tests.codes import code_of
from tests.desk.test_matrix import MATRIX, OPEN, address, may_open, pages

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("people")]

HERE = "http://testserver"
SCRIPT = {"HX-Request": "true"}


def signs_in(name: str, at: str = "/desk/sign-in", client: Client | None = None, *, later: int = 0) -> Client:
    client = client or Client()
    typed = {"username": name, "password": PASSWORD, "code": code_of(name, steps_ahead=later)}
    client.landed = client.post(at, typed).url
    return client


def left_alone(client: Client) -> Client:
    """Let the screen be idle for longer than a session lasts."""
    session = client.session
    session[LAST_SEEN] -= 16 * 60
    session.save()
    return client


def is_whole(answer) -> bool:
    return answer.streaming or b"<!doctype html>" in answer.content[:40].lower()


def test_sign_in_does_not_redirect_to_a_part_of_a_page(signed_in, zhang):
    """Each address that answers with a part of a page is marked; without a session it does not redirect back."""
    wrong = []
    desks = {role: signed_in(role) for role in ("teller", "supervisor", "compliance", "auditor")}
    for name, page in pages().items():
        if MATRIX[name] == OPEN:
            continue
        path = address(page).replace("01900000-0000-7000-8000-000000000000", str(zhang.id))
        answers = [desk.get(path) for role, desk in desks.items() if may_open(role, MATRIX[name])]
        kinds = {is_whole(each) for each in answers if each.status_code in (200, 204, 405)}
        asked = Client().get(path)
        if asked.status_code == 302 and kinds and kinds != {"next=" in asked.url}:
            wrong.append(name)
    assert wrong == []


def test_a_part_that_was_asked_for_when_the_session_was_over_leaves_the_page_where_it_is(signed_in):
    teller = signed_in("teller")
    teller.post("/desk/sign-out")
    asked = {**SCRIPT, "HX-Current-URL": f"{HERE}/desk/transfers/new"}
    answer = teller.get("/desk/amount-in-words?amount=51", headers=asked)
    assert (answer.status_code, answer["X-Desk-Locked"], answer.content) == (204, "out", b"")
    assert "HX-Redirect" not in answer


@pytest.mark.parametrize("way", ["part", "elsewhere", "nothing", "api", "static"])
def test_foreign_return_address_leads_to_the_home_page(way):
    asked = {
        "part": "/desk/amount-in-words?amount=51",
        "elsewhere": "https://evil.example/desk/inbox",
        "nothing": "/desk/nothing-here",
        "api": "/api/v1/transfers",
        "static": "/static/desk/desk.js",
    }[way]
    client = Client()
    signs_in("teller", f"/desk/sign-in?next={asked}", client)
    assert client.landed == "/desk/"


def test_unlock_returns_to_the_locked_page(zhang):
    teller = left_alone(signs_in("teller", later=-1))
    led = teller.get(f"/desk/customers/{zhang.id}")
    signs_in("teller", led.url, teller)
    assert teller.landed == f"/desk/customers/{zhang.id}"


def test_sent_form_leads_back_to_its_page(zhang):
    teller = left_alone(signs_in("teller", later=-1))
    page = f"/desk/customers/{zhang.id}"
    led = teller.post(f"{page}/unmask", {"reason": "customer_call"}, headers={"Referer": f"{HERE}{page}"})
    signs_in("teller", led.url, teller)
    assert teller.landed == page


def test_another_person_is_led_home(zhang):
    screen = left_alone(signs_in("teller"))
    led = screen.get(f"/desk/customers/{zhang.id}")
    signs_in("supervisor", led.url, screen)
    assert screen.landed == "/desk/"


def test_a_refresh_of_the_page_itself_says_that_it_is_locked():
    teller = left_alone(signs_in("teller"))
    answer = teller.get("/desk/", headers={**SCRIPT, "X-Desk-Poll": "1"})
    assert (answer.status_code, answer["X-Desk-Locked"]) == (204, "idle")


def test_poll_returns_the_remaining_time_without_extending_the_session(settings):
    teller = signs_in("teller")
    session = teller.session
    session[LAST_SEEN] -= 100
    session.save()
    for _ in range(2):
        left = int(teller.get("/desk/still-here", headers={"X-Desk-Poll": "1"})["X-Desk-Left"])
        assert settings.DESK_IDLE_SECONDS - 160 < left <= settings.DESK_IDLE_SECONDS - 100
    assert int(teller.get("/desk/still-here")["X-Desk-Left"]) > settings.DESK_IDLE_SECONDS - 60


def test_owner_of_the_locked_page_cannot_be_forged(zhang):
    client = Client()
    signs_in("teller", f"/desk/sign-in?next=/desk/customers/{zhang.id}&of=forged", client)
    assert client.landed == "/desk/"
