"""A process whose keys differ from the database's does not start or is not ready, and the proof reports it."""

import base64
import json
import os
import subprocess
import sys
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.core.management.base import SystemCheckError
from django.db import connection, transaction
from django.test import Client

from config.kernel.database.sql import rows
from config.kernel.models import KeyMark
from config.kernel.vault import key_marks, sealed
from tests import evidence, factories
from tests.processes import ROOT, environment

OTHER = base64.b64encode(bytes(range(100, 132))).decode()
SECOND = base64.b64encode(bytes(range(150, 182))).decode()
OWN = os.environ["BANK_FIELD_KEYS"].partition(":")[2]

pytestmark = pytest.mark.django_db


@pytest.fixture
def keys(settings, monkeypatch):
    """Return a function that sets other keys until the end of the test, as in a process just started."""

    def use(index: str = "", **fields: str) -> None:
        settings.BANK_FIELD_KEYS = {name.removeprefix("k"): key for name, key in fields.items()} or {"1": OWN}
        settings.BANK_INDEX_KEY = index or os.environ["BANK_INDEX_KEY"]
        forget()

    def forget() -> None:
        sealed._ciphers.cache_clear()
        sealed._index_key.cache_clear()

    yield use
    settings.BANK_FIELD_KEYS, settings.BANK_INDEX_KEY = {"1": OWN}, os.environ["BANK_INDEX_KEY"]
    forget()


@pytest.fixture
def unmarked():
    """A database without marks."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE kernel_keymark DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM kernel_keymark")
        cursor.execute("ALTER TABLE kernel_keymark ENABLE TRIGGER USER")


def marked() -> set[str]:
    return {f"{mark.kind} {mark.key_id}".strip() for mark in KeyMark.objects.all()}


def ready() -> tuple[int, str]:
    answer = Client().get("/readyz")
    return answer.status_code, answer.json()["checks"]["keys"]


def test_the_first_migrate_marks_each_key():
    assert marked() == {"index", "field 1"}
    assert key_marks.keys_mismatch() is None


def test_mark_is_never_rewritten():
    with pytest.raises(Exception, match="append_only"), transaction.atomic():
        KeyMark.objects.update(mark=b"")


@pytest.mark.parametrize(
    ("other", "named"),
    [({"index": OTHER}, "BANK_INDEX_KEY"), ({"k1": OTHER}, "Key 1 of BANK_FIELD_KEYS")],
    ids=["index-key", "field-key"],
)
class TestDifferentKeys:
    def test_other_keys_are_named_and_never_shown(self, keys, other, named):
        keys(**other)
        reason = key_marks.keys_mismatch()
        assert reason is not None
        assert reason.startswith(named)
        assert OTHER not in reason

    def test_make_the_process_not_ready(self, keys, other, named):
        keys(**other)
        status, reason = ready()
        assert status == 503
        assert reason.startswith(named)

    def test_fail_the_check_of_the_database(self, keys, other, named):
        keys(**other)
        with pytest.raises(SystemCheckError, match=r"kernel\.E002") as refused:
            call_command("check", "--database", "default")
        assert named in str(refused.value)

    def test_stop_a_migration_before_it_changes_anything(self, keys, other, named):
        keys(**other)
        with pytest.raises(SystemCheckError, match=named):
            call_command("migrate", skip_checks=False, verbosity=0)

    @pytest.mark.parametrize("command", [("seed_bank",), ("parked_transfers", "--wake")])
    def test_stop_a_command_that_writes(self, keys, other, named, command):
        keys(**other)
        with pytest.raises(CommandError, match=named):
            call_command(*command)

    def test_make_the_proof_fail(self, keys, other, named, zhang):
        keys(**other)
        out = StringIO()
        with pytest.raises(SystemExit) as end:
            call_command("reconcile", "--json", stdout=out)
        assert end.value.code == 1
        found = {each["name"]: each for each in json.loads(out.getvalue())}["I28"]["ids"]
        assert any(each.startswith(named) for each in found)
        assert f"accounts_customer.name {zhang.pk}" in found
        assert f"accounts_document.number {zhang.documents.get().pk}" in found

    def test_marking_with_other_keys_is_refused(self, keys, unmarked, zhang, other, named):
        keys(**other)
        with pytest.raises(CommandError, match=r"looked at: .*accounts_customer\.name"):
            key_marks.mark_after_migrate(apps)
        with pytest.raises(CommandError, match="No key was marked"):
            call_command("mark_keys")
        assert marked() == set()


def test_a_database_with_data_is_marked_with_its_own_keys(unmarked, zhang):
    factories.card(factories.account(zhang))
    assert key_marks.keys_mismatch() == key_marks._NO_MARKS
    key_marks.mark_after_migrate(apps)
    assert marked() == {"index", "field 1"}
    assert key_marks.keys_mismatch() is None


def test_an_unmarked_database_is_no_reason_to_refuse_its_migration(unmarked):
    call_command("check", "--database", "default", stdout=StringIO())


class TestRotation:
    def test_a_further_key_opens_before_it_is_marked(self, keys):
        keys(k1=OWN, k2=SECOND)
        assert key_marks.keys_mismatch() is None

    def test_nothing_is_sealed_with_a_key_that_is_not_marked(self, keys):
        keys(k2=SECOND, k1=OWN)
        assert key_marks.keys_mismatch() == (
            "Key 2 of BANK_FIELD_KEYS is not marked in this database. "
            "Run `manage.py mark_keys` before anything is sealed with it."
        )

    def test_a_new_key_is_marked_once(self, keys):
        keys(k1=OWN, k2=SECOND)
        first, again = StringIO(), StringIO()
        call_command("mark_keys", stdout=first)
        call_command("mark_keys", stdout=again)
        assert (first.getvalue(), again.getvalue()) == ("marked: field 2\n", "Every key has its mark.\n")
        assert marked() == {"index", "field 1", "field 2"}

    def test_a_process_that_lacks_a_marked_key_is_not_ready(self, keys):
        """Other processes may seal with the marked key from now on, and this one could not open it."""
        keys(k1=OWN, k2=SECOND)
        call_command("mark_keys", stdout=StringIO())
        keys()
        status, reason = ready()
        assert (status, reason) == (503, "Key 2 is missing in BANK_FIELD_KEYS, and others seal with it or will.")
        with pytest.raises(SystemCheckError, match=r"kernel\.E002"):
            call_command("check", "--database", "default", stdout=StringIO())

    def test_a_migration_marks_no_further_key(self, keys):
        """Nodes without the new key keep working: `mark_keys` marks it when all nodes have it."""
        keys(k1=OWN, k2=SECOND)
        key_marks.mark_after_migrate(apps)
        assert marked() == {"index", "field 1"}

    def test_the_new_key_seals_and_the_old_one_opens(self, keys, zhang):
        keys(k2=SECOND, k1=OWN)
        call_command("mark_keys", stdout=StringIO())
        assert key_marks.keys_mismatch() is None
        factories.customer(factories.LI)
        evidence.write_missing()
        call_command("reconcile", stdout=StringIO())

    def test_another_key_under_the_new_id_is_refused(self, keys):
        keys(k1=OWN, k2=SECOND)
        call_command("mark_keys", stdout=StringIO())
        keys(k1=OWN, k2=OTHER)
        assert "Key 2 of BANK_FIELD_KEYS is not the key 2" in str(key_marks.keys_mismatch())

    def test_a_key_is_not_marked_while_an_old_one_is_missing(self, keys, zhang):
        keys(k2=SECOND)
        with pytest.raises(CommandError, match="Key 1 is missing in BANK_FIELD_KEYS"):
            call_command("mark_keys")
        assert marked() == {"index", "field 1"}


def run(*words: str, **more: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, *words],
        env=environment() | more,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


WORKER = ("-m", "celery", "-A", "config.celery:app", "worker", "-Q", "release", "-c", "1", "--without-mingle")
PROCESSES = pytest.mark.parametrize(
    "words",
    [("-c", "import config.wsgi"), WORKER, ("manage.py", "watch_due"), ("manage.py", "seed_bank")],
    ids=["web", "worker", "watcher", "command"],
)


@PROCESSES
def test_a_process_with_other_keys_refuses_to_start(transactional_db, words):
    ended = run(*words, BANK_INDEX_KEY=OTHER)
    assert ended.returncode == 1, ended.stderr
    assert "BANK_INDEX_KEY is not the key this database was indexed with." in ended.stderr
    assert "Traceback" not in ended.stderr
    assert OTHER not in ended.stderr


def test_a_web_process_starts_while_the_database_is_away_and_asks_when_it_is_back(transactional_db):
    """It starts without a database; when the database answers, every connection is refused."""
    code = """
