"""People, groups, second factors and keys: managed by superusers, deleted by nobody, secrets shown once."""

import base64
import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from django_otp.oath import TOTP

from config.desk.access import LAST_SEEN
from config.desk.demo_users import PASSWORD as DEMO_PASSWORD
from config.desk.demo_users import code_of, ensure_users
from config.kernel.keys import caller_of, issue_key
from config.kernel.models import ApiKey, Principal, SecondFactor
from tests import factories
from tests.back_office import address, listing, staffed
from tests.browsing import browser_of, stepped_up
from tests.desk.pages import english, text_of

pytestmark = pytest.mark.django_db

PASSWORD = "a-long-and-quiet-evening"
USERS = "/admin/auth/user/"


@pytest.fixture
def root() -> Client:
    """A superuser who has shown his second factor again just now."""
    return stepped_up(browser_of(User.objects.create_superuser("root")))


@pytest.fixture
def clerk() -> User:
    return User.objects.create_user("clerk", password=PASSWORD)


def add(root: Client, name: str = "chen", password: str = PASSWORD):
    typed = {"username": name, "usable_password": "true", "password1": password, "password2": password}
    return root.post(f"{USERS}add/", typed | _no_devices())


def change(root: Client, user: User, **typed: object):
    told = {"username": user.username, "is_active": "on"} | typed
    return root.post(address(user), told | _no_devices())


@pytest.mark.parametrize("role", ["atm", "gateway"])
def test_a_machine_is_given_no_user(root, clerk, role):
    answer = root.post("/admin/kernel/principal/add/", {"name": "m", "role": role, "active": "on", "user": clerk.pk})
    assert "自助柜员机和网关没有用户" in text_of(answer)
    assert not Principal.objects.filter(user=clerk).exists()
    machine = Principal.objects.create(name="m", role=role)
    answer = root.post(address(machine), {"name": "m", "active": "on", "user": clerk.pk})
    assert "自助柜员机和网关没有用户" in text_of(answer)
    machine.refresh_from_db()
    assert machine.user is None


def test_the_pages_of_principals_and_keys_speak_chinese_alone(root, clerk):
    person = Principal.objects.create(name="p", role="teller", user=clerk)
    issue_key(person)
    pages = ["/admin/kernel/principal/add/", address(person), address(ApiKey.objects.get())]
    for page in (text_of(root.get(each)).split('id="content"')[1] for each in pages):
        labels = re.findall(r"<label[^>]*>([^<]*)</label>", page)
        assert labels
        assert not [each for each in labels if not re.search(r"[\u4e00-\u9fff]", each)]


def test_a_machine_without_a_user_is_kept(root):
    root.post("/admin/kernel/principal/add/", {"name": "m", "role": "atm", "active": "on", "user": ""})
    assert Principal.objects.get(name="m").role == "atm"


def _no_devices() -> dict[str, str]:
    return {"secondfactor_set-TOTAL_FORMS": "0", "secondfactor_set-INITIAL_FORMS": "0"}


def _issue(client: Client, user: User):
    return client.post(USERS, {"action": "issue_second_factor", "_selected_action": [str(user.pk)]})


def _seed(answer) -> str:
    return re.search(r"<code>([A-Z2-7]{32})</code>", text_of(answer))[1]


def test_a_superuser_adds_a_person_with_a_hashed_password(root):
    assert add(root).status_code == 302
    made = User.objects.get(username="chen")
    assert made.check_password(PASSWORD)
    assert PASSWORD not in made.password
    assert (made.is_staff, made.is_superuser) == (False, False)


@pytest.mark.parametrize("weak", ["eleven-chrs", "qwerty123456", "chen-weiming-1"], ids=["short", "common", "the name"])
def test_a_weak_password_is_refused(root, weak):
    assert add(root, "chen-weiming", weak).status_code == 200
    assert not User.objects.filter(username="chen-weiming").exists()


def test_a_superuser_sets_a_password_anew(root, clerk):
    new = "another-quiet-evening"
    answer = root.post(f"{USERS}{clerk.pk}/password/", {"usable_password": "true", "password1": new, "password2": new})
    assert answer.status_code == 302
    clerk.refresh_from_db()
    assert clerk.check_password(new)


