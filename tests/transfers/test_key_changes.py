"""A key change loses nothing: sealed values are re-sealed during operation, and every index is rebuilt."""

import subprocess
import sys
from io import StringIO

import psycopg
import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, models, transaction

from accounts.models import Card, Customer
from config.kernel.database.sql import rows
from config.kernel.models import KeyMark
from config.kernel.vault import key_marks, reindexing, resealing
from config.kernel.vault.sealed import SealedField, card_key, identity_key, name_key, unseal
from config.stack.process import wait_until
from tests import evidence, factories, keys
from tests.database_refusals import past_the_guards
from tests.keys import OTHER, OWN, OWN_INDEX, SECOND, THIRD
from tests.processes import ROOT, environment
from tests.proof_findings import violated
from tests.roles import as_role
from tests.transfers.conftest import CARD
from tests.transfers.whole_bank import CERTIFICATE, done

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.owner]

ROTATED = {"k2": SECOND, "k1": OWN}
NEW_INDEX = f"{OWN_INDEX},{OTHER}"


@pytest.fixture(autouse=True)
def own_keys(transactional_db):
    with keys.changed():
        yield


def run(*words: str, **more: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, *words], env=environment() | more, cwd=ROOT, capture_output=True, text=True, check=False
    )


def said(*words: str) -> str:
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


# --- sealed anew ----------------------------------------------------------------------------------------------


def opened() -> dict[tuple[str, object], str]:
    """Return every sealed value as plain text."""
    return {
        (str(column), row["id"]): unseal(row["was"], where=f"{column}.{row['id']}")
        for column in resealing.sealed_columns()
        for row in resealing._ask(
            "SELECT {pk} AS id, {column} AS was FROM {table} WHERE {column} IS NOT NULL", column.words()
        )
    }


def used() -> set[str]:
    return {key_id for counts in resealing.keys_in_use().values() for key_id in counts}


@pytest.fixture
def rotated(bank):
    """A bank that has begun to seal with a second key."""
    keys.use(**ROTATED)
    said("mark_keys")


def test_every_column_is_sealed_an_index_or_named_as_neither():
    """A new binary column is declared here; otherwise a key change would miss it."""
    indexes = {(table.name, str(each.column)) for table in reindexing.index_tables() for each in table.fields}
    neither = {("kernel_keymark", "mark"), *reindexing.NO_INDEX}
    columns = {
        (model._meta.db_table, str(each.column))
        for model in apps.get_models()
        for each in model._meta.local_fields
        if isinstance(each, models.BinaryField) and not isinstance(each, SealedField)
    }
    assert columns - indexes == neither
    assert {
        ("accounts_identity", "key"),
        ("accounts_card", "agent_key"),
        ("kernel_approval", "subject_keys"),
    } <= indexes
    # A plain hash stays: of a code that is not used yet, of a file that left the desk.
    assert not {("kernel_enrolment", "digest"), ("kernel_exportreceipt", "sha256")} & indexes
    sealed = {str(column) for column in resealing.sealed_columns()}
    assert {"accounts_customer.name", "kernel_idempotencykey.body", "kernel_approval.remark"} <= sealed


def test_everything_is_sealed_with_the_first_key_and_the_old_one_goes(rotated):
    before = opened()
    assert {column for column, _ in before} >= {"accounts_card.number", "kernel_idempotencykey.body"}
    assert used() == {"1"}
    factories.customer(factories.new_person("新客户"))
    assert used() == {"1", "2"}
    with pytest.raises(CommandError, match="Values sealed with key 1 remain"):
        said("reseal", "--retire", "1")
    assert " values were sealed with key 2." in said("reseal")
    assert used() == {"2"}
    assert before.items() <= opened().items()
    assert said("reseal").strip() == "0 values were sealed with key 2."
    with pytest.raises(CommandError, match="Key 2 is the one that seals"):
        said("reseal", "--retire", "2")
    assert "retired: 1" in said("reseal", "--retire", "1")
    with pytest.raises(CommandError, match="Key 1 has no mark"):
        said("reseal", "--retire", "1")
    # A process that never had the old key works on this database, and everything opens to it.
    keys.use(k2=SECOND)
    assert key_marks.keys_mismatch() is None
    assert before.items() <= opened().items()
    evidence.write_missing()
    assert violated() == set()
    # One that would go on sealing with it does not.
    keys.use(k1=OWN, k2=SECOND)
    assert "Key 1 of BANK_FIELD_KEYS is not marked" in str(key_marks.keys_mismatch())


def test_the_guards_of_evidence_are_awake_afterwards(rotated):
    said("reseal")
    with pytest.raises(IntegrityError, match="append_only"), transaction.atomic():
        KeyMark.objects.update(mark=b"")
    with pytest.raises(IntegrityError, match="append_only"), transaction.atomic():
        rows("UPDATE kernel_decision SET code = code")
    assert rows("SHOW session_replication_role") == [{"session_replication_role": "origin"}]


