"""Query parameters in the back office: only those that the list offers, and no hidden column.

Each registered table and each of its columns is tried, so that new ones are covered.
"""

import re
from itertools import product

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client

from accounts.models import Customer, ExternalAccount
from config.frames.back_office.columns import CodeFilter, is_hidden
from config.frames.back_office.tables import TableAdmin
from config.kernel.models import ApiKey, SecondFactor
from tests import factories
from tests.back_office import address, listing, staffed
from tests.desk.pages import text_of
from tests.people import administrator, key, principal, user
from tests.signed_in_browser import browser_of

REGISTERED = list(admin.site._registry)
COLUMNS = [(model, field) for model in REGISTERED for field in model._meta.get_fields()]
#: How a column may be asked for in an address; the first is what a filter of a list offers.
LOOKUPS = ("__exact", "__startswith", "", "__lt", "__icontains", "__regex", "__gte", "__in", "__isnull", "__range")
RELATED = ("__pk", "__pk__startswith", "__id__exact", "__password__startswith", "__name__startswith", "__name_index")
by_table = pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model._meta.label)


@pytest.fixture
def people(db) -> list[Client]:
    """A superuser, and a person who may only view the tables."""
    return [browser_of(administrator("root")), staffed(browser_of(user("clerk")))]


def answer_of(client: Client, path: str, **query: str) -> tuple[int, str]:
    """Return the answer without the request's id, which differs each time."""
    answer = client.get(path, query)
    return answer.status_code, re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{32}", "", text_of(answer))


def filters_of(model) -> dict[str, list[str]]:
    """Return the query parameter and the offered values of each filter of a list."""
    managed, found = admin.site._registry[model], {}
    for path, _ in managed.get_list_filter(None):
        field = model._meta.get_field(path.split("__")[0])
        if "__" in path:
            field = field.related_model._meta.get_field(path.split("__")[1])
        found[f"{path}__exact"] = [code for code, _ in CodeFilter.offered(field)]
    return found


@by_table
def test_every_table_has_one_query_interface(model):
    managed = admin.site._registry[model]
    assert isinstance(managed, TableAdmin)
    for name in ("lookup_allowed", "to_field_allowed"):
        assert getattr(type(managed), name) is getattr(TableAdmin, name)
    assert managed.date_hierarchy is None


@by_table
def test_no_column_is_asked_for_but_by_the_lists_own_filter(rf, model):
    managed, offered = admin.site._registry[model], filters_of(model)
    fields = [field for table, field in COLUMNS if table is model]
    assert fields
    for field, superuser in product(fields, (True, False)):
        request = rf.get("/")
        request.user = User(is_superuser=superuser, is_staff=True, is_active=True)
        for name in (field.name + each for each in (*LOOKUPS, *(RELATED if field.is_relation else ()))):
            for value in ("1", "0000", "", *offered.get(name, ())):
                assert managed.lookup_allowed(name, value, request) is (value in offered.get(name, ())), (name, value)


def test_another_question_is_refused_whatever_the_answer_would_be(people):
    for model in REGISTERED:
        for number, field in enumerate(model._meta.get_fields()):
            client, name = people[number % 2], f"{field.name}{LOOKUPS[1 + number % 3]}"
            status, page = answer_of(client, listing(model), **{name: "1"})
            assert (status, "请求有误" in page) == (400, True), (model, name)


def test_filters_and_orders_of_a_list_are_answered(people):
    for place, model in enumerate(REGISTERED):
        for number, (name, codes) in enumerate(filters_of(model).items()):
            client = people[number % 2]
            assert client.get(listing(model), {name: codes[-1]}).status_code == 200, (model, name, codes[-1])
            assert client.get(listing(model), {name: "nothing such"}).status_code == 400, (model, name)
        key = model._meta.pk.name
        asked = ("o=1.-2&q=x&p=1&e=1", f"all=&_facets=True&_popup=1&_to_field={key}", "o=99.-99.x.--1&p=x")
        for number, query in enumerate(asked):
            client = people[(place + number) % 2]
            assert client.get(f"{listing(model)}?{query}").status_code == 200, (model, query)


@by_table
def test_lists_are_ordered_and_searched_by_shown_columns_only(model, rf):
    managed = admin.site._registry[model]
    request = rf.get("/")
    request.user = User(is_superuser=True, is_active=True)
    plain = {field.name for field in managed._columns()}
    hidden = {field.name for field in model._meta.get_fields()} - plain
    assert not {field.name for field in model._meta.local_concrete_fields if is_hidden(field)} & plain
    listed = managed.get_list_display(request)
    assert not hidden & {each for each in listed if isinstance(each, str)}
    assert {getattr(each, "admin_order_field", None) for each in listed} <= plain | {None}
    assert set(managed.get_search_fields(request)) <= plain


def test_a_row_is_found_by_its_number_alone(people):
    for model in REGISTERED:
        others = {field.name for field in model._meta.get_fields()} - {model._meta.pk.name}
        managed = admin.site._registry[model]
        assert [name for name in others if managed.to_field_allowed(None, name)] == []
        name = min(others)
        for client in people:
            assert client.get(listing(model), {"_to_field": name}).status_code == 400, (model, name)
            assert client.get(f"{listing(model)}1/change/", {"_to_field": name}).status_code == 400, (model, name)


def test_filters_kept_for_the_way_back_filter_nothing(people):
    device = SecondFactor.objects.first()
    for client in people:
        query = {"_changelist_filters": "key__startswith=0"}
        assert client.get(listing(SecondFactor), query).status_code == 400
        page = client.get(address(device), query)
        assert page.status_code == 200
        assert device.key not in text_of(page)


def test_nothing_is_completed_while_it_is_typed(people):
    for client in people:
        asked = {"app_label": "kernel", "model_name": "principal", "field_name": "user", "term": "r"}
        assert client.get("/admin/autocomplete/", asked).status_code == 404


def test_a_seed_cannot_be_guessed_character_by_character(people):
    device = SecondFactor.objects.create(user=user("victim"), key="1d" + "0" * 38)
    for client in people:
        right, wrong = (
            answer_of(client, listing(SecondFactor), id=str(device.pk), key__startswith=each) for each in ("1d", "2e")
        )
        assert right == wrong
        assert right[0] == 400


def test_masked_values_cannot_be_guessed_by_search(people, noon):
    factories.external_account(factories.customer(factories.ZHANG, sealed_birth_date="1949-12-31"), "6217000000000006")
    for client in people:
        for model, name, true, false in (
            (ExternalAccount, "account_number__startswith", "6217", "6218"),
            (Customer, "birth_date__lt", "1950-01-01", "1949-12-31"),
        ):
            right, wrong = (answer_of(client, listing(model), **{name: each}) for each in (true, false))
            assert right == wrong
            assert right[0] == 400


@pytest.mark.parametrize(
    ("model", "name"),
    [(Customer, "name_index"), (Customer, "phone_index"), (ApiKey, "digest")],
    ids=["name_index", "phone_index", "digest"],
)
def test_ciphertext_is_no_question_and_breaks_nothing(people, noon, model, name):
    factories.customer(factories.ZHANG)
    key(principal("p", "teller"))
    for client in people:
        for value in ("1", "é"):
            assert client.get(listing(model), {name: value}).status_code == 400
