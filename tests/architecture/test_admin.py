"""The back office shows every table in both languages, masked; money and evidence cannot be changed there."""

import re

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext

from config.frames.back_office.columns import is_hidden
from config.frames.back_office.tables import ReadOnlyAdmin
from config.kernel.access.keys import caller_of
from config.kernel.models import ApiKey, Principal
from tests import factories, people
from tests.back_office import OURS, address, fill, listing
from tests.desk.pages import english, text_of
from tests.signed_in_browser import browser_of, with_codes

REGISTERED = list(admin.site._registry)
INLINE = {inline.model for managed in admin.site._registry.values() for inline in managed.inlines}
LANGUAGES = pytest.mark.parametrize("language", ["zh", "en"])
by_label = pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model._meta.label)


@pytest.fixture
def desk(db) -> Client:
    """The browser of a superuser who has just confirmed the second factor."""
    return with_codes(browser_of(people.administrator("root")))


@pytest.fixture
def town(desk, noon):
    """At least one row in every table; `secrets` must not occur on any page."""
    return fill()


def test_every_table_can_be_read():
    """On its own page, or on the page of its parent."""
    assert not [model._meta.label for model in OURS if model not in REGISTERED and model not in INLINE]


def test_related_rows_on_a_page_are_read_only(rf):
    request = rf.get("/")
    request.user = User(is_superuser=True, is_active=True)
    for managed in map(admin.site._registry.get, REGISTERED):
        for inline in managed.inlines:
            shown_inline = inline(managed.model, admin.site)
            assert not shown_inline.has_add_permission(request, None)
            assert not shown_inline.has_change_permission(request)
            assert not shown_inline.has_delete_permission(request)
            assert not {field.name for field in inline.model._meta.fields if is_hidden(field)} & set(inline.fields)


@LANGUAGES
def test_every_list_opens(desk, town, language, monkeypatch):
    """A list makes no query per row: related rows are fetched with it, or the page fails."""
    monkeypatch.setattr("django.db.models.query.DEFAULT_FETCH_MODE", models.FETCH_RAISE)
    client = english(desk) if language == "en" else desk
    for model in REGISTERED:
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(listing(model))
        assert answer.status_code == 200, model
        assert len(queries) <= 12, model
        _clean(answer, town.secrets)
        _speaks(answer, language)


@LANGUAGES
def test_every_record_opens(desk, town, language):
    client = english(desk) if language == "en" else desk
    for model in REGISTERED:
        row = model._default_manager.order_by("pk").last()
        assert row is not None, f"no row of {model}"
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(address(row))
        assert answer.status_code == 200, model
        assert len(queries) <= 25, model
        _clean(answer, town.secrets)
        _speaks(answer, language)
        assert client.get(address(row, "history")).status_code == 200, model


def _clean(answer, secrets=()) -> None:
    """Assert that there is no personal data, no ciphertext and nothing that the content policy blocks."""
    html = text_of(answer)
    assert [secret for secret in secrets if secret in html] == []
    assert "memory at 0x" not in html
    assert "b'" not in html
    assert "b&#x27;" not in html
    assert not re.search(r"\son[a-z]+\s*=|javascript:|<style\b|\sstyle=", html)
    for script in re.findall(r"<script\b([^>]*)>", html):
        assert "src=" in script or 'type="application/json"' in script
    assert "unsafe" not in answer["Content-Security-Policy"]


def _speaks(answer, language: str) -> None:
    """Assert that column headings and table names are in one language."""
    html = text_of(answer)
    assert f'lang="{"en" if language == "en" else "zh-hans"}"' in html
    heads = re.findall(r'<(?:th scope="col"|label|h1|h2)[^>]*>(.*?)</', html, re.DOTALL)
    words = " ".join(re.sub(r"<[^>]*>", " ", each) for each in heads)
    if language == "en":
        assert not re.search(r"[\u4e00-\u9fff]", words), words
    else:
        # Names of columns as the tables spell them would show here.
        assert not re.search(r"\b[a-z]+_[a-z]+\b", words), words


