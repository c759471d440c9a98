"""The proof, `/readyz` and the watcher report each database guard that is missing, weakened or added."""

import json
import logging
import time
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client

from config.kernel.database import clock
from config.kernel.database.sql import rows
from config.kernel.integrity import dumps
from config.kernel.integrity.catalog import guards
from config.kernel.integrity.catalog.guards import FILE, NAMED, GuardWatch, differences, guard_lines, sentence_of
from config.stack import guards as writer
from tests.kernel.test_foundations import working_as
from tests.months import THIS
from tests.roles import connected_as, superuser
from tests.schema import scratch_database

EMPTIED = """
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $$ BEGIN RETURN NEW; END $$
"""
#: What the owner does, and what is said of it.
TAMPERED = {
    "a function that overloads one of the bank's": (
        "CREATE FUNCTION bank_now(text) RETURNS timestamptz LANGUAGE sql AS 'SELECT now()'",
        ["function bank_now(text): not of this release"],
    ),
    "a trigger disabled": (
        "ALTER TABLE transfers_transfer DISABLE TRIGGER transfers_transfer_stands",
        ["trigger transfers_transfer.transfers_transfer_stands: disabled"],
    ),
    "a trigger for replicas alone": (
        "ALTER TABLE transfers_event ENABLE REPLICA TRIGGER transfers_event_append_only",
        ["trigger transfers_event.transfers_event_append_only: replica"],
    ),
    "a trigger dropped": (
        "DROP TRIGGER kernel_approval_stands ON kernel_approval",
        ["trigger kernel_approval.kernel_approval_stands: missing"],
    ),
    "a trigger of fewer acts": (
        ("DROP TRIGGER transfers_event_append_only ON transfers_event; CREATE TRIGGER transfers_event_append_only "
        "BEFORE TRUNCATE ON transfers_event FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only()"),
        ["trigger transfers_event.transfers_event_append_only: altered"],
    ),
    "a trigger added": (
        "CREATE TRIGGER aaa BEFORE INSERT ON accounts_entry FOR EACH ROW EXECUTE FUNCTION kernel_append_only()",
        ["trigger accounts_entry.aaa: not of this release"],
    ),
    "a function emptied": (
        EMPTIED.format(name="transfers_transfer_stands"),
        ["function transfers_transfer_stands(): altered"],
    ),
    "a function that looks elsewhere": (
        "ALTER FUNCTION kernel_append_only() RESET search_path",
        ["function kernel_append_only(): altered"],
    ),
    "a function of its owner's rights": (
        "ALTER FUNCTION kernel_append_only() SECURITY DEFINER",
        ["function kernel_append_only(): altered", "grant EXECUTE on kernel_append_only() to public: too much"],
    ),
    "a function before the server's": (
        "CREATE FUNCTION lower(varchar) RETURNS text LANGUAGE sql AS 'SELECT $1::text'",
        ["function lower(character varying): not of this release"],
    ),
    "a check dropped": (
        "ALTER TABLE transfers_transfer DROP CONSTRAINT transfer_posted_not_early",
        ["constraint transfers_transfer.transfer_posted_not_early: missing"],
    ),
    "a check not valid": (
        ("ALTER TABLE transfers_transfer DROP CONSTRAINT transfer_amount_above_zero; ALTER TABLE transfers_transfer "
        "ADD CONSTRAINT transfer_amount_above_zero CHECK (amount_fen > 0) NOT VALID"),
        ["constraint transfers_transfer.transfer_amount_above_zero: not valid"],
    ),
    "a check weakened": (
        ("ALTER TABLE transfers_transfer DROP CONSTRAINT transfer_amount_above_zero; ALTER TABLE transfers_transfer "
        "ADD CONSTRAINT transfer_amount_above_zero CHECK (amount_fen > -1)"),
        ["constraint transfers_transfer.transfer_amount_above_zero: altered"],
    ),
    "a column that may be empty": (
        "ALTER TABLE transfers_transfer ALTER COLUMN amount_fen DROP NOT NULL",
        ["column transfers_transfer.amount_fen: missing"],
    ),
    "a primary key dropped": (
        "ALTER TABLE transfers_event DROP CONSTRAINT transfers_event_pkey",
        ["constraint transfers_event.transfers_event_pkey: missing"],
    ),
    "a unique index dropped": (
        "DROP INDEX event_one_outcome_per_transfer",
        ["index transfers_event.event_one_outcome_per_transfer: missing"],
    ),
    "a unique index of fewer rows": (
        ("DROP INDEX cash_count_once; "
        "CREATE UNIQUE INDEX cash_count_once ON accounts_cashcount (id) WHERE id IS NULL"),
        ["index accounts_cashcount.cash_count_once: altered"],
    ),
    "a partition's trigger dropped": (
        "DROP TRIGGER kernel_decision_strays_append_only ON kernel_decision_strays",
        ["trigger kernel_decision_strays.kernel_decision_append_only: missing"],
    ),
    "a partition's trigger disabled": (
        f"ALTER TABLE {THIS} DISABLE TRIGGER {THIS}_append_only",
        [f"trigger {THIS}.kernel_decision_append_only: disabled"],
    ),
    "a rule": (
        "CREATE RULE nothing AS ON INSERT TO transfers_event DO INSTEAD NOTHING",
        ["rule transfers_event.nothing: not of this release"],
    ),
    "rows hidden": (
        "ALTER TABLE accounts_freeze ENABLE ROW LEVEL SECURITY; CREATE POLICY none ON accounts_freeze USING (false)",
        ["policy accounts_freeze.none: not of this release", "table accounts_freeze: altered"],
    ),
    "rows of a table elsewhere": (
        "CREATE TABLE extra () INHERITS (accounts_card)",
        ["child accounts_card.extra: not of this release"],
    ),
    "a partition in another schema": (
        ("CREATE SCHEMA elsewhere; CREATE TABLE elsewhere.old PARTITION OF kernel_decision "
        "FOR VALUES FROM ('ffffffff-0000-0000-0000-000000000000') TO (MAXVALUE)"),
        ["child kernel_decision.elsewhere.old: not of this release"],
    ),
    "triggers asleep in every session": (
        # As a session has it that began after `ALTER SYSTEM`.
        "SET LOCAL session_replication_role = replica",
        ["setting session_replication_role=replica of this session: not the bank's"],
    ),
    "a table dropped": (
        "DROP TABLE kernel_slipprint",
        ["table kernel_slipprint: missing"],
    ),
    "another release": (
        ("UPDATE django_migrations SET name = '0099_later' WHERE id = (SELECT max(id) FROM django_migrations "
        "WHERE app = 'transfers'); ALTER TABLE transfers_transfer DISABLE TRIGGER USER"),
        ["migration transfers.0099_later: not of this release", "migration transfers.{last}: not applied"],
    ),
}  # fmt: skip
#: What may differ from bank to bank.
HARMLESS = {
    "a further index": "CREATE INDEX further ON transfers_transfer (amount_fen)",
    "a function of a pooler": "CREATE FUNCTION user_lookup(text) RETURNS text LANGUAGE sql AS 'SELECT $1'",
    "a further table": "CREATE TABLE further (id int PRIMARY KEY CHECK (id > 0))",
    "a column by another way": "ALTER TABLE accounts_cashcount ALTER COLUMN reason SET STORAGE EXTERNAL",
    "the production clock": clock.PRODUCTION_FUNCTION,
    "a partition less": f"ALTER TABLE kernel_decision DETACH PARTITION {THIS}",
    "a session of other words": "SET LOCAL search_path = pg_temp; SET LOCAL datestyle = 'German'",
}


