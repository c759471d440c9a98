"""Separate databases for commands that change a whole database; each is dropped after its test."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection

from tests.database import as_migrated, migrated_template
from tests.processes import ROOT, environment
from tests.servers import OWN_SERVER


class Scratch:
    """A database on the test server for commands and plain SQL."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.url = environment(name)["DATABASE_URL"]

    def ask(self, text: str, *params: Any) -> Any:
        """Run one statement in its own transaction; return the first value of its first row."""
        with psycopg.connect(self.url) as session:
            found = session.execute(text, params or None)
            return found.fetchone()[0] if found.description else None

    def manage(self, *words: str, **more: str) -> tuple[int, str]:
        """Run a management command to its end; return its exit code and its output."""
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=environment(self.name) | more,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout


#: To make a database and to drop one writes a checkpoint first, which takes as long as others have written.
UNHURRIED = "SET statement_timeout = 0"
#: With (FORCE) a role that is no superuser is refused where a vacuum works in the background; a plain DROP DATABASE
#: ends that itself, once no other session is open.
_END_SESSIONS = """
SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity
WHERE datname = %s AND usesysid IS NOT NULL AND backend_type = 'client backend'
"""


def _drop(cursor: Any, name: str) -> None:
    cursor.execute(UNHURRIED)
    cursor.execute(_END_SESSIONS, [name])
    cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')


@contextmanager
def scratch(mark: str, *, migrated: bool = False) -> Iterator[Scratch]:
    """Create an empty or migrated database; drop it afterwards, even with open sessions."""
    name = f"{connection.settings_dict['NAME']}_{mark}"
    # A server that others use as well keeps no copy for us.
    copied = migrated_template() if migrated and OWN_SERVER in os.environ else "template0"
    with connection._nodb_cursor() as cursor:
        _drop(cursor, name)
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE {copied}')
    try:
        place = Scratch(name)
        if copied != "template0":
            as_migrated(name)
        elif migrated:
            code, printed = place.manage("migrate")
            assert code == 0, printed
        yield place
    finally:
        with connection._nodb_cursor() as cursor:
            _drop(cursor, name)
