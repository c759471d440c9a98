"""A second attempt fails the run unless the test depends on other processes; a hanging test ends as a failure."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from config.kernel.database.sql import Statement
from tests import database, limits
from tests.races import other_transaction

ROOT = Path(__file__).resolve().parents[2]
SECOND_PASSES = """
tried = []

def test_at_the_second_attempt():
    tried.append(1)
    assert len(tried) == 2, "the first attempt"
"""
#: Hangs in the test, in what is cleared afterwards, and in a thread that no process ends with.
HANGS = """
import threading
import pytest

@pytest.fixture
def pool():
    never = threading.Event()
    thread = threading.Thread(target=never.wait)
    thread.start()
    yield never
    thread.join()

@pytest.mark.timeout(1)
def test_that_hangs(pool):
    pool.wait()

def test_that_comes_after():
    pass
"""


def run(place: Path, source: str, directory: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a test file in a directory with this plugin only."""
    (place / directory).mkdir()
    (place / directory / "test_it.py").write_text(source)
    (place / "pytest.ini").write_text("[pytest]\ntimeout_method = signal\n")
    plugins = (
        "-p",
        "tests.limits",
        "-p",
        "no:django",
        "-p",
        "no:randomly",
        "-p",
        "no:schemathesis",
        "-p",
        "no:cacheprovider",
    )
    command = [sys.executable, "-m", "pytest", "-c", "pytest.ini", "--rootdir=.", *plugins, *words, directory]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "DJANGO_"))}
    return subprocess.run(
        command, cwd=place, env=environment | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
        timeout=120,
    )  # fmt: skip


@pytest.mark.parametrize("processes", ["-n0", "-n1"])
def test_a_second_attempt_passes_in_tests_of_servers_and_fails_the_run_elsewhere(tmp_path, processes):
    servers = run(tmp_path, SECOND_PASSES, "stack", processes)
    assert (servers.returncode, "1 passed, 1 rerun" in servers.stdout) == (0, True), servers.stdout
    once = run(tmp_path, SECOND_PASSES, "accounts", processes)
    assert (once.returncode, "1 failed" in once.stdout) == (1, True), once.stdout
    again = run(tmp_path, SECOND_PASSES, "transfers", processes, "--reruns=1")
    assert (again.returncode, "1 passed, 1 rerun" in again.stdout) == (1, True), again.stdout
    assert "AssertionError: the first attempt" in again.stdout
    assert "A test outside tests/browser, tests/faults, tests/stack was run again." in again.stdout


@pytest.mark.parametrize("processes", ["-n0", "-n1"])
def test_no_test_elsewhere_is_marked_flaky(tmp_path, processes):
    marked = "import pytest\npytestmark = pytest.mark.flaky(reruns=1)\n" + SECOND_PASSES
    done = run(tmp_path, marked, "transfers", processes)
    assert done.returncode == 1, done.stdout
    assert "may be marked flaky" in done.stdout


@pytest.mark.parametrize("processes", ["-n0", "-n1"])
def test_a_test_that_hangs_fails_with_its_traceback_and_the_next_is_run(tmp_path, processes):
    done = run(tmp_path, HANGS, "transfers", processes)
    assert done.returncode == 1, done.stdout
    assert "Timeout (>1.0s) from pytest-timeout." in done.stdout
    assert "pool.wait()" in done.stdout
    assert "1 failed, 1 passed, 1 error" in done.stdout


def test_every_test_has_a_limit(request):
    assert all(item.get_closest_marker("timeout") for item in request.session.items)
    assert limits.seconds("accounts") == limits.ORDINARY_SECONDS < limits.seconds("stack")


def test_a_session_that_hangs_keeps_one_test_waiting_only(transactional_db, monkeypatch):
    monkeypatch.setattr(database, "PATIENCE", 0)
    with other_transaction(Statement("LOCK TABLE kernel_decision IN ACCESS EXCLUSIVE MODE", [])):
        with pytest.raises(CommandError):
            call_command("flush", interactive=False)
        call_command("flush", interactive=False)
