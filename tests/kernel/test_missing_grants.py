"""`/readyz`, `check` and each start report a missing grant of the role; running processes continue."""

from contextlib import contextmanager

import psycopg
import pytest
from django.apps import apps
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import OperationalError, connection
from django.db.backends.signals import connection_created
from django.test import Client

from config.kernel.integrity import foundations, process_guard
from config.kernel.schema.grants import missing_grants
from tests.kernel.test_foundations import run, working_as
from tests.roles import as_role, role, superuser

pytestmark = pytest.mark.django_db(transaction=True)

LACKS = "The application's database role lacks "
#: What the role holds by name, table by table.
HELD = """
SELECT c.relname, a.privilege_type FROM pg_class c, aclexplode(c.relacl) a
WHERE a.grantee = %(role)s::regrole AND c.relkind IN ('r', 'p') AND NOT c.relispartition
UNION
SELECT c.relname, a.privilege_type FROM pg_class c JOIN pg_attribute t ON t.attrelid = c.oid, aclexplode(t.attacl) a
WHERE a.grantee = %(role)s::regrole
"""


@pytest.fixture
def in_production(production_clock, settings):
    settings.SANDBOX = False
    settings.ALLOWED_HOSTS = ["testserver"]


@contextmanager
def without(application: str, grant: str):
    """Revoke a grant from the role within the block."""
    with superuser() as server:
        server.execute(f"REVOKE {grant} FROM {application}")
    yield
    with superuser() as server:
        server.execute(f"GRANT {grant} TO {application}")


def ready() -> tuple[int, dict[str, str]]:
    answer = Client().get("/readyz")
    return answer.status_code, answer.json()["checks"]


def test_grants_equal_the_required_ones_one_by_one(in_production, application):
    call_command("grant_application", application)
    with psycopg.connect(as_role(application)) as server:
        held = set(server.execute(HELD, {"role": application}).fetchall())
    with working_as(application):
        assert missing_grants() == []
    known = {each._meta.db_table for each in apps.get_models(include_auto_created=True)}
    assert known - {table for table, _ in held} == {"kernel_sandboxclock"}
    with superuser() as server:
        server.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {application}")
    with working_as(application):
        # On tables without a model it holds nothing now: a version that does not know them yet lacks nothing.
        lacking = [
            (each.partition(" on ")[2], act)
            for each in missing_grants()
            for act in each.partition(" on ")[0].split(", ")
        ]
        assert set(lacking) == {(table, act) for table, act in held if table in {*known, "django_migrations"}}


@pytest.mark.parametrize(
    ("grant", "named"),
    [
        ("SELECT ON transfers_transfer", "SELECT on transfers_transfer"),
        ("INSERT ON kernel_decision", "INSERT on kernel_decision"),
        ("DELETE ON kernel_idempotencykey", "DELETE on kernel_idempotencykey"),
        ("SELECT ON kernel_keymark", "SELECT on kernel_keymark"),
        ("UPDATE ON blacklist_stagedrow", "UPDATE on blacklist_stagedrow"),
        ("UPDATE (branch) ON accounts_account", "UPDATE on accounts_account"),
        ("EXECUTE ON FUNCTION accounts_post_cash", "EXECUTE on accounts_post_cash(uuid)"),
    ],
    ids=["read", "written", "deleted", "marks", "without-a-model", "column", "function"],
)
def test_one_missing_grant_gives_503_and_is_named(in_production, application, grant, named):
    said = f"{LACKS}{named}. Run `manage.py grant_application` with its name as the tables' owner."
    with working_as(application):
        status, checks = ready()
        assert (status, checks["foundations"]) == (200, "ok")
        with without(application, grant):
            status, checks = ready()
            assert (status, checks["foundations"]) == (503, said)
            with pytest.raises(SystemCheckError) as refused:
                call_command("check", "--deploy", "--database", "default")
            assert f"(kernel.E013) {said}" in str(refused.value)
        status, checks = ready()
        assert (status, checks["foundations"]) == (200, "ok")


def test_role_without_grants_after_migrate_starts_nothing_and_all_grants_are_named(in_production):
    """The role may connect and has no other grant."""
    with role("ungranted") as name:
        url = as_role(name)
        checked = run("manage.py", "check", "--deploy", "--database", "default", DATABASE_URL=url)
        assert checked.returncode == 1
        assert f"(kernel.E013) {LACKS}SELECT, INSERT, UPDATE on accounts_account; " in checked.stderr
        assert "Traceback" not in checked.stderr
        ended = run("-c", "import config.wsgi", DATABASE_URL=url)
        assert ended.returncode == 1
        assert f"{LACKS}SELECT, INSERT, UPDATE on accounts_account; " in ended.stderr
        assert " more. Run `manage.py grant_application`" in ended.stderr
        assert "Traceback" not in ended.stderr
        call_command("grant_application", name)
        checked = run("manage.py", "check", "--deploy", "--database", "default", DATABASE_URL=url)
        assert checked.returncode == 0, checked.stderr


def test_a_process_that_began_while_the_database_was_away_says_it_as_well(in_production, monkeypatch):
    monkeypatch.setattr(process_guard, "_asked", process_guard.threading.Event())
    with role("ungranted") as name, working_as(name):
        connection_created.connect(process_guard._ask)
        try:
            with pytest.raises(OperationalError, match="lacks SELECT, INSERT, UPDATE on accounts_account; "):
                connection.ensure_connection()
            status, checks = ready()
        finally:
            connection_created.disconnect(process_guard._ask)
    assert status == 503
    assert checks["database"].startswith(LACKS)


def test_a_table_that_this_version_does_not_know_keeps_no_process_of_it_waiting(in_production, application):
    """Between `migrate` and `grant_application` of the next version, processes of this version keep serving."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE accounts_tocome (id int)")
    try:
        with working_as(application):
            assert ready()[0] == 200
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE accounts_tocome")


def test_missing_grant_in_a_sandbox_is_a_warning(application, settings):
    with working_as(application), without(application, "SELECT ON accounts_card"):
        assert [(each.id, each.refuses) for each in foundations.faults_of_grants()] == [("kernel.E013", False)]
        status, checks = ready()
    assert (status, checks["foundations"].partition(".")[0]) == (200, f"warning: {LACKS}SELECT on accounts_card")
