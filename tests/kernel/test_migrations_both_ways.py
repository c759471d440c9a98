"""The initial migrations can be reversed to an empty database and applied again."""

import pytest
from django.core.management import call_command

from tests.schema import schema, scratch_database

APPS = ("transfers", "accounts", "blacklist", "kernel")


@pytest.mark.django_db(transaction=True)
def test_the_initial_migrations_go_back_and_forth_again():
    with scratch_database("both_ways", migrated=True):
        fresh = schema()
        for app in APPS:
            call_command("migrate", app, "zero", verbosity=0)
        assert list(schema()) == ["database"]
        call_command("migrate", verbosity=0)
        assert schema() == fresh