def do(statements: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statements)


@pytest.mark.django_db
class TestNamedGuards:
    def test_nothing_of_a_database_that_was_migrated(self):
        assert differences() == []

    @pytest.mark.parametrize(("statements", "named"), TAMPERED.values(), ids=TAMPERED)
    def test_each_tampering(self, statements, named):
        last = rows("SELECT name FROM django_migrations WHERE app = 'transfers' ORDER BY id DESC LIMIT 1")[0]["name"]
        do(statements)
        assert differences() == sorted(each.format(last=last) for each in named)

    @pytest.mark.parametrize("statements", HARMLESS.values(), ids=HARMLESS)
    def test_nothing_that_takes_no_guard(self, statements):
        do(statements)
        assert differences() == []

    def test_a_column_that_may_have_been_empty(self):
        do("ALTER TABLE accounts_card ALTER COLUMN product DROP NOT NULL")
        assert differences() == ["column accounts_card.product: missing"]
        if connection.pg_version >= 180000:
            do("ALTER TABLE accounts_card ADD CONSTRAINT c NOT NULL product NOT VALID")
            assert differences() == ["column accounts_card.product: not valid"]

    def test_every_trigger_of_a_table(self):
        do("ALTER TABLE transfers_transfer DISABLE TRIGGER USER")
        count = "SELECT count(*) FROM pg_trigger WHERE tgrelid = 'transfers_transfer'::regclass AND NOT tgisinternal"
        found = differences()
        assert len(found) == rows(count)[0]["count"] > 10
        assert all(each.startswith("trigger transfers_transfer.") and each.endswith(": disabled") for each in found)
        assert f"; and {len(found) - NAMED} more. " in (sentence_of(found) or "")

    def test_a_clock_that_is_neither(self):
        do(clock.PRODUCTION_FUNCTION.replace("clock_timestamp()", "clock_timestamp() - interval '1 day'"))
        assert differences() == ["function bank_now(): altered"]


