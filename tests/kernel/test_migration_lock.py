"""Two hosts that migrate one database at the same time do it one after the other."""

import subprocess
import sys

import psycopg
import pytest

from config.kernel.management.commands.migrate import ALONE
from tests.processes import ROOT, environment
from tests.scratch import scratch

pytestmark = pytest.mark.django_db


def test_two_concurrent_migrations_run_once():
    words = [sys.executable, "manage.py", "migrate", "kernel"]
    with scratch("two") as place:
        with psycopg.connect(place.url, autocommit=True) as third:
            third.execute("SELECT pg_advisory_lock(%s)", [ALONE])
            two = [
                subprocess.Popen(
                    words, cwd=ROOT, env=environment(place.name), text=True,
                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                )
                for _ in range(2)
            ]  # fmt: skip
            try:
                for each in two:
                    assert "waiting" in each.stdout.readline()
                assert place.ask("SELECT to_regclass('kernel_decision')") is None
            except BaseException:
                for each in two:
                    each.kill()
                raise
        printed = [each.communicate(timeout=240)[0] for each in two]
        assert [each.returncode for each in two] == [0, 0], printed
        assert sorted("No migrations to apply" in each for each in printed) == [False, True], printed


def test_migration_without_changes_waits_for_no_lock():
    with scratch("plan", migrated=True) as place, psycopg.connect(place.url, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [ALONE])
        code, printed = place.manage("migrate", "--check")
        assert (code, "waiting" in printed) == (0, False), printed
