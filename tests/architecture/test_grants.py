"""Grants deny the application's role what triggers deny everyone, and permit all that it needs."""

import re
from io import StringIO
from pathlib import Path

import psycopg
import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection

from config.kernel.database.sql import rows
from config.kernel.models import ProposedModel
from config.kernel.schema.grants import WITHHELD, withhold_functions
from config.stack.process import wait_until
from tests.processes import answers, environment, free_port, python, running, web, worker
from tests.roles import as_role, connected_as, superuser
from transfers.models import Transfer

#: Evidence is written once.
WRITTEN_ONCE = (
    "accounts_accounttelling",
    "accounts_beneficialowner",
    "accounts_cardmove",
    "accounts_cashmovement",
    "accounts_cleanupattachment",
    "accounts_cleanupcontact",
    "accounts_cleanupitem",
    "accounts_cleanupoutcome",
    "accounts_conflictreview",
    "accounts_customerparticulars",
    "accounts_documentrenewal",
    "accounts_entry",
    "accounts_freezelift",
    "accounts_identitycheck",
    "accounts_identityconflict",
    "accounts_legalrepresentative",
    "accounts_letter",
    "accounts_letterdelivery",
    "accounts_letterprint",
    "accounts_lossreport",
    "accounts_movedrow",
    "accounts_stockbreach",
    "axes_accessfailurelog",
    "blacklist_appealattachment",
    "blacklist_caseaccount",
    "blacklist_certificatesubject",
    "blacklist_listundo",
    "django_admin_log",
    "kernel_approvalattachment",
    "kernel_approvalcomment",
    "kernel_decision",
    "kernel_exportreceipt",
    "kernel_founding",
    "kernel_keymark",
    "kernel_slipprint",
    "kernel_trailrecord",
    "transfers_event",
    "transfers_suspicion",
)
#: What evidence and money refer to moves on and is never deleted; nor is what takes a second person.
NEVER_DELETED = (
    *(table._meta.db_table for table in apps.get_models() if issubclass(table, ProposedModel)),
    "accounts_account",
    "accounts_card",
    "accounts_cashbox",
    "accounts_cleanupcampaign",
    "accounts_cleanupcase",
    "accounts_customer",
    "accounts_freeze",
    "accounts_identity",
    "accounts_importbatch",
    "accounts_internalaccount",
    "accounts_stockfile",
    "accounts_stockimport",
    "axes_accesslog",
    "blacklist_appeal",
    "blacklist_certificate",
    "blacklist_listimport",
    "blacklist_revokedpart",
    "blacklist_subject",
    "kernel_apikey",
    "kernel_approval",
    "kernel_approvalclaim",
    "kernel_enrolment",
    "kernel_person",
    "kernel_principal",
    "kernel_proofrun",
    "kernel_restore",
    "kernel_signin",
    "transfers_transfer",
)

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "install.md").read_text()


#: Those of a partition are asked in `tests/kernel/test_months.py`.
TRIGGERS = """
SELECT tgname, tgrelid::regclass::text AS name FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
WHERE NOT tgisinternal AND NOT c.relispartition
"""


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("listed", "trigger"),
    [(WRITTEN_ONCE, r"_append_only$"), (NEVER_DELETED, r"(?<!_id)_kept$")],
    ids=["evidence", "kept"],
)
def test_every_guarded_table_has_its_trigger(listed, trigger):
    guarded = {row["name"] for row in rows(TRIGGERS) if re.search(trigger, row["tgname"])}
    assert set(listed) == guarded
    assert len(listed) == len(guarded)


def test_the_document_names_the_command():
    assert "manage.py grant_application" in TEXT


REFUSED = [
    "CREATE TEMP TABLE kernel_approval (id int)",
    "CREATE TABLE mine (id int)",
    "ALTER TABLE kernel_decision DISABLE TRIGGER USER",
    "ALTER TABLE kernel_decision DISABLE TRIGGER kernel_decision_append_only",
    "SET session_replication_role = replica",
    "INSERT INTO kernel_founding (id, what, object, why) VALUES (gen_random_uuid(), 'auth_user', '1', 'first')",
    "TRUNCATE transfers_event",
    "DROP TABLE accounts_entry",
    "CREATE OR REPLACE FUNCTION kernel_append_only() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
    *(f"UPDATE {table} SET id = id" for table in WRITTEN_ONCE),
    *(f"DELETE FROM {table}" for table in (*WRITTEN_ONCE, *NEVER_DELETED)),
]


def test_the_application_can_undo_no_record(application):
    done = []
    with connected_as(application) as server:
        server.autocommit = True
        for statement in REFUSED:
            try:
                server.execute(statement)
            except psycopg.errors.InsufficientPrivilege:
                continue
            done.append(statement)
    assert done == []