def test_a_list_takes_as_many_queries_for_thirty_as_for_one(desk, noon, settings):
    from accounts.models import Account, Card, Customer, Document

    # Each view leaves its line on the trail.
    settings.TRAIL_VIEW_MINUTES = 0

    def count(model) -> int:
        with CaptureQueriesContext(connection) as queries:
            desk.get(listing(model))
        return len(queries)

    factories.card(factories.account(factories.customer()))
    before = {model: count(model) for model in (Customer, Document, Account, Card)}
    for _ in range(30):
        factories.card(factories.account(factories.customer()))
    assert {model: count(model) for model in before} == before


@by_label
def test_nothing_near_money_or_evidence_can_be_added_changed_or_deleted(model, rf, db):
    managed = admin.site._registry[model]
    request = rf.get("/")
    request.user = User(is_superuser=True, is_active=True)
    assert not managed.has_delete_permission(request)
    assert "delete_selected" not in managed.get_actions(request)
    assert isinstance(managed, ReadOnlyAdmin)
    assert not managed.has_add_permission(request)
    assert not managed.has_change_permission(request)
    # One administrator alone may only take a right away or unlock a user.
    assert set(managed.actions or ()) == {ApiKey: {"revoke"}, User: {"unlock"}}.get(model, set())


def test_forms_that_would_touch_something_are_refused(desk, town):
    for model in set(REGISTERED):
        row = model._default_manager.first()
        app, name = model._meta.app_label, model._meta.model_name
        assert desk.get(f"/admin/{app}/{name}/add/").status_code == 403, model
        assert desk.post(f"/admin/{app}/{name}/add/", {}).status_code == 403, model
        assert desk.post(address(row), {}).status_code == 403, model
        assert desk.post(address(row, "delete"), {"post": "yes"}).status_code == 403, model


@by_label
def test_unreadable_columns_are_hidden(model, rf):
    managed = admin.site._registry[model]
    request = rf.get("/")
    request.user = User(is_superuser=True, is_active=True)
    shown = [*managed.get_fields(request, model()), *managed.get_list_display(request)]
    names = {getattr(each, "__name__", each) for each in shown}
    hidden = {field.name for field in model._meta.local_concrete_fields if is_hidden(field)}
    assert not hidden & names


@LANGUAGES
def test_every_column_and_code_has_its_word(language):
    from django.utils import translation

    from config.frames.back_office.columns import code_word, codes_of, column_word

    with translation.override("en" if language == "en" else "zh-hans"):
        for model in set(OURS) & set(REGISTERED):
            for field in admin.site._registry[model]._columns():
                word = str(column_word(field))
                assert word != field.name, (model, field.name)
                for code in codes_of(field):
                    name_of_code = code_word(field, code)
                    assert bool(re.search(r"[\u4e00-\u9fff]", name_of_code)) is (language == "zh"), (
                        model,
                        field.name,
                        code,
                    )


@pytest.mark.parametrize("query", ["kind__exact=transfer", "outcome__exact=refused", "code__exact=CARD_STATE"])
def test_a_list_is_filtered_by_its_codes(desk, town, query):
    answer = desk.get(f"/admin/kernel/decision/?{query}")
    assert answer.status_code == 200
    assert 'class="selected"' in text_of(answer)


@pytest.fixture
def principal(db) -> Principal:
    return people.principal("atm-77", "atm")


def _act(client: Client, model, action: str, row):
    return client.post(listing(model), {"action": action, "_selected_action": [str(row.pk)]})


def test_a_superuser_revokes_a_key(desk, principal):
    key = people.key(principal)
    assert _act(desk, ApiKey, "revoke", ApiKey.objects.get()).status_code == 302
    assert caller_of(key) is None


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
    client.force_login(people.administrator("root"), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/admin/", follow=True).redirect_chain[-1][0].startswith("/desk/sign-in")
