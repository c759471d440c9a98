"""A production bank refuses to start with a movable clock, a role that owns tables, or weak keys."""

import base64
import json
import os
import subprocess
import sys
from contextlib import contextmanager
from io import StringIO

import psycopg
import pytest
from django.core.checks import CRITICAL
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import OperationalError, connection
from django.db.backends.signals import connection_created
from django.test import Client, override_settings

from config.kernel.database.clock import bank_now
from config.kernel.database.sql import rows
from config.kernel.integrity import foundations, process_guard
from config.kernel.integrity.checks import settings_are_fit
from config.stack.lint import PRODUCTION
from tests import factories
from tests.database import read_only
from tests.processes import ROOT, environment
from tests.roles import as_role, role, superuser
from tests.servers import KEYS
from tests.transfers.factories import DAY, held
from transfers.models import Transfer
from transfers.operations.release import release_due
from transfers.operations.release_all import release_all
from transfers.queries.database_regimes import FAULT
from transfers.queries.due_queue import EVER, seconds_to_due
from transfers.vocabulary import ReleasedBy

CLOCK = "The bank's clock of this database is the sandbox's, but SANDBOX is off."
OWNER = "The application's database role owns the database or tables or functions of the bank"
REPLICATES = "The application's database role may set session_replication_role"