#: Each function that is withheld, in every form it has.
CALLS = (
    "lo_creat(-1)",
    "lo_create(0)",
    "lo_from_bytea(0, 'x')",
    "pg_cancel_backend(1)",
    "pg_logical_emit_message(true, 'x', 'x')",
    "pg_logical_emit_message(false, 'x', 'x'::bytea)",
    "pg_terminate_backend(1)",
    "pg_terminate_backend(1, 1)",
)


def called_by(server: psycopg.Connection, role: str) -> list[str]:
    """Return the calls that a role may make, tried within a superuser's transaction."""
    done = []
    for call in CALLS:
        try:
            with server.transaction(force_rollback=True):
                server.execute(f"SET LOCAL ROLE {role}")
                server.execute(f"SELECT {call}")
        except psycopg.errors.InsufficientPrivilege as refused:
            if "permission denied for function" in str(refused):
                continue
        done.append(call)
    return done


@pytest.fixture
def withheld(application):
    """A superuser's connection on which the statements of the command have run, until the end of the test."""
    said = StringIO()
    call_command("grant_application", application, stderr=said)
    with superuser() as server:
        assert called_by(server, application)
        for statement in re.findall("^REVOKE .*;$", said.getvalue(), re.MULTILINE):
            server.execute(statement)
        yield server
        server.rollback()


def test_the_application_calls_no_function_that_fills_the_disk_or_ends_sessions(application, withheld):
    assert {call.partition("(")[0] for call in CALLS} == set(WITHHELD)
    assert called_by(withheld, application) == []


def test_owner_is_given_the_statements_for_a_superuser(application):
    said = StringIO()
    call_command("grant_application", application, stderr=said)
    output = said.getvalue()
    assert f"{application} may still fill the disk and end sessions" in output
    assert set(re.findall(r"^REVOKE EXECUTE ON FUNCTION (\w+)\(.*\) FROM PUBLIC;$", output, re.MULTILINE)) == set(
        WITHHELD
    )


def test_withheld_rights_are_equal_everywhere():
    for place in ("deploy/roles.sh", "config/stack/postgres.py"):
        (listed,) = re.findall(r"proname IN \(\s*([^)]*?)\s*\)", (ROOT / place).read_text())
        assert tuple(re.findall(r"'(\w+)'", listed)) == WITHHELD, place


def test_superuser_grants_and_withholds_at_once(application, monkeypatch):
    ran = []

    def answered(statement, params=None):
        ran.append(statement)
        return [{"rolsuper": True}] if "rolsuper" in statement else rows(statement, params) if params else []

    monkeypatch.setattr("config.kernel.schema.grants.rows", answered)
    assert withhold_functions(application) == []
    assert len([each for each in ran if each.startswith("REVOKE")]) == len(
        rows(
            "SELECT FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND proname = ANY(%s)",
            [list(WITHHELD)],
        )
    )


def test_asked_again_it_grants_the_same_and_only_to_a_role_that_is_not_the_owner(application):
    def granted():
        return rows("SELECT relname, relacl::text FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1")

    before = granted()
    call_command("grant_application", application)
    assert granted() == before
    for other in ("nobody_of_this_name", connection.settings_dict["USER"]):
        with pytest.raises(CommandError, match="must be a role of this server"):
            call_command("grant_application", other)


SEEDED = """
import django, sys
django.setup()
from django.core.management import call_command
call_command("seed_principals", "--keys-file", sys.argv[1], skip_checks=False)
call_command("seed_desk_users", skip_checks=False)
call_command("seed_bank", skip_checks=False)
"""


def test_the_whole_bank_works_under_the_grants(application, tmp_path):
    url = as_role(application)
    keys, port = tmp_path / "keys.json", free_port()

    def manage(name, *words, database=url):
        command = python(name, "manage.py", *words, log=tmp_path, DATABASE_URL=database)
        command.start()
        assert command.child.wait(timeout=120) == 0, command.tail(50)

    # The first administrators are the owner's to make; what they do is the application's.
    manage("administrators", "first_administrators", "one", "1", "other", "2", database=environment()["DATABASE_URL"])
    # Principals and people; customers, accounts and cards from files, a certificate and its approval: one process does it.
    seeded = python("seeded", "-c", SEEDED, str(keys), log=tmp_path, DATABASE_URL=url)
    seeded.start()
    assert seeded.child.wait(timeout=120) == 0, seeded.tail(50)
    server = web(tmp_path, port, DATABASE_URL=url)
    with running(server, worker(tmp_path, DATABASE_URL=url)):
        assert wait_until(lambda: answers(f"http://127.0.0.1:{port}"), seconds=60), server.tail(50)
        # Opening, cash, transfers, cancellations over HTTP; the releases a day later; every fen accounted for.
        words = ["--url", f"http://127.0.0.1:{port}", "--keys", str(keys), "--seconds", "60", "--transfers", "40"]
        words += ["--terminals", "2", "--people", "3", "--into", str(tmp_path / "atm")]
        manage("machines", "simulate_atm", *words, "--release")
    assert not Transfer.objects.filter(status="held").exists()
    assert Transfer.objects.filter(status="posted").exists()
    manage("proof", "reconcile")