@pytest.mark.django_db
def test_guards_file_equals_the_migrations():
    """On a difference, run `make guards`."""
    assert guard_lines() == [line.partition("/")[0] for line in FILE.read_text().splitlines()]
    assert clock.sandbox_installed()


def test_make_guards_writes_the_file_that_the_bank_reads():
    assert writer.FILE == FILE


@pytest.mark.django_db(transaction=True)
def test_a_restored_bank_is_guarded_as_before(tmp_path):
    """PostgreSQL prints some guards differently after a restore; each of these has a second digest."""
    file = tmp_path / "bank.dump"
    with scratch_database("guarded", migrated=True):
        assert differences() == []
        dumps.backup(file, str)
    with scratch_database("restored"):
        dumps.restore(file, str)
        # A dump contains no rights: `grant_application`, which follows, revokes this one.
        beyond = "grant TEMPORARY on the database to public: too much"
        assert differences() == [beyond]
        rows("ALTER TABLE accounts_card DISABLE TRIGGER accounts_card_stands")
        assert differences() == ["trigger accounts_card.accounts_card_stands: disabled", beyond]


# --- who says it --------------------------------------------------------------------------------------------------

DISABLED = "ALTER TABLE transfers_event DISABLE TRIGGER transfers_event_append_only"
NAME = "trigger transfers_event.transfers_event_append_only: disabled"


@pytest.mark.django_db
class TestReports:
    def test_the_proof(self):
        do(DISABLED)
        out = StringIO()
        with pytest.raises(SystemExit):
            call_command("reconcile", "--json", stdout=out)
        broken = {each["name"]: each["ids"] for each in json.loads(out.getvalue()) if not each["holds"]}
        assert broken["I80"] == [NAME]

    def test_readyz_as_a_warning_once_a_minute_and_metrics_as_a_number(self, monkeypatch):
        def reported() -> tuple[int, str, bool]:
            ready, metrics = Client().get("/readyz"), Client().get("/metrics").content.decode()
            return ready.status_code, ready.json()["checks"]["guards"], "\nbank_guards_different 1.0\n" in metrics

        now = 1_000.0
        monkeypatch.setattr(guards.time, "monotonic", lambda: now)
        assert reported() == (200, "ok", False)
        do(DISABLED)
        now += 59
        assert reported() == (200, "ok", False)
        now += 2
        status, sentence, measured = reported()
        assert (status, measured) == (200, True)
        assert sentence.startswith(f"warning: Guards of the database differ from those of this release: {NAME}. ")

    def test_a_locked_table_hinders_no_probe(self, monkeypatch, caplog):
        """PostgreSQL prints a constraint under a lock on its table; waiting for it would block page and watcher."""
        now = 1_000.0
        monkeypatch.setattr(guards.time, "monotonic", lambda: now)
        before, watch = time.perf_counter(), GuardWatch()
        with superuser() as other, caplog.at_level(logging.WARNING, logger="bank.guards"):
            other.execute("LOCK TABLE accounts_cashcount IN ACCESS EXCLUSIVE MODE")
            ready, metrics = Client().get("/readyz"), Client().get("/metrics")
            assert (ready.status_code, metrics.status_code) == (200, 200)
            assert ready.json()["checks"]["guards"] == "warning: not asked: LockNotAvailable"
            assert "\nbank_guards_different NaN\n" in (measured := metrics.content.decode())
            assert "\nbank_months_ahead " in measured
            watch.watch()
            now = 1_060.0
            watch.watch()
            assert caplog.messages == ["guards not asked: LockNotAvailable"]
            # Four looks, none of which waits as long as a process of the bank may.
            assert time.perf_counter() - before < 10
            other.rollback()
            # For a minute nothing is asked again, and then it is.
            now = 1_059.0
            assert Client().get("/readyz").json()["checks"]["guards"] == "warning: not asked: LockNotAvailable"
            now = 1_061.0
            assert Client().get("/readyz").json()["checks"]["guards"] == "ok"
            # What was found before counts while nothing can be asked.
            now = 1_122.0
            other.execute("LOCK TABLE accounts_cashcount IN ACCESS EXCLUSIVE MODE")
            assert Client().get("/readyz").json()["checks"]["guards"] == "ok"

    def test_the_check_as_a_warning(self):
        do(DISABLED)
        err = StringIO()
        call_command("check", "--database", "default", stderr=err)
        assert f"(kernel.W014) Guards of the database differ from those of this release: {NAME}." in err.getvalue()

    def test_the_watcher_at_once_and_each_hour(self, monkeypatch, caplog):
        now, watch = 1_000.0, GuardWatch()
        monkeypatch.setattr(guards.time, "monotonic", lambda: now)
        with caplog.at_level(logging.ERROR, logger="bank.guards"):
            watch.watch()
            assert caplog.messages == []
            do(DISABLED)
            now += 3_599
            watch.watch()
            assert caplog.messages == []
            now += 1
            watch.watch()
            assert [NAME in each for each in caplog.messages] == [True]


