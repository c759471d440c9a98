"""Sign-in at the desk: second factor, lock-out, idle lock, roles."""

import re
from datetime import timedelta

import pytest
from axes.models import AccessAttempt, AccessFailureLog
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from config.frames.desk.access import LAST_SEEN
from config.frames.desk.demo_users import PASSWORD
from config.frames.desk.sessions import stored_key
from config.kernel.models import Person, Principal, TrailRecord
from tests.blacklist.cast import body
from tests.codes import code_of
from tests.database_refusals import refused_by
from tests.desk.pages import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("people")]


def sign_in(name: str, *, password: str = PASSWORD, code: str | None = None, client: Client | None = None, **query):
    client = client or Client()
    data = {"username": name, "password": password, "code": code_of(name) if code is None else code}
    return client, client.post("/desk/sign-in", data, query_params=query)


def test_password_and_code_open_the_desk():
    client, answer = sign_in("teller", next="/desk/inbox")
    assert (answer.status_code, answer.url) == (302, "/desk/inbox")
    assert client.get("/desk/").status_code == 200


@pytest.mark.parametrize("wrong", [{"password": "wrong"}, {"code": "000000"}, {"code": "abc"}, {"code": ""}], ids=str)
def test_refusal_does_not_say_which_part_was_wrong(wrong):
    client, answer = sign_in("teller", **wrong)
    assert answer.status_code == 200
    assert client.get("/desk/").url.startswith("/desk/sign-in")


@pytest.mark.parametrize(
    ("wrong", "begins"),
    [({"code": "12ab"}, "id_code"), ({"password": ""}, "id_password"), ({"password": "wrong"}, "id_password")],
    ids=["code", "no password", "either"],
)
def test_the_keyboard_goes_on_where_something_is_wrong(wrong, begins):
    _, answer = sign_in("teller", **wrong)
    page = text_of(answer)
    assert re.search(rf'<input [^>]*id="{begins}"[^>]* autofocus', page)
    assert page.count(" autofocus") == 1
    assert 'value="teller"' in page


def test_a_failure_can_be_read_over_the_phone():
    request = r"请求号 [0-9a-f-]{36}"
    for _ in range(5):
        _, answer = sign_in("teller", password="wrong")
        assert re.search(request, text_of(answer))
    assert answer.status_code == 429


@pytest.mark.parametrize("role", ["atm", "gateway"])
def test_machine_cannot_sign_in_at_the_desk(role):
    with refused_by("kernel_principal_stands"):
        Principal.objects.filter(name="teller").update(role=role)
    with refused_by("principal_is_a_person_or_a_machine"):
        Principal.objects.create(name="m", role=role, person=Person.objects.get(user__username="teller"))


def test_a_superuser_without_a_role_is_led_to_the_back_office_alone():
    _, answer = sign_in("admin", next="/desk/inbox")
    assert answer.url == "/admin/"
    _, answer = sign_in("admin", code=code_of("admin", steps_ahead=1), next="/admin/kernel/approval/")
    assert answer.url == "/admin/kernel/approval/"


def test_a_code_counts_once():
    code = code_of("teller")
    sign_in("teller", code=code)
    _, again = sign_in("teller", code=code)
    assert again.status_code == 200


@pytest.mark.parametrize("wrong", [{"password": "wrong"}, {"code": "000000"}], ids=["password", "code"])
def test_five_failures_lock_the_name(wrong):
    for _ in range(5):
        _, answer = sign_in("teller", **wrong)
    assert answer.status_code == 429
    _, answer = sign_in("teller")
    assert answer.status_code == 429
    _, other = sign_in("supervisor")
    assert other.status_code == 302


def test_each_failure_stays_on_record():
    for _ in range(2):
        sign_in("teller", password="wrong")
    _, answer = sign_in("teller")
    assert answer.status_code == 302
    failures = AccessFailureLog.objects.filter(username="teller")
    assert failures.count() == 2
    assert "wrong" not in str(list(failures.values()))


def test_a_password_in_the_box_of_the_name_is_kept_nowhere():
    """Failures are kept for good: a text that is no user name may be a secret, so only its keyed hash is stored."""
    for _ in range(5):
        _, answer = sign_in(PASSWORD, password="x", code="123456")
    assert answer.status_code == 429
    _, other = sign_in("1" + PASSWORD, password="x", code="123456")
    assert other.status_code == 200
    kept = [str(list(model.objects.values())) for model in (AccessAttempt, AccessFailureLog)]
    assert all(kept)
    assert not any(PASSWORD in each for each in kept)


def test_a_session_goes_on_under_another_key_after_the_second_factor(client_for):
    """A copy of the earlier session key is useless."""
    asked = client_for("compliance", "2").post("/blacklist/certificates", body()).json()["approval_id"]
    client, _ = sign_in("compliance", code=code_of("compliance", steps_ahead=-1))
    stolen = client.cookies["sessionid"].value
    typed = {"decision": "reject", "remark": "x", "code": code_of("compliance"), "once": "once-1"}
    assert client.post(f"/desk/inbox/{asked}", typed).status_code == 302
    assert client.cookies["sessionid"].value != stolen
    assert client.get("/desk/").status_code == 200
    assert Client(headers={"Cookie": f"sessionid={stolen}"}).get("/desk/").status_code == 302