def key(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def run(*words: str, **more: str) -> "subprocess.CompletedProcess[str]":
    """Run a process of an installation to its end."""
    return subprocess.run(
        [sys.executable, *words],
        env={**os.environ, **PRODUCTION, **KEYS, "DATABASE_URL": environment()["DATABASE_URL"], **more},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


WORKER = ("-m", "celery", "-A", "config.celery:app", "worker", "-Q", "release", "-c", "1", "--without-mingle")
BEAT = ("-m", "celery", "-A", "config.celery:app", "beat", "--pidfile=", "--scheduler", "celery.beat:Scheduler")
PROCESSES = pytest.mark.parametrize(
    "words",
    [("-c", "import config.wsgi"), WORKER, BEAT, ("manage.py", "watch_due")],
    ids=["web", "worker", "beat", "watcher"],
)


# --- when a process starts ------------------------------------------------------------------------------------


@PROCESSES
def test_no_process_starts_on_a_sandboxs_clock_or_as_the_owner_of_the_tables(transactional_db, words):
    redis = environment()["REDIS_URL"]
    ended = run(*words, REDIS_URL=redis)
    assert ended.returncode == 1, ended.stderr
    assert CLOCK in ended.stderr
    assert OWNER in ended.stderr
    assert "Traceback" not in ended.stderr


@PROCESSES
def test_no_process_starts_with_settings_that_do_not_bear(words):
    """The checks of the settings need no database, and none is running here."""
    weak = key(bytes(32))
    ended = run(*words, DATABASE_URL=PRODUCTION["DATABASE_URL"], BANK_INDEX_KEY=weak, BANK_ALLOWED_HOSTS="*")
    assert ended.returncode == 1, ended.stderr
    assert "BANK_INDEX_KEY is weak." in ended.stderr
    assert "BANK_ALLOWED_HOSTS is *." in ended.stderr
    assert weak not in ended.stderr


def test_process_starts_on_the_applications_role_and_the_servers_clock(production_clock, application):
    ended = run("-c", "import config.wsgi", DATABASE_URL=as_role(application))
    assert ended.returncode == 0, ended.stderr
    checked = run("manage.py", "check", "--deploy", "--database", "default", DATABASE_URL=as_role(application))
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("words", [(), ("--check",), ("--plan",)], ids=["migrate", "check", "plan"])
def test_the_owner_of_the_tables_migrates_a_bank_that_is_no_sandbox(production_clock, words):
    """As each update does; the checks before the command accept the owner for it."""
    done = run("manage.py", "migrate", *words)
    assert done.returncode == 0, done.stderr
    assert "kernel.E" not in done.stderr


# --- what a replica says ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("standby", "read_only", "said"),
    [(False, False, None), (True, True, "This database is a standby."), (False, True, "This database only reads")],
)
def test_a_server_that_only_reads_is_named(standby, read_only, said):
    fault = foundations.read_only_server({"standby": standby, "read_only": read_only})
    assert (fault or "").startswith(said or "nothing") is bool(said)


def test_nothing_about_money_is_decided_by_a_server_that_only_reads(production_clock, application, settings):
    """No process starts on a read-only server, and a running one refuses each session that begins there."""
    settings.SANDBOX = False
    with read_only() as end:
        ended = run("-c", "import config.wsgi", DATABASE_URL=as_role(application))
        assert ended.returncode == 1, ended.stderr
        assert "This database only reads" in ended.stderr
        assert "Traceback" not in ended.stderr
        assert {fault.id for fault in foundations.faults_of_session()} == {"kernel.E011"}
        connection.close()
        process_guard._asked.set()
        connection_created.connect(process_guard._ask)
        try:
            with pytest.raises(OperationalError, match="nothing about money is decided by a replica"):
                release_due(released_by=ReleasedBy.WATCHER)
            end()
            assert release_due(released_by=ReleasedBy.WATCHER).claimed == 0
        finally:
            connection_created.disconnect(process_guard._ask)
            process_guard._asked.clear()


@contextmanager
def working_as(name: str):
    """Let this process use the database as a role."""
    owner = connection.settings_dict["USER"]
    connection.close()
    connection.settings_dict["USER"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["USER"] = owner


@contextmanager
def more_than_the_application(application: str, grant: str):
    with superuser() as server:
        server.execute(grant.format(role=application))
    yield
    with superuser() as server:
        server.execute(f"ALTER ROLE {application} NOSUPERUSER")


#: A member of the owner of all databases of these tests would be one in each of them.
ANOTHER_OWNER = "CREATE ROLE also_{role}; ALTER FUNCTION kernel_append_only() OWNER TO also_{role}"


@pytest.mark.parametrize(
    ("grant", "sentence"),
    [
        (f"{ANOTHER_OWNER}; GRANT also_{{role}} TO {{role}}", OWNER),
        (f"{ANOTHER_OWNER}; GRANT also_{{role}} TO {{role}} WITH INHERIT FALSE", OWNER),
        ("GRANT SET ON PARAMETER session_replication_role TO {role}", REPLICATES),
        ("ALTER ROLE {role} SUPERUSER", "The application's database role is a superuser"),
        ("ALTER FUNCTION kernel_append_only() OWNER TO {role}", OWNER),
        ("ALTER TABLE accounts_entry OWNER TO {role}", OWNER),
    ],
    ids=["member", "may-become", "replicates", "superuser", "function", "table"],
)
def test_a_role_that_no_trigger_binds_is_refused(production_clock, application, settings, grant, sentence):
    settings.SANDBOX = False
    owner = connection.settings_dict["USER"]
    try:
        with (
            more_than_the_application(application, grant),
            working_as(application),
            pytest.raises(SystemCheckError, match=r"kernel\.E004") as refused,
        ):
            call_command("check", "--database", "default")
    finally:
        with superuser() as server:
            server.execute(f"REASSIGN OWNED BY {application} TO {owner}")
            server.execute(f"ALTER FUNCTION kernel_append_only() OWNER TO {owner}")
            server.execute(f"DROP ROLE IF EXISTS also_{application}")
    assert sentence in str(refused.value)


# --- while it runs --------------------------------------------------------------------------------------------


MOVED = """
CREATE OR REPLACE FUNCTION bank_now() RETURNS timestamptz LANGUAGE sql VOLATILE
SET search_path = pg_catalog, public, pg_temp AS $$ SELECT clock_timestamp() + interval '25 hours' $$
"""


@pytest.fixture
def outside(settings):
    """Let this process run outside a sandbox."""
    settings.SANDBOX = False
    settings.ALLOWED_HOSTS = ["testserver"]
    with foundations.as_owner():
        yield


def ready() -> tuple[int, str]:
    answer = Client().get("/readyz")
    return answer.status_code, answer.json()["checks"]["foundations"]


@pytest.mark.django_db(transaction=True)
class TestMovedClock:
    @pytest.fixture(autouse=True)
    def moved(self, production_clock, outside):
        assert ready() == (200, "ok")
        rows(MOVED)

    def test_process_is_not_ready(self):
        status, reason = ready()
        assert status == 503
        assert reason == "The bank's clock is 90000 s from the server's. Put the production clock back."

    def test_fails_the_check_and_the_proof(self):
        with pytest.raises(SystemCheckError, match=r"kernel\.E001"):
            call_command("check", "--database", "default")
        out = StringIO()
        with pytest.raises(SystemExit) as end:
            call_command("reconcile", "--json", stdout=out)
        assert end.value.code == 1
        found = {each["name"]: each for each in json.loads(out.getvalue())}["I28"]["ids"]
        assert any(each.startswith("kernel.E001 The bank's clock is") for each in found)

    def test_releases_nothing(self, zhang):
        payer = factories.account(zhang, "I", balance_fen=100)
        held(payer, due_at=bank_now() - DAY / 2)

        def released() -> int:
            return sum(done.ended for done in release_all(released_by=ReleasedBy.WATCHER))

        assert seconds_to_due(since=EVER) < 0
        assert released() == 0
        assert Transfer.objects.get().status == "held"
        with override_settings(SANDBOX=True):
            assert released() == 1


# --- what the settings say ------------------------------------------------------------------------------------


GOOD = {"1": key(bytes(range(7, 39))), "2": key(bytes(range(99, 131)))}
INDEX = key(bytes(range(200, 232)))


@pytest.mark.parametrize(
    ("changed", "id"),
    [
        ({}, None),
        ({"BANK_FIELD_KEYS": {"1": key(bytes(32))}}, "kernel.E005"),
        ({"BANK_FIELD_KEYS": {"1": key(bytes(range(16)) * 2)}}, None),
        ({"BANK_FIELD_KEYS": {"1": key(bytes(range(15)) * 2 + b"\0\1")}}, "kernel.E005"),
        ({"BANK_FIELD_KEYS": {"1": key(bytes(range(7, 38)))}}, "kernel.E005"),
        ({"BANK_FIELD_KEYS": {"1": key(bytes(range(7, 40)))}}, "kernel.E005"),
        ({"BANK_FIELD_KEYS": {"1": "no base64"}}, "kernel.E005"),
        ({"BANK_FIELD_KEYS": {"1": GOOD["1"], "2": key(b"abcdefghijklmnopqrstuvwxyz012345")}}, "kernel.E005"),
        ({"BANK_INDEX_KEY": key(b"abc")}, "kernel.E006"),
        ({"BANK_INDEX_KEY": key(bytes(range(31)))}, "kernel.E006"),
        ({"BANK_INDEX_KEY": key(bytes(range(200, 240)))}, None),
        ({"BANK_INDEX_KEY": f"{INDEX},{key(bytes(32))}"}, "kernel.E006"),
        ({"BANK_INDEX_KEY": GOOD["2"]}, "kernel.E007"),
        ({"BANK_INDEX_KEY": f"{INDEX},{GOOD['1']}"}, "kernel.E007"),
        # What a strong one has taken over from may be as it was.
        ({"BANK_INDEX_KEY": f"{key(bytes(32))},{INDEX}"}, None),
        ({"BANK_INDEX_KEY": f"{GOOD['1']},{INDEX}"}, None),
        ({"BANK_FIELD_KEYS": {"1": GOOD["1"], "2": GOOD["1"]}}, "kernel.E008"),
        ({"BANK_INDEX_KEY": f"{INDEX},{INDEX}"}, "kernel.E008"),
        ({"SECRET_KEY": "x" * 60}, "kernel.E009"),
        ({"SECRET_KEY": PRODUCTION["BANK_SECRET_KEY"][:49]}, "kernel.E009"),
        ({"SECRET_KEY": "django-insecure-" + PRODUCTION["BANK_SECRET_KEY"]}, "kernel.E009"),
        ({"SECRET_KEY_FALLBACKS": ["changeme"]}, "kernel.E009"),
        ({"ALLOWED_HOSTS": ["bank.example", "*"]}, "kernel.E010"),
    ],
)
def test_guessable_key_is_named_and_not_shown(settings, changed, id):  # noqa: A002
    settings.SANDBOX = False
    own = {
        "BANK_FIELD_KEYS": GOOD,
        "BANK_INDEX_KEY": INDEX,
        "SECRET_KEY": PRODUCTION["BANK_SECRET_KEY"],
        "SECRET_KEY_FALLBACKS": [],
        "ALLOWED_HOSTS": ["bank.example"],
    }
    for name, value in (own | changed).items():
        setattr(settings, name, value)
    found = foundations.faults_of_settings()
    assert [fault.id for fault in found] == ([id] if id else [])
    assert all(fault.refuses for fault in found)
    sentences = " ".join(fault.sentence for fault in found)
    assert not any(shown in sentences for shown in (*settings.BANK_FIELD_KEYS.values(), settings.SECRET_KEY))
    settings.SANDBOX = True
    assert not any(fault.refuses for fault in foundations.faults_of_settings())


@pytest.mark.parametrize(
    ("version", "ids"), [("3.3.9", []), ("3.3.12", []), ("3.4.0", ["kernel.E015"]), ("3.30.1", ["kernel.E015"])]
)
def test_a_minor_version_of_psycopg_that_is_not_tried_fails_the_check(settings, monkeypatch, version, ids):
    settings.SANDBOX = False
    monkeypatch.setattr(psycopg, "__version__", version)
    found = [each for each in settings_are_fit() if each.id == "kernel.E015"]
    assert [each.id for each in found] == ids
    assert all(each.level == CRITICAL and version in each.msg and "requirements/*.lock" in each.msg for each in found)


def test_the_check_of_the_settings_refuses_before_a_database_is_asked():
    checked = run("manage.py", "check", "--deploy", BANK_INDEX_KEY=key(bytes(32)), BANK_ALLOWED_HOSTS="*")
    assert checked.returncode == 1
    assert "kernel.E006" in checked.stderr
    assert "kernel.E010" in checked.stderr


@pytest.mark.parametrize("words", [("mark_keys",), ("reseal", "--check")], ids=["mark", "reseal"])
def test_key_changing_command_runs_with_a_weak_key(transactional_db, words):
    ended = run("manage.py", *words, BANK_SECRET_KEY="weak", BANK_ALLOWED_HOSTS="*")
    assert ended.returncode == 0, ended.stderr


def test_the_document_names_every_code():
    documented = (ROOT / "docs" / "faults.md").read_text()
    codes = [
        name.removeprefix("kernel.")
        for name, _ in (*foundations.SETTINGS, *foundations.DATABASE, *foundations.GRANTS, *foundations.SESSION)
    ]
    assert [code for code in (*codes, FAULT) if code not in documented] == []


# --- what the grants say --------------------------------------------------------------------------------------


def test_the_clock_is_granted_inside_a_sandbox_only(transactional_db, settings):
    with role("clocked") as name:
        may = "SELECT has_table_privilege(%s, 'kernel_sandboxclock', %s) AS may"

        def granted() -> set[str]:
            acts = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE")
            return {act for act in acts if rows(may, [name, act])[0]["may"]}

        call_command("grant_application", name)
        assert granted() == {"SELECT", "UPDATE"}
        settings.SANDBOX = False
        call_command("grant_application", name)
        assert granted() == set()


@pytest.mark.parametrize("table", ["django_migrations", "kernel_keymark", "kernel_restore", "auth_permission"])
def test_tables_that_only_the_owner_writes(application, table):
    with psycopg.connect(as_role(application)) as server:
        server.execute(f"SELECT FROM {table}")
        for act in ("INSERT", "UPDATE", "DELETE"):
            assert server.execute("SELECT has_table_privilege(%s, %s)", [table, act]).fetchone() == (False,)
