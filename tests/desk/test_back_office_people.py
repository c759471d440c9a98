"""People, groups, second factors and keys in the back office: shown by permission, changed only by two persons."""

import base64

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import timezone

from config.frames.desk.access import LAST_SEEN
from config.frames.desk.demo_users import PASSWORD as DEMO_PASSWORD
from config.frames.desk.demo_users import code_of
from config.kernel.models import ApiKey, Person, Principal, SecondFactor
from config.people.demo_users import ensure_users
from tests import people
from tests.back_office import address, staffed
from tests.desk.pages import english, text_of
from tests.signed_in_browser import browser_of, with_codes

pytestmark = pytest.mark.django_db

PASSWORD = "a-long-and-quiet-evening"
USERS = "/admin/auth/user/"


@pytest.fixture
def root() -> Client:
    """A superuser who has just confirmed the second factor."""
    return with_codes(browser_of(people.administrator("root")))


@pytest.fixture
def clerk() -> User:
    return people.user("clerk", password=PASSWORD)


def test_a_page_of_a_person_shows_no_hash_and_no_seed(root, clerk):
    device = SecondFactor.objects.create(user=clerk, name="phone")
    clerk.refresh_from_db()
    for language in (str, english):
        if language is english:
            english(root)
        for path in (address(clerk), address(device), USERS, "/admin/otp_totp/totpdevice/"):
            page = text_of(root.get(path))
            for secret in (device.key, base64.b32encode(device.bin_key).decode(), clerk.password, "otpauth"):
                assert secret not in page
    for page in ("config", "qrcode"):
        assert root.get(f"/admin/otp_totp/totpdevice/{device.pk}/{page}/").status_code in {302, 403, 404}


def test_a_superuser_without_a_role_signs_in_to_the_back_office(noon):
    ensure_users()
    client = Client()
    answer = client.post("/desk/sign-in", {"username": "admin", "password": DEMO_PASSWORD, "code": code_of("admin")})
    assert answer.url == "/admin/"
    assert client.get("/admin/").status_code == 200


def test_the_sign_in_leads_to_the_page_that_was_asked_for(noon):
    ensure_users()
    client = Client()
    gate = client.get("/admin/accounts/card/", follow=True).redirect_chain[-1][0]
    fields = {"username": "admin", "password": DEMO_PASSWORD, "code": code_of("admin")}
    assert client.post(gate, fields).url == "/admin/accounts/card/"
    assert client.get("/admin/accounts/card/").status_code == 200
    assert client.get("/admin/login/?next=https://evil.example/").url == "/admin/"


def test_signed_in_user_who_is_not_staff_reads_that_access_is_refused(signed_in):
    answer = signed_in("teller").get("/admin/", follow=True)
    assert answer.status_code == 403
    assert "没有权限" in text_of(answer)


def test_a_quarter_of_an_hour_without_a_touch_locks_it_too(root):
    session = root.session
    session[LAST_SEEN] = timezone.now().timestamp() - 15 * 60 - 1
    session.save()
    assert "idle=1" in root.get("/admin/", follow=True).redirect_chain[-1][0]
    assert "_auth_user_id" not in root.session


def test_leaving_the_back_office_ends_the_session(root):
    assert root.get("/admin/logout/").status_code == 405
    assert root.post("/admin/logout/").url == "/desk/sign-in"
    assert root.get("/admin/").status_code == 302


def test_link_to_the_desk_is_shown_to_people_with_a_desk_role(root, signed_in):
    assert "返回工作台" not in text_of(root.get("/admin/"))
    assert "返回工作台" in text_of(staffed(signed_in("auditor")).get("/admin/"))


@pytest.mark.parametrize(("language", "words"), [("zh-hans", "数据查询"), ("en", "Tables")])
def test_the_language_switch_is_the_desks(root, language, words):
    answer = root.post("/desk/language", {"language": language, "back": "/admin/"}, follow=True)
    assert words in text_of(answer)


def test_superuser_unlocks_a_user_after_failed_sign_ins(root):
    people.principal("teller", "teller")
    ensure_users()
    typed = {"username": "teller", "password": DEMO_PASSWORD, "code": code_of("teller")}
    for _ in range(5):
        Client().post("/desk/sign-in", typed | {"password": "wrong"})
    assert Client().post("/desk/sign-in", typed).status_code == 429
    locked = User.objects.get(username="teller")
    answer = root.post(USERS, {"action": "unlock", "_selected_action": [str(locked.pk)]}, follow=True)
    assert "已解除 1 人的签到锁定" in text_of(answer)
    assert LogEntry.objects.get().change_message == "解除签到锁定"
    assert Client().post("/desk/sign-in", typed).status_code == 302


ALONE = [
    (
        "/admin/auth/user/add/",
        {"username": "ghost", "usable_password": "true", "password1": PASSWORD, "password2": PASSWORD},
    ),
    ("/admin/auth/group/add/", {"name": "readers"}),
    ("/admin/kernel/principal/add/", {"name": "ghost", "role": "teller", "active": "on"}),
    ("/admin/kernel/person/add/", {"staff_number": "G-1"}),
    ("/admin/otp_totp/totpdevice/add/", {"user": "1", "name": "ghost"}),
    ("{user}password/", {"usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}),
    ("{user}change/", {"username": "clerk", "is_active": "on", "is_superuser": "on", "is_staff": "on"}),
    ("{principal}change/", {"name": "renamed", "active": "on"}),
]


@pytest.mark.parametrize(("path", "typed"), ALONE, ids=[each for each, _ in ALONE])
def test_one_administrator_alone_changes_no_person(root, clerk, path, typed):
    acting = people.principal("p", "teller")
    where = path.format(user=f"{USERS}{clerk.pk}/", principal=f"/admin/kernel/principal/{acting.pk}/")
    before = rows_of_people()
    assert root.post(where, typed).status_code in {302, 403, 404}
    for action in ("issue_second_factor", "issue_key", "rotate_keys", "delete_selected"):
        for listed, row in ((USERS, clerk), ("/admin/kernel/principal/", acting)):
            root.post(listed, {"action": action, "_selected_action": [str(row.pk)], "post": "yes"})
    assert rows_of_people() == before


def rows_of_people() -> list[list[tuple[object, ...]]]:
    tables = (User, Group, Person, Principal, ApiKey, SecondFactor)
    # What the sign-in of the test itself writes is no matter here.
    return [
        list(each.objects.order_by("pk").defer("last_login").values_list())
        if each is not User
        else list(
            User.objects.order_by("pk").values_list(
                "pk", "username", "password", "is_active", "is_staff", "is_superuser"
            )
        )
        for each in tables
    ]
