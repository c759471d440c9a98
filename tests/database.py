"""Settings of the test database that production forbids and the suite needs."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.commands import flush
from django.db import OperationalError, connection, transaction
from django.db.backends.postgresql.operations import DatabaseOperations
from django.test.utils import CaptureQueriesContext
from psycopg.errors import DeadlockDetected, LockNotAvailable

from config.kernel.database import clock
from config.kernel.database.sql import rows
from tests.roles import superuser

#: Who still writes, a request of a page that was closed, is waited for. Nothing is left by which plans are chosen: no pages
#: of what was large, no count of rows.
EMPTY = """
DO $$ DECLARE places regclass[]; each regclass; filled boolean; BEGIN
  SET LOCAL ROLE NONE;
  SET LOCAL lock_timeout = '200ms';
  SET LOCAL session_replication_role = replica;
  SELECT array_agg(oid ORDER BY relname) INTO places FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
      AND relname NOT IN ('django_migrations', 'django_content_type', 'auth_permission');
  FOREACH each IN ARRAY places LOOP
    EXECUTE format('LOCK TABLE %s IN SHARE MODE', each);
  END LOOP;
  -- PostgreSQL 17 has no way to forget a count.
  IF current_setting('server_version_num')::int < 180000
     OR EXISTS (SELECT FROM unnest(places) place WHERE pg_relation_size(place) > 262144) THEN
    EXECUTE 'TRUNCATE ' || array_to_string(places, ', ');
    RETURN;
  END IF;
  FOREACH each IN ARRAY places LOOP
    EXECUTE format('SELECT EXISTS (SELECT FROM %s)', each) INTO filled;
    IF filled THEN EXECUTE format('DELETE FROM %s', each); END IF;
  END LOOP;
  PERFORM pg_clear_relation_stats('public', relname::text) FROM pg_class WHERE oid = ANY(places) AND reltuples >= 0;
END $$
"""
PATIENCE = 60
MARK_ROW = "INSERT INTO kernel_keymark (id, kind, key_id, mark, made_at) VALUES (%s, %s, %s, %s, %s)"
CLOCK_ROW = "INSERT INTO kernel_sandboxclock (id, shift) VALUES (1, interval '0') ON CONFLICT DO NOTHING"


#: What the workers of a run copy: the first that comes migrates it, the others wait.
TEMPLATE = "template_of_tests"
_TEMPLATE_LOCK = 0x746D706C


def migrated_template() -> str:
    """Return the name of a migrated database, created once per server, from which others are copied."""
    with connection._nodb_cursor() as cursor:
        cursor.execute("SET statement_timeout = 0; SET lock_timeout = 0")
        cursor.execute("SELECT pg_advisory_lock(%s)", [_TEMPLATE_LOCK])
        cursor.execute("SELECT FROM pg_database WHERE datname = %s", [TEMPLATE])
        if cursor.fetchone() is None:
            cursor.execute(f"CREATE DATABASE {TEMPLATE}_begun")
            url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{TEMPLATE}_begun").geturl()
            migrate = [sys.executable, str(settings.BASE_DIR / "manage.py"), "migrate", "--verbosity=0"]
            subprocess.run(migrate, env=os.environ | {"DATABASE_URL": url}, check=True, timeout=600)
            cursor.execute(f"ALTER DATABASE {TEMPLATE}_begun RENAME TO {TEMPLATE}")
    return TEMPLATE


def as_migrated(name: str) -> None:
    """Apply to a copy what the template database itself has revoked, because copies do not include it."""
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT has_database_privilege('public', %s, 'TEMPORARY')", [TEMPLATE])
        if not cursor.fetchone()[0]:
            cursor.execute(f'REVOKE TEMPORARY ON DATABASE "{name}" FROM PUBLIC')


def let_flush_delete() -> None:
    """Flush with DELETE where there are rows, because TRUNCATE creates new files for each table and index.

    Large tables are still truncated. Triggers, also those of the evidence tables, are disabled in that
    transaction only. Rows that `migrate` writes are kept: content types, permissions, key marks, and the sandbox
    clock's row.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, kind, key_id, mark, made_at FROM kernel_keymark")
        marks = cursor.fetchall()

    def execute_sql_flush(self: DatabaseOperations, sql_list: Iterable[str]) -> None:
        name = str(self.connection.settings_dict["NAME"])
        if not name.startswith("test_"):
            raise RuntimeError(f"{name} is no test database")
        ends = time.monotonic() + PATIENCE
        while True:
            try:
                with transaction.atomic(using=self.connection.alias), self.connection.cursor() as cursor:
                    cursor.execute(EMPTY)
                    cursor.execute(CLOCK_ROW)
                    cursor.executemany(MARK_ROW, marks)
                return
            except OperationalError as busy:
                # Given up soon and begun again, so that who is waited for never waits for this one.
                if not isinstance(busy.__cause__, LockNotAvailable | DeadlockDetected):
                    raise
                if time.monotonic() > ends:
                    end_other_sessions()
                    raise

    DatabaseOperations.execute_sql_flush = execute_sql_flush  # type: ignore[method-assign]
    # It creates only content types and permissions, which are not emptied, and the marks.
    flush.emit_post_migrate_signal = lambda *_: None  # type: ignore[assignment]


def end_other_sessions() -> None:
    """End the sessions of a hanging thread in the test database, for which later tests would wait."""
    others = """
        SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
        WHERE datname = current_database() AND pid NOT IN (pg_backend_pid(), %s) AND backend_type = 'client backend'
    """
    with superuser() as server:
        server.execute(others, [rows("SELECT pg_backend_pid() AS pid")[0]["pid"]])


def prepare() -> None:
    """Prepare a new test database for the suite."""
    let_flush_delete()
    clock.install_sandbox()


@contextmanager
def read_only() -> Iterator[Callable[[], None]]:
    """Make every new session read-only, the caller's first, as on a standby.

    The yielded function ends this before the block ends; needs a transactional test.
    """
    own = connection.copy()
    name = own.ops.quote_name(own.settings_dict["NAME"])

    def set_to(value: str) -> None:
        with own.cursor() as cursor:
            cursor.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = {value}")

    set_to("on")
    connection.close()
    try:
        yield lambda: set_to("off")
    finally:
        with own.cursor() as cursor:
            cursor.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
        own.close()
        connection.close()


def queries_of(call: Callable[[], object]) -> int:
    """Return the number of statements that a call sends; a request must be answered with a page."""
    with CaptureQueriesContext(connection) as sent:
        answer = call()
    assert getattr(answer, "status_code", 200) == 200
    return len(sent)
