"""Roles of the test server besides the one that owns the tables."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.core.management import call_command
from django.db import connection

from tests.processes import environment


def superuser() -> psycopg.Connection:
    """Return a connection as the role that made the tests' server: the bank's own makes no roles."""
    place = connection.settings_dict
    return psycopg.connect(host=place["HOST"], port=place["PORT"] or None, user="postgres", dbname=place["NAME"])


@contextmanager
def role(mark: str) -> Iterator[str]:
    """Make a role of this test database that may sign in, and take it away with what it was granted."""
    name = f"{mark}_of_{connection.settings_dict['NAME']}"
    with superuser() as server:
        server.execute(f"CREATE ROLE {name} LOGIN")
    try:
        yield name
    finally:
        with superuser() as server:
            server.execute(f"DROP OWNED BY {name}; DROP ROLE {name}")


@contextmanager
def application_role() -> Iterator[str]:
    """Make a role that holds the application's grants and nothing else."""
    with role("application") as name:
        call_command("grant_application", name)
        yield name


def as_role(name: str) -> str:
    """Return the address of this test's database for another role."""
    owner = connection.settings_dict["USER"]
    return environment()["DATABASE_URL"].replace(f"//{owner}", f"//{name}", 1)


@contextmanager
def connected_as(name: str) -> Iterator[psycopg.Connection]:
    """Work on this test's database as a role."""
    place = connection.settings_dict
    with psycopg.connect(host=place["HOST"], port=place["PORT"] or None, user=name, dbname=place["NAME"]) as server:
        yield server
