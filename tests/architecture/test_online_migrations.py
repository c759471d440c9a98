"""No migration after an app's first one blocks writers of a growing table."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader

from config.kernel.schema import online_ddl
from config.kernel.schema.online_ddl import AddCheck, AddColumn, MakeTable, OnlineSQL
from config.kernel.schema.sql_files import ChangeSQL

APPS = ("kernel", "blacklist", "accounts", "transfers")
#: A row of these is a person, a machine, a key, a bank, an account that police have named: few, and written to seldom.
SMALL = {
    "accounts_internalaccount",
    "blacklist_caseaccount",
    "kernel_apikey",
    "kernel_principal",
    "kernel_sandboxclock",
}

_INDEX = re.compile(
    r"\bCREATE\s+(?:UNIQUE\s+)?INDEX\s+(?!\s*CONCURRENTLY\b).*?\bON\s+(?:ONLY\s+)?(?:public\.)?\"?(\w+)",
    re.IGNORECASE | re.DOTALL,
)
_TABLE = re.compile(
    r"\bALTER\s+TABLE\s+(?:IF\s+EXISTS\s+)?(?:ONLY\s+)?\"?(\w+)\"?(.*?)(?:;|$)", re.IGNORECASE | re.DOTALL
)
_CONSTRAINT = re.compile(r"\bADD\s+(?:CONSTRAINT|UNIQUE|PRIMARY\s+KEY|CHECK|FOREIGN\s+KEY|EXCLUDE)\b", re.IGNORECASE)
_MADE = re.compile(r"\bCREATE\s+(?:UNLOGGED\s+)?TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?(?:public\.)?\"?(\w+)", re.IGNORECASE)
_CHEAP = re.compile(r"\bNOT\s+VALID\b|\bUSING\s+INDEX\b", re.IGNORECASE)


def operations_of(operations: list[Any]) -> Iterator[Any]:
    for each in operations:
        if isinstance(each, migrations.SeparateDatabaseAndState):
            yield from operations_of(each.database_operations)
        else:
            yield each


def locks_for_long(operations: list[Any]) -> list[str]:
    """Return the operations that, outside a transaction, wait for a lock as long as any session of the bank may."""
    ours = [each for each in vars(online_ddl).values() if getattr(each, "__module__", "") == online_ddl.__name__]
    kinds = (ChangeSQL, migrations.RunPython, *(each for each in ours if isinstance(each, type)))
    return [type(each).__name__ for each in operations_of(operations) if not isinstance(each, kinds)]


def tables_of(app: str, operations: list[Any]) -> set[str]:
    """Return the tables that a migration in one transaction changes; those that it makes itself aside."""
    tables, made = set(), set()
    for each in operations_of(operations):
        if isinstance(each, migrations.CreateModel):
            made.add(f"{app}_{each.name_lower}")
            fields = [field for _, field in each.fields if field.is_relation and getattr(field, "db_constraint", True)]
            tables |= {str(field.remote_field.model).lower().replace(".", "_") for field in fields}
        elif name := getattr(each, "model_name", None):
            tables.add(f"{app}_{name.lower()}")
        elif isinstance(each, migrations.RunSQL):
            text = each.sql if isinstance(each.sql, str) else ";\n".join(map(str, each.sql))
            tables |= {place for place, _ in _TABLE.findall(text)}
    return tables - made


def later_migrations() -> list[Any]:
    disk = MigrationLoader(None).disk_migrations
    return [each for (app, _), each in sorted(disk.items()) if app in APPS and not each.initial]


def reads_rows(operation: Any) -> bool:
    """Return whether an operation reads a whole table while writes are blocked."""
    match operation:
        case AddIndexConcurrently() | AddCheck() | AddConstraintNotValid():
            return False
        case migrations.AddIndex() | migrations.AddConstraint():
            return True
        case migrations.AddField():
            return operation.field.unique or operation.field.db_index
    return False


def blocked_by(app: str, operations: list[Any]) -> set[str]:
    """Return the existing tables whose writers are blocked while rows are read."""
    blocked, made = set(), set()
    for each in operations_of(operations):
        if isinstance(each, migrations.CreateModel):
            made.add(f"{app}_{each.name_lower}")
        elif reads_rows(each):
            blocked.add(f"{app}_{each.model_name_lower}")
        elif isinstance(each, migrations.RunSQL):
            blocked |= blocked_by_sql(each.sql)
    return blocked - made - SMALL


def blocked_by_sql(sql: str | list[Any]) -> set[str]:
    text = sql if isinstance(sql, str) else ";\n".join(each if isinstance(each, str) else each[0] for each in sql)
    tables = {
        place for place, change in _TABLE.findall(text) if _CONSTRAINT.search(change) and not _CHEAP.search(change)
    }
    return (tables | set(_INDEX.findall(text))) - set(_MADE.findall(text))


@pytest.mark.parametrize("migration", later_migrations(), ids=str)
def test_no_migration_blocks_writers(migration):
    assert blocked_by(migration.app_label, migration.operations) == set()
    validates = any(isinstance(each, AddCheck) for each in operations_of(migration.operations))
    # What is validated in the transaction that added it is read under the lock of the adding.
    assert not (validates and migration.atomic)


@pytest.mark.parametrize("migration", later_migrations(), ids=str)
def test_a_later_migration_locks_one_table_at_a_time_and_briefly(migration):
    if migration.atomic:
        assert len(tables_of(migration.app_label, migration.operations)) <= 1
    else:
        assert locks_for_long(migration.operations) == []


NOTE = models.CharField(max_length=10, db_default="")


def test_migration_with_two_locked_tables_or_a_long_lock_is_found():
    column, plain = AddColumn("card", "note", NOTE), migrations.AddField("account", "note", NOTE)
    sql = "ALTER TABLE accounts_card ADD a int"
    key = ("card", models.ForeignKey("accounts.card", models.PROTECT))
    assert locks_for_long([column, plain, migrations.RunSQL(sql), OnlineSQL(sql), ChangeSQL("cards", 2)]) == [
        "AddField",
        "RunSQL",
    ]
    assert tables_of("accounts", [plain, migrations.RunSQL(sql)]) == {"accounts_account", "accounts_card"}
    assert tables_of("accounts", [migrations.CreateModel("Note", [key]), AddColumn("note", "more", NOTE)]) == {
        "accounts_card"
    }
    assert locks_for_long([MakeTable("Note", [key])]) == []


@pytest.mark.parametrize(
    ("sql", "tables"),
    [
        ("CREATE INDEX a ON transfers_event (code)", {"transfers_event"}),
        ('create unique index a on "transfers_event" (code)', {"transfers_event"}),
        ("CREATE INDEX CONCURRENTLY a ON transfers_event (code)", set()),
        ("CREATE TABLE IF NOT EXISTS public.b (c int); CREATE INDEX d ON public.b (c)", set()),
        ("ALTER TABLE accounts_card ADD CONSTRAINT a CHECK (true)", {"accounts_card"}),
        ("ALTER TABLE accounts_card ADD CONSTRAINT a CHECK (true) NOT VALID", set()),
        ("ALTER TABLE accounts_card ADD CONSTRAINT a UNIQUE USING INDEX a", set()),
        (
            "ALTER TABLE accounts_card ADD COLUMN a text; ALTER TABLE kernel_decision ADD UNIQUE (at)",
            {"kernel_decision"},
        ),
        (["ALTER TABLE accounts_card ADD CONSTRAINT a CHECK (true) NOT VALID", "CREATE INDEX b ON b (b)"], {"b"}),
    ],
)
def test_the_words_of_a_statement_tell(sql, tables):
    assert blocked_by_sql(sql) == tables
