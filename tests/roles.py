"""Database roles for tests besides the owner of the tables."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
from django.core.management import call_command
from django.db import connection
from psycopg import sql

from config.kernel.database.sql import rows
from tests.processes import environment


def superuser() -> psycopg.Connection:
    """Return a connection of the test server's superuser, because the bank's role cannot create roles."""
    place = connection.settings_dict
    return psycopg.connect(host=place["HOST"], port=place["PORT"] or None, user="postgres", dbname=place["NAME"])


@contextmanager
def role(mark: str) -> Iterator[str]:
    """Create a role that may connect to this test database; drop it with its grants afterwards."""
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
    """Create a role with the application's grants only."""
    with role("application") as name:
        call_command("grant_application", name)
        yield name


_granted: dict[str, int] = {}


def refresh_grants(name: str) -> None:
    """Give a role the application's grants if it has none or a table is new, because some tests migrate."""
    newest = int(
        rows("SELECT max(oid::bigint) AS oid FROM pg_class WHERE relnamespace = 'public'::regnamespace")[0]["oid"]
    )
    if _granted.get(name) != newest:
        # On a connection of its own: this one may be within a test's transaction.
        with ThreadPoolExecutor(1) as aside:
            aside.submit(_grant, name).result()
        _granted[name] = newest


def _grant(name: str) -> None:
    try:
        call_command("grant_application", name)
    finally:
        connection.close()


@contextmanager
def working_as(name: str) -> Iterator[None]:
    """Let the connections of this test, its threads and its processes use a role.

    The owner of the tables must be a member of the role; open sessions stay the owner's, so that `as_owner` can
    return to it.
    """
    place = connection.settings_dict
    options = place["OPTIONS"]["options"]
    place["OPTIONS"]["options"] = f"{options} -c role={name}"
    place["TEST"]["ROLE"] = name
    try:
        if connection.connection is not None:
            _set_role(name)
        yield
    finally:
        place["OPTIONS"]["options"] = options
        del place["TEST"]["ROLE"]
        # Within a test's transaction its end undoes this as well.
        if connection.connection is not None and not connection.in_atomic_block:
            _set_role("none")


@contextmanager
def as_owner() -> Iterator[None]:
    """Run the block as the owner of the tables, for setup that the application cannot do."""
    name = connection.settings_dict["TEST"].get("ROLE")
    if name is None:
        yield
        return
    _set_role("none")
    try:
        yield
    except BaseException:
        # The end of a transaction undoes the change of role as well.
        if not connection.in_atomic_block:
            _set_role(name)
        raise
    _set_role(name)


def _set_role(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(name)))


def as_role(name: str) -> str:
    """Return the URL of this test's database for another role."""
    owner = connection.settings_dict["USER"]
    return environment()["DATABASE_URL"].replace(f"//{owner}", f"//{name}", 1)


@contextmanager
def connected_as(name: str) -> Iterator[psycopg.Connection]:
    """Connect to this test's database as a role."""
    place = connection.settings_dict
    with psycopg.connect(host=place["HOST"], port=place["PORT"] or None, user=name, dbname=place["NAME"]) as server:
        yield server