def test_concurrent_change_is_kept(rotated):
    person = factories.customer(factories.new_person("新客户"))
    keys.use(k1=OWN, k2=SECOND)
    named(person, _sealed(person, "旧姓名"))
    keys.use(**ROTATED)
    (column,) = (each for each in resealing.sealed_columns() if str(each) == "accounts_customer.name")
    pieces = [dict(resealing._opened(column, piece, set())) for piece in resealing._pieces(column)]
    assert person.pk in pieces[-1]
    # Between opening and writing.
    named(person, _sealed(person, "新姓名"))
    assert resealing._replace(column, pieces[-1], "") == len(pieces[-1]) - 1
    assert Customer.objects.get(pk=person.pk).name == "新姓名"


def named(person: Customer, sealed: bytes) -> None:
    """Write the sealed name of a customer with the guards disabled."""
    with past_the_guards("accounts_customer"):
        Customer.objects.filter(pk=person.pk).update(name=sealed)


def _sealed(person: Customer, name: str) -> bytes:
    person.name = name
    return person.__dict__["name"]


def test_locked_row_is_waited_for_last(rotated):
    (column,) = (each for each in resealing.sealed_columns() if str(each) == "accounts_customer.name")
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            other.set_autocommit(False)
            cursor.execute("SELECT FROM accounts_customer FOR NO KEY UPDATE")
        pieces = [dict(resealing._opened(column, piece, set())) for piece in resealing._pieces(column)]
        assert [resealing._replace(column, piece, " SKIP LOCKED") for piece in pieces] == [0]
    finally:
        other.close()
    assert [resealing._replace(column, piece, "") for piece in pieces] == [len(pieces[0])]


DIES = """
import django, os, signal
django.setup()
from config.kernel.vault import {module} as module
module.PIECE = 1
{begin}(lambda *_: os.kill(os.getpid(), signal.SIGKILL))
"""


def test_one_that_was_killed_is_begun_again_and_goes_on(rotated):
    begin = (
        "(lambda die: [module.reseal(each, on_rows=lambda done: done and die()) for each in module.sealed_columns()])"
    )
    code = DIES.format(module="resealing", begin=begin)
    env = {"BANK_FIELD_KEYS": keys.fields(**ROTATED)}
    assert run("-c", code, **env).returncode == -9
    assert used() == {"1", "2"}
    before = opened()
    again = run("manage.py", "reseal", **env)
    assert again.returncode == 0, again.stderr
    assert used() == {"2"}
    assert opened() == before


def test_value_that_no_key_opens_is_named_and_left(rotated):
    person = factories.customer(factories.new_person("新客户"))
    broken = bytes([1]) + b"1" + bytes(40)
    named(person, broken)
    with pytest.raises(
        CommandError, match=rf"1 values open with no key of BANK_FIELD_KEYS:\n  accounts_customer.name {person.pk}"
    ):
        said("reseal")
    assert used() == {"1", "2"}


@pytest.mark.parametrize("command", [("reseal",), ("reseal", "--retire", "1"), ("reindex",)])
def test_only_the_owner_re_seals_and_re_indexes(application, command):
    refused = run("manage.py", *command, DATABASE_URL=as_role(application))
    assert refused.returncode == 1
    assert "Run it as the owner of the tables" in refused.stderr


# --- indexed anew ---------------------------------------------------------------------------------------------

REQUEST = {"kind": "individual", "name": "赵敏", "document": {"type": "resident_id", "number": "110105198807150026"}}


@pytest.fixture
def indexed(bank, teller, client_for):
    """A bank with a row for every keyed index, and the expected result of each look-up."""
    person = done(teller.post("/customers", REQUEST, key="once"))
    Customer.objects.filter(pk=person["id"]).update(phone=None)
    account = factories.account(Customer.objects.get(pk=person["id"]), "I")
    agent = identity_key("an agent whose document nobody keeps")
    factories.card(account, agent_key=agent, agent_slot=1)
    further = {"document": {"type": "passport", "number": "X1234567", "country": "FRA"}}
    proposed = done(teller.post(f"/customers/{person['id']}/documents", further), 201)
    return person["id"], further, proposed["approval_id"]


def look_up(teller, compliance, person: str, further: dict) -> dict[str, object]:
    """Return the look-ups by document, name, phone and card, and of a repeat, a paper, a proposal, an agent."""
    document = {"document": REQUEST["document"]}
    replay = teller.post("/customers", REQUEST, key="once")
    again = compliance.post("/blacklist/certificates", CERTIFICATE)
    pending = teller.post(f"/customers/{person}/documents", further)
    return {
        "document": teller.post("/customers/lookup", document).json(),
        "card": teller.post("/accounts/lookup", {"card_number": CARD}).json(),
        "nobody": teller.post(
            "/customers/lookup", {"document": {"type": "passport", "number": "N1", "country": "FRA"}}
        ).status_code,
        "replay": (replay.status_code, replay.json(), replay.headers.get("Idempotent-Replayed")),
        "paper": (again.status_code, again.json()),
        "pending": (pending.status_code, pending.json().get("code"), pending.json().get("approval_id")),
        "screened": compliance.post("/blacklist/screenings", {"document": factories.LI.document}).json(),
        "agent": Card.objects.filter(agent_key=identity_key("an agent whose document nobody keeps")).count(),
        "name": Customer.objects.filter(name_index=name_key(REQUEST["name"])).count(),
        "number": Card.objects.filter(number_index=card_key(CARD)).count(),
    }


