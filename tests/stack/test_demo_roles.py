"""A demo runs under a role that owns no table; acts of the owner run separately."""

import subprocess
import sys

import psycopg
import pytest

from config.stack import state
from config.stack.demo import ROOT
from config.stack.postgres import APPLICATION, ROLE
from config.stack.process import wait_until
from tests.processes import free_port, python, running

SESSIONS = "SELECT DISTINCT usename FROM pg_stat_activity WHERE datname = 'bank' AND pid <> pg_backend_pid()"


def manage(environment: dict[str, str], *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def test_a_demo_works_under_a_role_that_owns_nothing(tmp_path):
    place = tmp_path / "demo"
    words = {
        "STATE_DIR": str(place),
        "PORT": str(free_port()),
        "DATABASE_URL": "",
        "REDIS_URL": "",
        "DEMO_WITHOUT": "day",
    }
    demo = python("demo", "-m", "config.stack", "demo", log=tmp_path, **words)
    demo.stop_seconds = 30
    with running(demo):
        try:
            assert wait_until(lambda: "  Stop " in demo.tail(50) or not demo.alive(), seconds=180), demo.tail(50)
            assert demo.alive(), demo.tail(50)
            bank, owner = (state.read_shell_lines(place / name) for name in (state.ENVIRONMENT, state.OWNER))
            assert f"//{APPLICATION}@" in bank["DATABASE_URL"]
            with psycopg.connect(owner["DATABASE_URL"]) as session:
                assert session.execute(SESSIONS).fetchall() == [(APPLICATION,)]
                assert session.execute("SELECT current_user").fetchone() == (ROLE,)
            with psycopg.connect(bank["DATABASE_URL"]) as session:
                for refused in (
                    "ALTER TABLE kernel_decision DISABLE TRIGGER USER",
                    "SET session_replication_role = replica",
                    "DELETE FROM kernel_decision",
                ):
                    with pytest.raises(psycopg.errors.InsufficientPrivilege), session.transaction():
                        session.execute(refused)
            # The owner acts while the bank is open.
            checked = manage(owner, "manage.py", "reseal", "--check")
            assert (checked.returncode, checked.stderr) == (0, "")
            assert "accounts_customer.name" in checked.stdout
        finally:
            demo.stop()
    assert not (place / state.OWNER).exists()
