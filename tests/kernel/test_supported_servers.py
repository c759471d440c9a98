"""PostgreSQL 17 and 18 are supported by `check` and in the documents; 17 has substitutes for functions of 18."""

import os
import re
import subprocess
from datetime import UTC, datetime, timedelta
from uuid import RFC_4122, UUID

import pytest
from django.db import connection, connections

from config.kernel.database.sql import rows
from config.kernel.integrity.checks import SERVERS, server_is_supported
from config.stack.postgres import binaries
from tests.architecture.house import ROOT
from tests.servers import OWN_SERVER

NAMED = re.compile("PostgreSQL " + " (or|and) ".join(map(str, SERVERS)))


def time_of(made: UUID) -> datetime:
    """Return the millisecond in which an id was created."""
    return datetime.fromtimestamp((made.int >> 80) / 1000, UTC)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("version", "codes"),
    [(160009, ["kernel.E003"]), (170000, []), (180006, []), (190000, ["kernel.W003"])],
)
def test_an_older_server_is_refused_and_a_newer_one_is_named(monkeypatch, version, codes):
    monkeypatch.setitem(connections["default"].__dict__, "pg_version", version)
    checked = server_is_supported(databases=["default"])
    assert [each.id for each in checked] == codes
    assert all(f"PostgreSQL {version // 10000}" in each.msg and "17 or 18" in each.msg for each in checked)


def test_no_database_is_asked_that_is_not_checked():
    assert server_is_supported(databases=None) == []


@pytest.mark.skipif(OWN_SERVER not in os.environ, reason="the run has another's server")
def test_tests_run_on_the_named_server_version(db):
    version = subprocess.run([binaries() / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    assert f" {connection.pg_version // 10000}." in version
    assert server_is_supported(databases=["default"]) == []


def test_ids_that_sql_makes_are_ordered_by_time_on_a_server_that_makes_none(db):
    """Called in the schema `public`: on PostgreSQL 18 the server's own function would be used."""
    (before,) = rows("SELECT clock_timestamp() AS at")
    ids = [made["id"] for made in rows("SELECT public.uuidv7() AS id FROM generate_series(1, 5000)")]
    (after,) = rows("SELECT clock_timestamp() AS at")
    assert {(each.version, each.variant) for each in ids} == {(7, RFC_4122)}
    assert len({each.int & (1 << 62) - 1 for each in ids}) == len(ids)
    assert ids == sorted(ids)
    assert before["at"] - timedelta(milliseconds=1) <= time_of(ids[0])
    assert time_of(ids[-1]) <= after["at"]


def test_an_id_of_another_instant(db):
    shift = timedelta(days=-400, milliseconds=-7)
    (made,) = rows("SELECT public.uuidv7(%s) AS id, clock_timestamp() AS at", [shift])
    assert abs(time_of(made["id"]) - made["at"] - shift) < timedelta(seconds=1)


@pytest.mark.parametrize("document", ["README.md", "docs/install.md", "CHANGELOG.md"])
def test_documents_name_the_servers_that_are_supported(document):
    assert NAMED.search((ROOT / document).read_text())


def test_containers_and_ci_run_supported_servers():
    (image,) = re.findall(r"image: postgres:(\d+)", (ROOT / "compose.yaml").read_text())
    assert int(image) in SERVERS
    assert f"postgresql-{SERVERS[0]}" in (ROOT / ".ci" / "run").read_text()
