"""A server that cannot end a release whose process stands still is refused before anything starts."""

import pytest
from django.db import connections

from config.kernel.checks import server_ends_what_stands_still


@pytest.mark.django_db
@pytest.mark.parametrize(("version", "told"), [(160009, ["kernel.E003"]), (170000, []), (180006, [])])
def test_the_oldest_server_is_17(monkeypatch, version, told):
    monkeypatch.setitem(connections["default"].__dict__, "pg_version", version)
    assert [each.id for each in server_ends_what_stands_still(databases=["default"])] == told


def test_no_database_is_asked_that_is_not_checked():
    assert server_ends_what_stands_still(databases=None) == []
