"""No POST of one administrator to any address of the back office grants a right to anyone."""

import re
from collections.abc import Iterator
from uuid import uuid4

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.db import connection
from django.db.models import Model
from django.urls import URLPattern, URLResolver

import config.urls  # noqa: F401 - registers the tables
from config.kernel.models import Administration, ApiKey, Approval, Person, Principal, SecondFactor
from tests import people
from tests.signed_in_browser import Browser, browser_of, with_codes

pytestmark = pytest.mark.django_db

PASSWORD = "a-long-and-quiet-evening"
#: What says who may sign in and act, with what and as whom; what each sign-in and each code leaves is no part of it.
TABLES = {
    "auth_user": "last_login",
    "auth_user_groups": "",
    "auth_user_user_permissions": "",
    "auth_group": "",
    "auth_group_permissions": "",
    "kernel_person": "",
    "kernel_principal": "",
    "kernel_apikey": "",
    "kernel_enrolment": "",
    "kernel_founding": "",
    "kernel_secondfactor": "last_t last_used_at throttling_failure_count throttling_failure_timestamp drift",
}
#: Apps with people, principals, keys and proposals.
PEOPLE = ("auth", "kernel", "otp_totp")
#: Actions of one administrator alone: they take a right away or unlock a user (see `config.people.immediate_acts`).
ALONE = {"switch-off", "revoke", "unlock"}
#: Actions of lists, those that there were and those that Django would offer.
ACTIONS = ("delete_selected", "issue_key", "rotate_keys", "issue_second_factor")


def all_rows() -> dict[str, list[str]]:
    """Return all rows of the tables above, as texts."""
    found = {}
    with connection.cursor() as cursor:
        for table, besides in TABLES.items():
            cursor.execute(f"SELECT (to_jsonb(t) - %s::text[])::text FROM {table} t ORDER BY 1", [besides.split()])
            found[table] = [text for (text,) in cursor.fetchall()]
    return found


def addresses(patterns: list[URLPattern | URLResolver], before: str = "/admin/") -> Iterator[str]:
    """Yield every address of the back office, with existing ids inserted."""
    for each in patterns:
        part = str(each.pattern)
        if isinstance(each, URLResolver):
            yield from addresses(each.url_patterns, before + part)
        elif "(?P" in part:
            yield from (f"{before}{label}/" for label in re.findall(r"\w{3,}", part.split(">")[-1]))
        elif "content_type_id" not in part and "logout" not in part:
            yield from filled(before + part)


def filled(address: str) -> Iterator[str]:
    if "<" not in address:
        yield address
        return
    label, table = address.split("/")[2:4]
    for key in keys_of(apps.get_model(label, table)):
        yield re.sub(r"<[^>]*>", str(key), address)


def keys_of(model: type[Model]) -> list[object]:
    """Return keys of some rows: the latest proposal, all people and their means of access, one row of others."""
    keys = list(model._default_manager.order_by("-pk").values_list("pk", flat=True))
    return keys[: 6 if model._meta.app_label in PEOPLE else 1]


def typed(root: User, clerk: User) -> dict[str, object]:
    """Return every field that a form of administration has ever had."""
    yes = ("is_superuser", "is_staff", "is_active", "active", "confirmed", "rotates", "usable_password")
    return {
        "once": uuid4().hex, "post": "yes", "remark": "x", "username": "ghost", "staff_number": "G-1", "name": "ghost",
        "role": "compliance", "user": clerk.pk, "person": str(root.person.pk), "principal": "", "key": "00" * 20,
        "password1": PASSWORD, "password2": PASSWORD, "new_password1": PASSWORD, "new_password2": PASSWORD,
        "old_password": "x", "expires_at": "", "views": ["accounts.view_card"], "permissions": ["1"], "_save": "yes",
        "user_permissions": ["1"], "secondfactor_set-TOTAL_FORMS": "0", "secondfactor_set-INITIAL_FORMS": "0",
        **dict.fromkeys(yes, "on"),
    }  # fmt: skip


def send(root: Browser, places: list[str], fields: dict[str, object]) -> None:
    """Post to each address, with every action that a list of people or keys has ever had."""
    for place in places:
        assert root.post(place, fields | {"once": uuid4().hex}).status_code < 500, place
        _, _, label, *rest = place.split("/")
        if label in PEOPLE and len(rest) == 2:
            keys = [str(key) for key in keys_of(apps.get_model(label, rest[0]))]
            for action in ACTIONS:
                answer = root.post(place, fields | {"action": action, "_selected_action": keys})
                assert answer.status_code < 500, (place, action)


@pytest.fixture
def root(noon) -> Browser:
    people.administrator("second")
    return with_codes(browser_of(people.administrator("root", password="the-password-of-root")))


@pytest.fixture
def clerk(noon) -> User:
    """A teller with a key who can sign in; a machine and a group exist too."""
    machine = people.principal("atm-1", "atm")
    people.key(machine)
    teller = people.principal("teller-1", "teller")
    people.key(teller)
    user = people.signs_in(people.caller_for(teller))
    SecondFactor.objects.create(user=user, name="app")
    Group.objects.create(name="readers")
    return user


def test_one_administrator_alone_grants_nothing(root, clerk):
    boss = User.objects.get(username="root")
    before = all_rows()
    assert all(before[table] for table in ("auth_user", "kernel_principal", "kernel_apikey", "kernel_secondfactor"))
    every = sorted(set(addresses(admin.site.get_urls())))
    send(root, [each for each in every if each.rstrip("/").rsplit("/", 1)[-1] not in ALONE], typed(boss, clerk))
    assert all_rows() == before
    # What that left are proposals, which the same administrator now tries to approve, and to collect what they give.
    left = sorted({each for each in addresses(admin.site.get_urls()) if "/kernel/a" in each} - set(every))
    assert left
    send(root, left, typed(boss, clerk))
    assert all_rows() == before
    assert Administration.objects.exists()
    assert set(Approval.objects.values_list("status", flat=True)) <= {"pending", "rejected", "withdrawn"}


def test_one_administrator_alone_can_only_revoke(root, clerk):
    person, machine = Person.objects.get(user=clerk), Principal.objects.get(name="atm-1")
    key = ApiKey.objects.get(principal=machine)
    root.post("/admin/kernel/apikey/", {"action": "revoke", "_selected_action": [str(key.pk)]})
    root.post("/admin/auth/user/", {"action": "unlock", "_selected_action": [str(clerk.pk)]})
    for row in (person, machine):
        root.post(f"/admin/kernel/{row._meta.model_name}/{row.pk}/switch-off/", {"once": uuid4().hex})
    clerk.refresh_from_db()
    assert not clerk.is_active
    assert not Principal.objects.filter(name__in=("teller-1", "atm-1"), active=True).exists()
    assert not ApiKey.objects.filter(revoked_at=None).exists()