import config.wsgi
from django.conf import settings
from django.db import connection
from django.test import Client
settings.DATABASES["default"]["HOST"] = connection.settings_dict["HOST"] = {host!r}
answer = Client().get("/readyz")
assert answer.status_code == 503 and answer.json()["checks"]["keys"] == "OtherKeys", answer.content
key = Client().get("/api/v1/transfers", headers={{"Authorization": "Bearer bk_nobody"}})
assert key.status_code == 503, key.content
from config.kernel.vault.key_marks import OtherKeys
from transfers.operations.release import release_due
try:
    release_due(released_by="watcher")
except OtherKeys as refused:
    print(refused)
"""
    host = str(connection.settings_dict["HOST"])
    away = environment() | {"BANK_INDEX_KEY": OTHER}
    away["DATABASE_URL"] = away["DATABASE_URL"].replace(host.replace("/", "%2F"), "/nowhere").replace(host, "/nowhere")
    ended = run("-c", code.format(host=host), **away)
    assert ended.returncode == 0, ended.stderr
    assert "the keys are checked when the database is back" in ended.stderr
    assert ended.stdout == "BANK_INDEX_KEY is not the key this database was indexed with.\n"


def test_a_process_asks_with_every_connection(transactional_db):
    """A key change relies on this: a process without a connection notices the change when it opens one."""
    code = f"""
import config.wsgi
from django.conf import settings
from django.db import connection
assert connection.connection is None
connection.ensure_connection()
connection.close()
from config.kernel.vault import sealed
settings.BANK_INDEX_KEY = {OTHER!r}
sealed._index_key.cache_clear()
connection.ensure_connection()
"""
    ended = run("-c", code)
    assert ended.returncode == 1
    assert (
        "config.kernel.vault.key_marks.OtherKeys: BANK_INDEX_KEY is not the key this database was indexed with."
        in ended.stderr
    )


def test_marks_remain_after_a_flush(transactional_db):
    assert rows("SELECT count(*) AS n FROM kernel_keymark") == [{"n": 2}]
