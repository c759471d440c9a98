"""PostgreSQL 17 and 18 are supported: `check` says so, the documents say the same, and 17 has what only 18 brings."""

import os
import re
import subprocess

import pytest
from django.db import connection, connections

from config.kernel.checks import SERVERS, server_is_supported
from config.stack.postgres import binaries
from tests.architecture.house import ROOT
from tests.servers import OWN_SERVER

NAMED = "PostgreSQL " + " or ".join(map(str, SERVERS))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("version", "found"),
    [(160009, ["kernel.E003"]), (170000, []), (180006, []), (190000, ["kernel.W003"])],
)
def test_an_older_server_is_refused_and_a_newer_one_is_named(monkeypatch, version, found):
    monkeypatch.setitem(connections["default"].__dict__, "pg_version", version)
    checked = server_is_supported(databases=["default"])
    assert [each.id for each in checked] == found
    assert all(f"PostgreSQL {version // 10000}" in each.msg and "17 or 18" in each.msg for each in checked)


def test_no_database_is_asked_that_is_not_checked():
    assert server_is_supported(databases=None) == []


@pytest.mark.skipif(OWN_SERVER not in os.environ, reason="the run has another's server")
def test_the_run_is_on_the_server_whose_programs_are_named(db):
    told = subprocess.run([binaries() / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    assert f" {connection.pg_version // 10000}." in told
    assert server_is_supported(databases=["default"]) == []


@pytest.mark.parametrize("document", ["README.md", "docs/operating.md", "CHANGELOG.md"])
def test_documents_name_the_servers_that_are_supported(document):
    assert NAMED in (ROOT / document).read_text()


def test_containers_and_ci_run_supported_servers():
    (image,) = re.findall(r"image: postgres:(\d+)", (ROOT / "compose.yaml").read_text())
    assert int(image) in SERVERS
    assert f"postgresql-{SERVERS[0]}" in (ROOT / ".ci" / "run").read_text()