def test_a_page_of_a_person_shows_no_hash_and_no_seed(root, clerk):
    device = SecondFactor.objects.create(user=clerk, name="phone")
    clerk.refresh_from_db()
    for language in (str, english):
        if language is english:
            english(root)
        for path in (address(clerk), address(device), USERS, "/admin/kernel/secondfactor/"):
            page = text_of(root.get(path))
            for secret in (device.key, base64.b32encode(device.bin_key).decode(), clerk.password, "otpauth"):
                assert secret not in page
    for page in ("config", "qrcode"):
        assert root.get(f"/admin/kernel/secondfactor/{device.pk}/{page}/").status_code in {302, 403, 404}


def test_a_second_factor_is_issued_and_its_seed_shown_once(root, clerk):
    old = SecondFactor.objects.create(user=clerk, name="old")
    answer = _issue(root, clerk)
    seed = _seed(answer)
    assert "no-store" in answer["Cache-Control"]
    device = SecondFactor.objects.get(user=clerk)
    assert device.pk != old.pk
    assert device.verify_token(f"{TOTP(base64.b32decode(seed)).token():06d}")
    told = "".join(text_of(root.get(path)) for path in (USERS, address(clerk), address(device), "/admin/"))
    kept = "".join(str(row.get_decoded()) for row in Session.objects.all())
    said = "".join(entry.change_message for entry in LogEntry.objects.all())
    for secret in (seed, device.key):
        assert secret not in told + kept + said
    assert LogEntry.objects.get().object_id == str(clerk.pk)


def test_a_new_second_factor_ends_what_the_old_one_opened(root, clerk):
    person = factories.caller("teller")
    Principal.objects.filter(pk=person.id).update(user=clerk)
    desk = browser_of(clerk)
    assert desk.get("/desk/").status_code == 200
    _issue(root, clerk)
    assert desk.get("/desk/").url.startswith("/desk/sign-in")


def test_the_first_superuser_gets_his_from_a_command(capsys):
    user = User.objects.create_superuser("first")
    call_command("issue_second_factor", "first")
    seed = capsys.readouterr().out.strip()
    device = SecondFactor.objects.get(user=user)
    assert base64.b32decode(seed) == device.bin_key
    with pytest.raises(CommandError):
        call_command("issue_second_factor", "nobody")


def test_the_page_of_one_person_offers_it_too(root, clerk):
    page = text_of(root.get(address(clerk)))
    assert "issue_second_factor" in page
    told = {"change_form-action": "issue_second_factor", "_selected_action": str(clerk.pk)}
    name = re.search(r'<select name="([\w-]+)"', page)[1]
    assert _seed(root.post(address(clerk), {name: told["change_form-action"], "_selected_action": str(clerk.pk)}))


def test_nobody_is_deleted_he_is_switched_off(root, clerk):
    assert root.post(address(clerk, "delete"), {"post": "yes"}).status_code == 403
    root.post(USERS, {"action": "delete_selected", "_selected_action": [str(clerk.pk)], "post": "yes"})
    assert User.objects.filter(pk=clerk.pk).exists()
    assert change(root, clerk, is_active="").status_code == 302
    clerk.refresh_from_db()
    assert not clerk.is_active


def test_a_group_gives_views_and_nothing_else(root, clerk):
    view, other = Permission.objects.get(codename="view_card"), Permission.objects.get(codename="change_card")
    assert root.post("/admin/auth/group/add/", {"name": "readers", "permissions": [other.pk]}).status_code == 200
    assert root.post("/admin/auth/group/add/", {"name": "readers", "permissions": [view.pk]}).status_code == 302
    assert change(root, clerk, is_staff="on", groups=[Group.objects.get().pk]).status_code == 302
    reader = browser_of(clerk)
    assert reader.get("/admin/accounts/card/").status_code == 200
    assert reader.get("/admin/accounts/customer/").status_code == 403


def test_who_is_no_superuser_manages_nobody_whatever_he_is_given(clerk):
    clerk.user_permissions.set(Permission.objects.all())
    User.objects.filter(pk=clerk.pk).update(is_staff=True)
    client, other = browser_of(clerk), User.objects.create_user("other", password=PASSWORD)
    assert client.get(USERS).status_code == 200
    assert add(client).status_code == 403
    assert change(client, clerk, is_superuser="on").status_code == 403
    assert client.post(f"{USERS}{other.pk}/password/", {"password1": "x", "password2": "x"}).status_code == 403
    _issue(client, other)
    assert not SecondFactor.objects.filter(user=other).exists()
    assert client.post("/admin/auth/group/add/", {"name": "mine"}).status_code == 403


