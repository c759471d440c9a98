"""The migration that writes by what a listed person is found who comes with another document."""

from datetime import date

import pytest
from django.db import connection, transaction

from blacklist.models import Subject, subject_name_key
from config.kernel.sealed import person_key
from config.kernel.sparse_states import SparseExecutor
from tests import factories
from tests.factories import UNIT, ZHANG, Person
from tests.schema import scratch_database

PERMIT = Person("张三", "H12345678", "hk_macau_permit")
KEY = person_key("张三", date(1949, 12, 31))


def listed(*people: Person) -> None:
    """Write subjects as the version before does: without a key."""
    for each in people:
        row = Subject(
            identity_key=each.identity_key,
            kind=each.kind,
            document_type=each.type,
            name_index=subject_name_key(each.name),
        )
        row.document_number, row.name = each.number, each.name
        row.save(force_insert=True)


def keys() -> dict[bytes, bytes | None]:
    found = Subject.objects.values_list("identity_key", "match_key")
    return {bytes(one): other and bytes(other) for one, other in found}


@pytest.mark.django_db(transaction=True)
def test_who_is_listed_already_is_keyed_back_and_forth(monkeypatch):
    monkeypatch.setattr("blacklist.migrations.0010_subjects_matched.PIECE", 1)
    with scratch_database("subject_keys", migrated=True):
        with transaction.atomic():
            listed(ZHANG, PERMIT, UNIT, factories.LI)
        SparseExecutor(connection).migrate([("blacklist", "0009_regimes")])
        SparseExecutor(connection).migrate([("blacklist", "0010_subjects_matched")])
        found = keys()
        assert (found[ZHANG.identity_key], found[PERMIT.identity_key], found[UNIT.identity_key]) == (
            KEY,
            None,
            None,
        )
        assert found[factories.LI.identity_key] == person_key("李四", date(1991, 1, 1))
