"""Sealed personal data: bound to its column, found by a keyed index, re-keyed during operation."""

import base64
import os

import pytest
from cryptography.exceptions import InvalidTag
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from accounts.models import Customer
from config.kernel.database.ids import new_id
from config.kernel.identity.masking import Unreadable
from config.kernel.vault import sealed
from config.kernel.vault.sealed import blind_index, identity_key, phone_key, seal, seal_context, unseal
from tests import factories
from tests.database_refusals import past_the_guards

HERE = "accounts_customer.name.1"


def _key() -> str:
    return base64.b64encode(os.urandom(32)).decode()


@pytest.fixture
def keys(settings):
    """Return a function that sets the field keys in force."""

    def use(**named: str) -> None:
        settings.BANK_FIELD_KEYS = named
        sealed._ciphers.cache_clear()

    yield use
    sealed._ciphers.cache_clear()


def _stored(customer: Customer, column: str = "name") -> bytes:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM accounts_customer WHERE id = %s", [customer.pk])
        return bytes(cursor.fetchone()[0])


@pytest.mark.parametrize("text", ["张三", "11010519491231002X", "", "𠮷" * 60, "a\nb"])
def test_sealed_value_opens_in_its_own_place(text):
    assert unseal(seal(text, where=HERE), where=HERE) == text


def test_the_same_text_is_sealed_differently_each_time():
    assert len({seal("张三", where=HERE) for _ in range(100)}) == 100


@pytest.mark.parametrize("where", ["accounts_customer.name.2", "accounts_customer.phone.1", "accounts_card.name.1", ""])
def test_sealed_value_opens_in_no_other_place(where):
    with pytest.raises(InvalidTag):
        unseal(seal("张三", where=HERE), where=where)


def test_no_byte_may_be_any_other(db):
    whole = seal("张三", where=HERE)
    for position, byte in enumerate(whole):
        # Of the head, which is in plain, every other byte; of what is sealed one, as each is authenticated.
        others = set(range(256)) - {byte} if position < 2 else {byte ^ 1}
        for other in others:
            changed = whole[:position] + bytes([other]) + whole[position + 1 :]
            with pytest.raises((InvalidTag, ValueError)):
                unseal(changed, where=HERE)


def test_the_database_is_asked_once_for_a_key_id_that_it_does_not_know(db, django_assert_num_queries):
    changed = seal("张三", where="accounts_customer.name.asked-once").replace(b"1", b"9", 1)
    for queries in (1, 0):
        with django_assert_num_queries(queries), pytest.raises(ValueError, match="no key of this database"):
            unseal(changed, where="accounts_customer.name.asked-once")


def test_opening_a_value_makes_no_query():
    """The test has no database: a query would fail."""
    assert unseal(seal("张三", where=HERE), where=HERE) == "张三"


def test_the_database_holds_ciphertext_and_the_instance_the_text(db):
    customer = factories.customer(factories.ZHANG, phone="13800138000")
    assert "张三".encode() not in _stored(customer)
    assert b"13800138000" not in _stored(customer, "phone")
    fresh = Customer.objects.get(pk=customer.pk)
    assert (fresh.name, fresh.phone) == ("张三", "13800138000")
    fresh.phone, fresh.phone_index = "13800138001", phone_key("13800138001")
    fresh.save()
    assert Customer.objects.get(pk=customer.pk).phone == "13800138001"


def test_a_deferred_sealed_column_is_fetched_when_it_is_read(db):
    customer = factories.customer(factories.ZHANG)
    assert Customer.objects.defer("name").get(pk=customer.pk).name == "张三"


def test_a_value_swapped_between_rows_cannot_be_read(db):
    one, two = factories.customer(factories.ZHANG), factories.customer(factories.LI)
    with past_the_guards("accounts_customer"), connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_customer SET name = %s WHERE id = %s", [_stored(two), one.pk])
    assert isinstance(Customer.objects.get(pk=one.pk).name, Unreadable)
    assert Customer.objects.get(pk=two.pk).name == "李四"


def test_rotation_seals_with_the_first_key_and_opens_with_all(keys, db):
    old, new = _key(), _key()
    keys(**{"1": old})
    before = seal("张三", where=HERE)
    keys(**{"2": new, "1": old})
    after = seal("张三", where=HERE)
    assert unseal(before, where=HERE) == unseal(after, where=HERE) == "张三"
    keys(**{"2": new})
    assert unseal(after, where=HERE) == "张三"
    with pytest.raises(sealed.UnknownKey):
        unseal(before, where=HERE)


def test_a_wrong_key_of_the_same_id_shows_no_garbage(keys):
    keys(**{"1": _key()})
    data = seal("张三", where=HERE)
    keys(**{"1": _key()})
    with pytest.raises(InvalidTag):
        unseal(data, where=HERE)


@pytest.mark.parametrize("key", ["not base64!", base64.b64encode(b"short").decode(), ""])
def test_a_key_of_the_wrong_shape_is_named_at_once(keys, key):
    keys(**{"1": key})
    with pytest.raises(ImproperlyConfigured, match="BANK_FIELD_KEYS"):
        seal("张三", where=HERE)


def test_an_index_is_keyed_and_belongs_to_its_domain():
    number = "13800138000"
    found = {blind_index(domain, number) for domain in ("card", "phone", "identity", "name", "cursor", "request")}
    assert len(found) == 6
    assert all(len(each) == 32 for each in found)
    assert blind_index("phone", number) == blind_index("phone", number)
    assert identity_key(number) == blind_index("identity", number)


def test_another_index_key_finds_nothing(settings):
    mine = blind_index("phone", "13800138000")
    settings.BANK_INDEX_KEY = _key()
    sealed._index_key.cache_clear()
    try:
        assert blind_index("phone", "13800138000") != mine
    finally:
        settings.BANK_INDEX_KEY = os.environ["BANK_INDEX_KEY"]
        sealed._index_key.cache_clear()


def test_a_place_names_table_column_and_row():
    row = new_id()
    assert seal_context("t", "c", row) == f"t.c.{row}"
