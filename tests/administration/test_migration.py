"""A bank of the version before is kept as it is: its people get provisional numbers, its superusers become administrators."""

import pytest
from django.core.checks import run_checks
from django.db import connection, transaction

from config.desk.access import person_of
from config.kernel.keys import caller_of, digest_of
from config.kernel.models import ApiKey, Founding, Person, Principal
from config.kernel.sparse_states import SparseExecutor
from config.kernel.sql import rows
from config.people import queries
from tests.schema import scratch_database

pytestmark = pytest.mark.django_db(transaction=True)

BEFORE = """
INSERT INTO auth_user (username, password, is_superuser, is_staff, is_active, first_name, last_name, email, date_joined)
VALUES ('root', 'x', true, true, true, '', '', '', now()), ('both', 'x', true, true, true, '', '', '', now()),
       ('teller', 'x', false, false, true, '', '', '', now()), ('atm', 'x', true, true, true, '', '', '', now());
INSERT INTO kernel_principal (id, name, role, active, user_id) VALUES
  (gen_random_uuid(), 'teller', 'teller', true, (SELECT id FROM auth_user WHERE username = 'teller')),
  (gen_random_uuid(), 'both', 'supervisor', true, (SELECT id FROM auth_user WHERE username = 'both')),
  (gen_random_uuid(), 'gone', 'auditor', false, NULL), (gen_random_uuid(), 'atm', 'atm', true, NULL);
INSERT INTO kernel_apikey (id, principal_id, digest, hint)
SELECT gen_random_uuid(), id, sha256(name::bytea), 'bk_' FROM kernel_principal;
"""


def migrate(*targets: tuple[str, str]) -> None:
    executor = SparseExecutor(connection)
    # Whoever signs in and acts stands in the kernel's tables; those of the apps above stand on them.
    executor.migrate(list(targets) or executor.loader.graph.leaf_nodes("kernel"))


def warned() -> set[str]:
    return {each.id for each in run_checks(tags=["database"], databases=["default"]) if each.id.startswith("people.")}


def test_what_was_there_is_kept_and_marked():
    with scratch_database("people"):
        migrate(("kernel", "0010_proposals"), ("auth", "0012_alter_user_first_name_max_length"))
        assert not warned(), "the tables are not there yet"
        with transaction.atomic():
            rows(BEFORE)
        for back in (True, False):
            migrate()
            told = {
                each.name: (each.role, each.active, each.person and each.person.user and each.person.user.username)
                for each in Principal.objects.select_related("person__user")
            }
            assert told == {
                "teller": ("teller", True, "teller"),
                "both": ("supervisor", True, "both"),
                "gone": ("auditor", False, None),
                "atm": ("atm", True, None),
                "root": ("administrator", True, "root"),
                f"atm-admin-{user_id('atm')}": ("administrator", True, "atm"),
            }
            assert all(each.is_provisional for each in Person.objects.all())
            assert Person.objects.count() == 5
            assert [each.name for each in queries.to_be_parted()] == ["both"]
            assert queries.administrators().count() == 2
            # A superuser who acts in the bank's business as well does neither; the others' keys go on.
            assert caller_of("both") is None
            assert person_of(user_id("both")) is None
            assert person_of(user_id("teller")).name == "teller"
            assert caller_of("teller").name == "teller"
            assert ApiKey.objects.get(digest=digest_of("teller")).administration is None
            assert set(Founding.objects.values_list("why", flat=True)) == {"before"}
            assert warned() == {"people.W001", "people.W002"}
            if not back:
                return
            migrate(("kernel", "0010_proposals"))
            assert rows("SELECT count(*) AS n FROM kernel_principal WHERE user_id IS NOT NULL")[0]["n"] == 4


def user_id(name: str) -> int:
    return rows("SELECT id FROM auth_user WHERE username = %s", [name])[0]["id"]