def without_request_ids(body: object) -> object:
    if isinstance(body, dict):
        return {
            name: without_request_ids(each)
            for name, each in body.items()
            if name not in ("request_id", "checked_at", "at")
        }
    return [without_request_ids(each) for each in body] if isinstance(body, list | tuple) else body


OTHERS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND usesysid IS NOT NULL
"""


def alone() -> None:
    """Close all other connections, as for a closed bank."""
    connection.close()
    with psycopg.connect(environment()["DATABASE_URL"], autocommit=True) as session:
        # Whatever other tests have left connected, a server that goes on running for them too, is shown the door.
        session.execute(OTHERS.replace("count(*)", "pg_terminate_backend(pid)"))
        assert wait_until(lambda: session.execute(OTHERS).fetchone() == (0,), seconds=30)


def indexes() -> set[bytes]:
    return {
        bytes(value)
        for table in reindexing.index_tables()
        for row in rows(f"SELECT * FROM {table.name}")
        for each in table.fields
        for value in (
            [row[each.column]] if isinstance(row[each.column], memoryview | bytes) else row[each.column] or []
        )
        if not isinstance(value, str)
    }


def test_every_look_up_has_its_former_result(indexed, teller, compliance):
    person, further, _ = indexed
    before, old = without_request_ids(look_up(teller, compliance, person, further)), indexes()
    assert before["agent"] == 1
    assert before["pending"][1] == "APPROVAL_PENDING"
    alone()
    changed = run("manage.py", "reindex", BANK_INDEX_KEY=NEW_INDEX)
    assert changed.returncode == 0, changed.stderr
    assert " rows are indexed with the new key." in changed.stdout
    keys.use(NEW_INDEX)
    assert without_request_ids(look_up(teller, compliance, person, further)) == before
    assert not old & indexes()
    evidence.write_missing()
    assert violated() == set()
    # With the old key alone nobody is found, so a process that has only it, or another key, reports the mismatch.
    for other in (OWN_INDEX, f"{OWN_INDEX},{THIRD}", OTHER):
        keys.use(other)
        assert "BANK_INDEX_KEY" in str(key_marks.keys_mismatch())
    alone()
    again = run("manage.py", "reindex", BANK_INDEX_KEY=NEW_INDEX)
    assert (again.returncode, again.stdout.splitlines()[-1]) == (0, "No index key is new.")
    # A second change of the key.
    twice = f"{NEW_INDEX},{THIRD}"
    assert run("manage.py", "reindex", BANK_INDEX_KEY=twice).returncode == 0
    keys.use(twice)
    assert without_request_ids(look_up(teller, compliance, person, further)) == before
    evidence.write_missing()
    assert violated() == set()


def test_a_process_with_the_new_key_waits_until_it_is_in_force(transactional_db):
    # A connection that is opened with it is refused.
    rows("SELECT 1")
    keys.use(NEW_INDEX)
    assert "Run `manage.py reindex`" in str(key_marks.keys_mismatch())


def test_open_bank_is_not_re_indexed(transactional_db):
    alone()
    rows("SELECT 1")
    refused = run("manage.py", "reindex", BANK_INDEX_KEY=NEW_INDEX)
    assert refused.returncode == 1
    assert "1 other sessions are connected to this database" in refused.stderr
    assert key_marks.keys_mismatch() is None


def test_another_key_is_not_put_in_the_place_of_the_databases(transactional_db):
    alone()
    refused = run("manage.py", "reindex", BANK_INDEX_KEY=f"{OTHER},{THIRD}")
    assert refused.returncode == 1
    assert "BANK_INDEX_KEY is not the key this database was indexed with. Nothing was changed." in refused.stderr


def test_one_that_is_killed_has_changed_nothing_and_is_begun_again(indexed, teller, compliance):
    person, further, _ = indexed
    before, old = without_request_ids(look_up(teller, compliance, person, further)), indexes()
    alone()
    code = DIES.format(
        module="reindexing",
        begin="(lambda die: module.carry_over(tell=lambda table, *_: table == 'kernel_approval' and die()))",
    )
    assert run("-c", code, BANK_INDEX_KEY=NEW_INDEX).returncode == -9
    assert wait_until(lambda: key_marks.keys_mismatch() is None, seconds=30)
    assert indexes() == old
    alone()
    assert run("manage.py", "reindex", BANK_INDEX_KEY=NEW_INDEX).returncode == 0
    keys.use(NEW_INDEX)
    assert without_request_ids(look_up(teller, compliance, person, further)) == before
