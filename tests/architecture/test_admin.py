"""The back office: every table readable in Chinese, personal data masked, nothing near money touchable."""

import re

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from config.kernel.admin import ReadOnlyAdmin, is_hidden
from config.kernel.keys import caller_of, issue_key
from config.kernel.models import ApiKey, Principal
from tests import factories
from tests.browsing import browser_of

OURS = [
    model for app in ("kernel", "accounts", "blacklist", "transfers") for model in apps.get_app_config(app).get_models()
]
MANAGED = {Principal, ApiKey}
CANARIES = ("张三", "李四", factories.ZHANG.number, "13800138000", "6228480000000005")
REGISTERED = [model for model in OURS if model in admin.site._registry]
INLINE = {inline.model for managed in admin.site._registry.values() for inline in managed.inlines}
by_label = pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model._meta.label)


@pytest.fixture
def desk(db) -> Client:
    """A superuser's browser."""
    return browser_of(User.objects.create_superuser("root"))


@pytest.fixture
def rows(desk, till, proposals, teller):
    """At least one row of what can be made simply; canaries in every place for personal data."""
    customer = factories.customer(factories.somebody("张三"), phone="13800138000")
    account = factories.account(customer, balance_fen=100_00)
    factories.card(account, number="6228480000000005")
    till.deposit()
    till.client.post("/cash/withdrawals", till.body("99999.00"))
    proposals.propose(teller.caller)
    payee = factories.account(factories.customer(factories.LI))
    body = {
        "payer": {"account_id": str(account.id)},
        "payee": {"account_number": payee.account_number, "name": "李四"},
        "amount": "1.00",
        "arrival": "next_day",
        "memo": "13800138000",
    }
    assert teller.post("/transfers", body).status_code == 201


def _page(client: Client, model, suffix: str, *args) -> object:
    return client.get(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{suffix}", args=args))


def test_every_table_can_be_read():
    """On a page of its own, or on the page of what it belongs to."""
    assert not [model._meta.label for model in OURS if model not in REGISTERED and model not in INLINE]


def test_what_stands_on_a_page_is_read_only_too(rf):
    request = rf.get("/")
    request.user = User(is_superuser=True, is_active=True)
    for managed in map(admin.site._registry.get, REGISTERED):
        for inline in managed.get_inline_instances(request):
            assert not inline.has_add_permission(request, None)
            assert not inline.has_change_permission(request)
            assert not inline.has_delete_permission(request)
            assert not {field.name for field in inline.model._meta.fields if is_hidden(field)} & set(inline.fields)


@by_label
def test_the_list_renders(desk, rows, model):
    answer = _page(desk, model, "changelist")
    assert answer.status_code == 200
    assert b'lang="zh-hans"' in answer.content
    _clean(answer)


@by_label
def test_the_detail_renders(desk, rows, model):
    row = model._default_manager.first()
    if row is None:
        pytest.skip("no row of it")
    answer = _page(desk, model, "change", row.pk)
    assert answer.status_code == 200
    _clean(answer)


def _clean(answer) -> None:
    """No personal data, no ciphertext, nothing that a strict content policy would stop."""
    html = answer.content.decode()
    for canary in CANARIES:
        assert canary not in html
    assert "memory at 0x" not in html
    assert "b'" not in html
    assert "b&#x27;" not in html
    assert not re.search(r"\son[a-z]+\s*=|javascript:|<style\b", html)
    for script in re.findall(r"<script\b([^>]*)>", html):
        assert "src=" in script or 'type="application/json"' in script
    assert "unsafe" not in answer["Content-Security-Policy"]


@by_label
def test_nothing_near_money_can_be_added_changed_or_deleted(desk, rows, model, rf):
    managed = admin.site._registry[model]
    request = rf.get("/")
    request.user = User(is_superuser=True, is_active=True)
    assert not managed.has_delete_permission(request)
    assert "delete_selected" not in managed.get_actions(request)
    if model in MANAGED:
        return
    assert isinstance(managed, ReadOnlyAdmin)
    assert not managed.has_add_permission(request)
    assert not managed.has_change_permission(request)
    assert _page(desk, model, "add").status_code == 403
    row = model._default_manager.first()
    if row is not None:
        path = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[row.pk])
        assert desk.post(path, {}).status_code == 403
        assert _page(desk, model, "delete", row.pk).status_code == 403