def test_the_person_behind_a_principal_is_fixed_once_there_is_one(root, clerk):
    """Else one person could propose under one name and approve under another."""
    caller = factories.caller("supervisor")
    principal = Principal.objects.get(pk=caller.id)
    typed = {"name": principal.name, "active": "on"}
    assert root.post(address(principal), typed | {"user": clerk.pk}).status_code == 302
    other = User.objects.create_user("other")
    for attempt in ({"user": other.pk}, {"user": ""}):
        root.post(address(principal), typed | attempt)
        principal.refresh_from_db()
        assert principal.user == clerk
    second = Principal.objects.get(pk=factories.caller("compliance").id)
    answer = root.post(address(second), {"name": second.name, "active": "on", "user": clerk.pk})
    assert answer.status_code == 200
    assert Principal.objects.filter(user=clerk).count() == 1


def test_a_key_is_issued_on_the_page_of_its_principal(root):
    principal = Principal.objects.create(name="atm-77", role="atm")
    page = text_of(root.get(address(principal)))
    name = re.search(r'<select name="([\w-]+)"[^>]*>(?:(?!</select>).)*issue_key', page, re.DOTALL)[1]
    answer = root.post(address(principal), {name: "issue_key", "_selected_action": str(principal.pk)})
    key = re.search(r"<code>(bk_[\w-]+)</code>", text_of(answer))[1]
    assert caller_of(key).id == principal.id
    row = ApiKey.objects.get()
    for path in (address(principal), address(row), "/admin/kernel/apikey/", "/admin/admin/logentry/"):
        assert key not in text_of(root.get(path))
    kept = "".join(str(session.get_decoded()) for session in Session.objects.all())
    assert key not in kept


@pytest.mark.parametrize(
    ("action", "of"),
    [("issue_second_factor", "user"), ("issue_key", "principal"), ("rotate_keys", "principal")],
)
@pytest.mark.parametrize("page", ["list", "record"])
def test_a_secret_is_issued_after_a_fresh_code_alone(action, of, page, clerk):
    root = browser_of(User.objects.create_superuser("root"))
    row = clerk if of == "user" else Principal.objects.create(name="atm-77", role="atm")
    name, where = ("action", listing(type(row))) if page == "list" else ("CHANGE_FORM-action", address(row))
    chosen = {name: action, "_selected_action": [str(row.pk)]}

    def issued() -> int:
        return SecondFactor.objects.filter(user=clerk).count() + ApiKey.objects.count()

    asked = text_of(root.post(where, chosen))
    assert 'name="code"' in asked
    for kept, value in ((name, action), ("_selected_action", row.pk)):
        assert f'<input type="hidden" name="{kept}" value="{value}">' in asked
    device = SecondFactor.objects.get(user__username="root")
    right = f"{TOTP(device.bin_key).token():06d}"
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    answer = root.post(where, chosen | {"code": wrong})
    assert (answer.status_code, issued()) == (403, 0)
    assert "SECOND_FACTOR_WRONG" in text_of(answer)
    SecondFactor.objects.filter(pk=device.pk).update(throttling_failure_count=0, throttling_failure_timestamp=None)
    assert "<code>" in text_of(root.post(where, chosen | {"code": right}))
    assert issued() == 1


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
    told = {"username": "admin", "password": DEMO_PASSWORD, "code": code_of("admin")}
    assert client.post(gate, told).url == "/admin/accounts/card/"
    assert client.get("/admin/accounts/card/").status_code == 200
    assert client.get("/admin/login/?next=https://evil.example/").url == "/admin/"


def test_who_is_signed_in_and_no_staff_reads_that_it_is_not_for_him(signed_in):
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


def test_the_way_back_to_the_desk_is_for_who_has_a_place_there(root, signed_in):
    assert "返回工作台" not in text_of(root.get("/admin/"))
    assert "返回工作台" in text_of(staffed(signed_in("auditor")).get("/admin/"))


@pytest.mark.parametrize(("language", "words"), [("zh-hans", "数据查询"), ("en", "Tables")])
def test_the_language_switch_is_the_desks(root, language, words):
    answer = root.post("/desk/language", {"language": language, "back": "/admin/"}, follow=True)
    assert words in text_of(answer)


def test_a_superuser_unlocks_who_failed_too_often(root):
    Principal.objects.create(name="teller", role="teller")
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
