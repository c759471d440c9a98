"""A demo works under a role that owns nothing; one of an older version gets that role at its next start, and loses nothing."""

import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from config.stack import state
from config.stack.demo import ROOT
from config.stack.postgres import APPLICATION, ROLE, Postgres
from config.stack.process import wait_until
from config.stack.valkey import Valkey
from tests.processes import free_port, python, running

KEPT = "SELECT (SELECT array_agg(id::text ORDER BY id) FROM accounts_customer), (SELECT count(*) FROM kernel_decision)"
SESSIONS = "SELECT DISTINCT usename FROM pg_stat_activity WHERE datname = 'bank' AND pid <> pg_backend_pid()"


def manage(environment: dict[str, str], *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture
def older(tmp_path) -> tuple[Path, tuple]:
    """The state of a demo with one role, which owns the tables and serves; and what is in its bank."""
    place = tmp_path / "demo"
    server = Postgres(place)
    server.launch()
    try:
        server.wait_ready()
        server.create_database()
        with Valkey(place) as broker:
            environment = {
                "DJANGO_SETTINGS_MODULE": "config.settings.local",
                "SANDBOX": "1",
                "DATABASE_URL": server.url,
                "REDIS_URL": broker.url,
                **state.secret_environment(place),
            }
            done = manage(environment, "-m", "config.stack.prepare", str(place / state.KEYS), "no-day")
        assert done.returncode == 0, done.stderr
        with psycopg.connect(server.url) as session:
            assert session.execute("SELECT to_regrole(%s)", [APPLICATION]).fetchone() == (None,)
            kept = session.execute(KEPT).fetchone()
    finally:
        server.stop()
    return place, kept


def test_an_older_demo_goes_on_under_a_role_that_owns_nothing(older, tmp_path):
    place, before = older
    assert before[0]
    words = {"STATE_DIR": str(place), "PORT": str(free_port()), "DATABASE_URL": "", "REDIS_URL": ""}
    demo = python("demo", "-m", "config.stack", "demo", log=tmp_path, **words)
    demo.stop_seconds = 30
    with running(demo):
        try:
            assert wait_until(lambda: "  Stop " in demo.tail(50) or not demo.alive(), seconds=180), demo.tail(50)
            assert demo.alive(), demo.tail(50)
            bank, owner = (state.read_shell_lines(place / name) for name in (state.ENVIRONMENT, state.OWNER))
            assert f"//{APPLICATION}@" in bank["DATABASE_URL"]
            with psycopg.connect(owner["DATABASE_URL"]) as session:
                assert session.execute(KEPT).fetchone() == before
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
            # What the owner does is done beside the open bank.
            checked = manage(owner, "manage.py", "reseal", "--check")
            assert (checked.returncode, checked.stderr) == (0, "")
            assert "accounts_customer.name" in checked.stdout
        finally:
            demo.stop()
    assert not (place / state.OWNER).exists()