# --- roles --------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
class TestApplicationRole:
    @pytest.mark.parametrize(
        ("statement", "named"),
        [
            ("GRANT DELETE ON transfers_event TO {role}", "grant DELETE on transfers_event to {role}: too much"),
            ("GRANT DELETE ON transfers_transfer TO {role}", "grant DELETE on transfers_transfer to {role}: too much"),
            ("GRANT UPDATE (kind) ON kernel_decision TO {role}", "grant UPDATE on kernel_decision to {role}: too much"),
            ("GRANT INSERT ON kernel_keymark TO {role}", "grant INSERT on kernel_keymark to {role}: too much"),
            ("GRANT INSERT ON accounts_entry TO {role}", "grant INSERT on accounts_entry to {role}: too much"),
            ("GRANT UPDATE (balance_fen) ON accounts_account TO {role}",
             "grant UPDATE (balance_fen) on accounts_account to {role}: too much"),
            ("GRANT EXECUTE ON FUNCTION accounts_post_cash TO PUBLIC",
             "grant EXECUTE on accounts_post_cash(uuid) to public: too much"),
            ("GRANT TRUNCATE, TRIGGER ON axes_accessattempt TO {role}",
             "grant TRUNCATE, TRIGGER on axes_accessattempt to {role}: too much"),
            ("GRANT INSERT ON kernel_decision_strays TO {role}",
             "grant INSERT on kernel_decision_strays to {role}: too much"),
            ("GRANT SELECT ON accounts_customer TO PUBLIC", "grant SELECT on accounts_customer to public: too much"),
            ("GRANT SELECT ON accounts_customer TO {role} WITH GRANT OPTION",
             "grant of accounts_customer to {role}: may be passed on"),
            ("GRANT UPDATE ON SEQUENCE accounts_entry_id_seq TO {role}",
             "grant UPDATE on sequence accounts_entry_id_seq to {role}: too much"),
            ("GRANT CREATE ON SCHEMA public TO {role}", "grant CREATE on schema public to {role}: too much"),
            ("GRANT TEMPORARY ON DATABASE {database} TO {role}", "grant TEMPORARY on the database to {role}: too much"),
            ("CREATE SCHEMA {role}", "schema {role}: comes before public"),
            ("ALTER ROLE {role} CREATEDB", "role {role}: may make databases"),
            ("GRANT pg_read_server_files TO {role}", "role {role}: member of pg_read_server_files"),
            ("GRANT {owner} TO {role}", "role {role}: member of {owner}"),
            ("CREATE ROLE beside_{role} LOGIN IN ROLE {owner}", "role beside_{role}: member of {owner}"),
            ("CREATE ROLE beside_{role} LOGIN IN ROLE pg_write_all_data", "role beside_{role}: member of pg_write_all_data"),
            ("CREATE ROLE beside_{role} LOGIN CREATEDB IN ROLE {role}", "role beside_{role}: may make databases"),
            ("GRANT EXECUTE ON FUNCTION pg_terminate_backend TO {role}",
             "grant EXECUTE on pg_terminate_backend(integer,bigint) to {role}: too much"),
            ("ALTER ROLE {owner} SET session_replication_role = replica",
             "setting session_replication_role=replica of {owner}: not the bank's"),
            ("ALTER ROLE {role} SET lock_timeout = '500us'", "setting lock_timeout=500us of {role}: not the bank's"),
            ("ALTER ROLE {role} SET statement_timeout = '0x10'", "setting statement_timeout=0x10 of {role}: not the bank's"),
            ("ALTER ROLE {role} SET synchronous_commit = off", "setting synchronous_commit=off of {role}: not the bank's"),
            ("ALTER ROLE {role} SET search_path = pg_temp", "setting search_path=pg_temp of {role}: not the bank's"),
            ("ALTER DATABASE {database} SET session_replication_role = replica",
             "setting session_replication_role=replica of the database: not the bank's"),
        ],
    )  # fmt: skip
    def test_surplus_right_is_named(self, application, statement, named):
        """Roles belong to the whole server: grants are rolled back, so that no other test sees them."""
        names = {
            "role": application,
            "owner": connection.settings_dict["USER"],
            "database": connection.settings_dict["NAME"],
        }
        assert differences() == []
        with working_as("postgres"), transaction.atomic():
            do(statement.format(**names))
            assert differences() == [named.format(**names)]
            transaction.set_rollback(True)

    def test_setting_of_a_role_is_reported_to_role_and_owner(self, application):
        with connected_as(application) as server:
            server.execute(f"ALTER ROLE {application} SET default_transaction_read_only = on")
            server.execute(f"ALTER ROLE {application} SET statement_timeout = '1ms'")
        named = [
            f"setting default_transaction_read_only=on of {application}: not the bank's",
            f"setting statement_timeout=1ms of {application}: not the bank's",
        ]
        assert differences() == named
        with working_as(application):
            assert differences() == named

    def test_harmless_setting_of_a_role_is_permitted(self, application, settings):
        """Behind a pooler the limits of a process are set on the role; this role sets others."""
        settings_of_pgbouncer = ("statement_timeout = '20s'", "lock_timeout = 5000", "timezone = 'Asia/Shanghai'")
        others = ("work_mem = '8MB'", "vacuum_cost_limit = 500", "search_path = public", "idle_session_timeout = 0")
        with superuser() as server:
            for each in (*settings_of_pgbouncer, *others):
                server.execute(f"ALTER ROLE {application} SET {each}")
        assert differences() == []

    def test_rows_on_another_server(self):
        with working_as("postgres"), transaction.atomic():
            do("CREATE FOREIGN DATA WRAPPER none; CREATE SERVER elsewhere FOREIGN DATA WRAPPER none")
            do("CREATE FOREIGN TABLE far () INHERITS (accounts_card) SERVER elsewhere")
            assert differences() == ["child accounts_card.far: not of this release"]
            transaction.set_rollback(True)

    @pytest.mark.parametrize(
        ("thing", "named"),
        [("TABLE accounts_entry", "owner of table accounts_entry: {role}"),
         ("FUNCTION kernel_append_only()", "owner of function kernel_append_only(): {role}")],
    )  # fmt: skip
    def test_another_owner_is_named_to_the_owner_of_the_others(self, application, thing, named):
        owner = connection.settings_dict["USER"]
        with superuser() as server:
            server.execute(f"ALTER {thing} OWNER TO {application}")
        try:
            assert named.format(role=application) in differences()
        finally:
            with superuser() as server:
                server.execute(f"ALTER {thing} OWNER TO {owner}")

    def test_foreign_keys_that_sleep(self):
        """Only a superuser can disable them."""
        with superuser() as server:
            server.execute("ALTER TABLE kernel_apikey DISABLE TRIGGER ALL")
        try:
            found = differences()
        finally:
            with superuser() as server:
                server.execute("ALTER TABLE kernel_apikey ENABLE TRIGGER ALL")
        assert [each for each in found if each.startswith("constraint kernel_apikey.") and each.endswith(": disabled")]
        assert differences() == []