@by_label
def test_binary_columns_are_hidden(model, rf):
    managed = admin.site._registry[model]
    request = rf.get("/")
    request.user = User(is_superuser=True, is_active=True)
    shown = {
        *managed.get_fields(request, model()),
        *managed.get_list_display(request),
        *managed.get_list_filter(request),
    }
    hidden = {field.name for field in model._meta.local_concrete_fields if is_hidden(field)}
    assert not hidden & {name for name in shown if isinstance(name, str)}


@by_label
def test_a_list_takes_as_many_queries_for_many_rows_as_for_one(desk, rows, model, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        _page(desk, model, "changelist")


def test_customers_take_as_many_queries_for_thirty_as_for_one(desk, rows, noon):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from accounts.models import Account, Card, Customer, Document

    def count(model) -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            _page(desk, model, "changelist")
        return len(queries)

    before = {model: count(model) for model in (Customer, Document, Account, Card)}
    for _ in range(30):
        factories.card(factories.account(factories.customer()))
    assert {model: count(model) for model in before} == before


@pytest.fixture
def principal(db) -> Principal:
    return Principal.objects.create(name="atm-77", role="atm")


def _act(client: Client, model, action: str, row):
    path = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    return client.post(path, {"action": action, "_selected_action": [str(row.pk)]})


def _shown_key(answer) -> str:
    return re.search(r"<code>(bk_[\w-]+)</code>", answer.content.decode())[1]


def test_a_superuser_issues_a_key_and_sees_it_once(desk, principal):
    answer = _act(desk, Principal, "issue_key", principal)
    key = _shown_key(answer)
    assert caller_of(key).id == principal.id
    assert "no-store" in answer["Cache-Control"]
    assert key not in _page(desk, Principal, "changelist").content.decode()
    assert key not in _page(desk, ApiKey, "changelist").content.decode()
    assert not desk.session.get("_messages")
    assert "messages" not in answer.cookies


def test_a_superuser_rotates_keys(desk, principal):
    old = issue_key(principal)
    fresh = _shown_key(_act(desk, Principal, "rotate_keys", principal))
    assert caller_of(old) is None
    assert caller_of(fresh).id == principal.id


def test_a_superuser_revokes_a_key(desk, principal):
    key = issue_key(principal)
    assert _act(desk, ApiKey, "revoke", ApiKey.objects.get()).status_code == 302
    assert caller_of(key) is None


def test_handling_a_key_leaves_a_record_without_the_key(desk, principal):
    from django.contrib.admin.models import LogEntry

    key = _shown_key(_act(desk, Principal, "issue_key", principal))
    entry = LogEntry.objects.get()
    assert entry.object_id == str(principal.pk)
    assert key not in entry.change_message


def test_a_superuser_adds_a_principal_and_switches_it_off(desk):
    add = reverse("admin:kernel_principal_add")
    assert desk.post(add, {"name": "teller-9", "role": "teller", "active": "on"}).status_code == 302
    made = Principal.objects.get(name="teller-9")
    change = reverse("admin:kernel_principal_change", args=[made.pk])
    assert desk.post(change, {"name": "teller-9"}).status_code == 302
    made.refresh_from_db()
    assert (made.active, made.role) == (False, "teller")


def test_staff_who_are_no_superusers_handle_no_keys(db, principal):
    from django.contrib.auth.models import Permission

    user = User.objects.create_user("clerk", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="kernel"))
    clerk = browser_of(user)
    assert _page(clerk, Principal, "changelist").status_code == 200
    _act(clerk, Principal, "issue_key", principal)
    assert not ApiKey.objects.exists()
    assert _page(clerk, Principal, "add").status_code == 403


@pytest.mark.parametrize("path", ["/admin/", "/admin/auth/user/", "/admin/password_change/"])
def test_other_pages_of_the_back_office_pass_the_content_policy(desk, path):
    answer = desk.get(path, follow=True)
    assert answer.status_code == 200
    _clean(answer)


def test_a_stranger_is_sent_to_sign_in(db):
    answer = Client().get("/admin/kernel/decision/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/admin/login/")


def test_a_password_alone_does_not_open_it(db):
    client = Client()
    client.force_login(User.objects.create_superuser("root"), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/admin/", follow=True).redirect_chain[-1][0].startswith("/desk/sign-in")