def test_no_log_names_a_user(caplog):
    with caplog.at_level("DEBUG"):
        for wrong in ({"password": "wrong"}, {"code": "000000"}, {}):
            sign_in("compliance_2", **wrong)
    assert "AXES" in caplog.text
    assert "compliance_2" not in caplog.text


def test_a_quarter_of_an_hour_without_a_touch_locks_the_screen():
    client, _ = sign_in("teller")
    session = client.session
    session[LAST_SEEN] = (timezone.now() - timedelta(minutes=15, seconds=1)).timestamp()
    session.save()
    answer = client.get("/desk/")
    assert "idle=1" in answer.url
    assert client.get("/desk/").url.startswith("/desk/sign-in")


@pytest.mark.parametrize("header", ["X-Desk-Poll", "HX-Request"])
def test_requests_of_the_page_itself_do_not_extend_the_session(header):
    client, _ = sign_in("teller")
    before = client.session[LAST_SEEN]
    for asked in (client.get, client.post):
        asked("/desk/customers/open/rules", headers={header: "true"})
        asked("/desk/", headers={header: "true"})
    assert client.session[LAST_SEEN] == before
    client.get("/desk/still-here", headers={"X-Desk-Script": "1"})
    assert client.session[LAST_SEEN] > before


@pytest.mark.parametrize("change", ["principal", "user"])
def test_a_deactivated_person_is_out_at_the_next_request(change):
    client, _ = sign_in("teller")
    principal = Principal.objects.get(name="teller")
    if change == "principal":
        Principal.objects.filter(pk=principal.pk).update(active=False)
    else:
        principal.person.user.is_active = False
        principal.person.user.save()
    assert client.get("/desk/").status_code == 302


def test_signing_out_ends_the_session():
    client, _ = sign_in("teller")
    stolen = client.cookies["sessionid"].value
    client.post("/desk/sign-out")
    client.cookies["sessionid"] = stolen
    assert client.get("/desk/").status_code == 302


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_foreign_return_address_is_ignored(target):
    _, answer = sign_in("teller", next=target)
    assert answer.url == "/desk/"


def test_desk_is_in_chinese_until_the_language_is_changed():
    client, _ = sign_in("teller")
    page = text_of(client.get("/desk/", headers={"Accept-Language": "en"}))
    assert "首页" in page
    client.post("/desk/language", {"language": "en", "back": "/desk/"})
    page = text_of(client.get("/desk/"))
    assert "Home" in page
    assert "首页" not in page


def test_every_answer_carries_the_strict_policy():
    client, _ = sign_in("teller")
    policy = client.get("/desk/").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


def test_keys_and_clicks_on_a_long_form_keep_the_screen_open():
    client, _ = sign_in("teller")
    session = client.session
    session[LAST_SEEN] = (timezone.now() - timedelta(minutes=14)).timestamp()
    session.save()
    assert 'data-still-here="/desk/still-here"' in text_of(client.get("/desk/", headers={"X-Desk-Poll": "1"}))
    assert client.get("/desk/still-here").status_code == 204
    assert timezone.now().timestamp() - client.session[LAST_SEEN] < 60


def test_stored_session_cannot_be_used_to_sign_in():
    client, _ = sign_in("teller")
    assert client.get("/desk/").status_code == 200
    kept = Session.objects.get()
    assert kept.session_key != client.cookies["sessionid"].value
    assert Client(headers={"Cookie": f"sessionid={kept.session_key}"}).get("/desk/").status_code == 302


def test_session_data_copied_to_another_key_is_refused():
    """Someone who may write the table copies a session to a key of their own."""
    client, _ = sign_in("teller")
    kept = Session.objects.get()
    own = "a" * 32
    Session.objects.create(session_key=stored_key(own), session_data=kept.session_data, expire_date=kept.expire_date)
    assert Client(headers={"Cookie": f"sessionid={own}"}).get("/desk/").status_code == 302
    assert client.get("/desk/").status_code == 200


def test_signing_out_leaves_nothing_behind():
    client, _ = sign_in("teller")
    client.post("/desk/sign-out")
    assert not Session.objects.exists()


def test_an_administrator_has_no_place_at_the_desk():
    client, answer = sign_in("admin", next="/desk/inbox")
    assert answer.url == "/admin/"
    for path in ("/desk/", "/desk/inbox", "/desk/customers"):
        refused = client.get(path)
        assert refused.status_code in {403, 404}
    assert 'href="/admin/"' in text_of(client.get("/desk/"))
    assert client.post("/desk/still-here").status_code in {204, 405}


def test_user_without_a_role_is_informed_after_both_factors_and_not_counted_as_failing():
    Principal.objects.filter(name="teller").update(active=False)
    client, answer = sign_in("teller")
    assert "没有有效的角色" in text_of(answer)
    assert client.get("/desk/").url.startswith("/desk/sign-in")
    assert not AccessFailureLog.objects.exists()
    assert TrailRecord.objects.get().kind == "forbidden"
    _, answer = sign_in("teller", password="wrong")
    assert "没有有效的角色" not in text_of(answer)
