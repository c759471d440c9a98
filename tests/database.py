"""The test database: what production forbids and a suite needs."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection
from django.db.backends.postgresql.operations import DatabaseOperations

from config.kernel import clock

#: The triggers that refuse TRUNCATE, put to sleep and woken by the tables' owner: the bank's role is no superuser.
TRIGGERS = """
DO $$ DECLARE each record; BEGIN
  FOR each IN SELECT tgrelid::regclass AS place, tgname FROM pg_trigger WHERE NOT tgisinternal AND tgtype & 32 <> 0
  LOOP EXECUTE format('ALTER TABLE %s {verb} TRIGGER %I', each.place, each.tgname); END LOOP;
END $$
"""
#: On a busy machine a vacuum that is asked to give its lock up needs longer than the bank waits for one.
PATIENT = "SET LOCAL lock_timeout = '60s'"
CLOCK_ROW = "INSERT INTO kernel_sandboxclock (id, shift) VALUES (1, interval '0') ON CONFLICT DO NOTHING"


#: What the workers of a run copy: the first that comes migrates it, the others wait.
TEMPLATE = "template_of_tests"
_TEMPLATE_LOCK = 0x746D706C


def migrated_template() -> str:
    """Return the name of a migrated database, made once on the server of a run, for others to be copied from."""
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
    """Let a copy of the template be as that is: what a migration revoked on the database itself is not copied."""
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT has_database_privilege('public', %s, 'TEMPORARY')", [TEMPLATE])
        if not cursor.fetchone()[0]:
            cursor.execute(f'REVOKE TEMPORARY ON DATABASE "{name}" FROM PUBLIC')


def let_flush_pass_append_only_tables() -> None:
    """Flush with triggers asleep: the tables of evidence refuse TRUNCATE while they are awake.

    A flush is one transaction: nobody else ever sees them asleep. It also puts the sandbox clock's row back.
    """
    plain = DatabaseOperations.execute_sql_flush
    if getattr(plain, "passes_append_only", False):
        return

    def execute_sql_flush(self: DatabaseOperations, sql_list: Iterable[str]) -> None:
        name = str(self.connection.settings_dict["NAME"])
        if not name.startswith("test_"):
            raise RuntimeError(f"{name} is no test database")
        asleep, awake = TRIGGERS.replace("{verb}", "DISABLE"), TRIGGERS.replace("{verb}", "ENABLE")
        plain(self, [PATIENT, asleep, *sql_list, awake, CLOCK_ROW])

    execute_sql_flush.passes_append_only = True  # type: ignore[attr-defined]
    DatabaseOperations.execute_sql_flush = execute_sql_flush  # type: ignore[method-assign]


def prepare() -> None:
    """Make a fresh test database fit for the suite."""
    let_flush_pass_append_only_tables()
    clock.install_sandbox()


@contextmanager
def read_only() -> Iterator[Callable[[], None]]:
    """Let every session that begins meanwhile only read, the caller's first of all, as on a standby.

    What it yields ends that before the block does; needs a transactional test.
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
