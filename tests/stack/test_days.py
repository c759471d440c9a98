"""Code that uses the real date works at the end of a month, of a year and in a leap year."""

import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
#: Months are closed, pages read, papers dated and a bank seeded by the real day. Without tests of threads: under another clock
#: their waits do not end.
BY_THE_DAY = (
    "tests/kernel/test_months_closing.py",
    "tests/kernel/test_trail.py",
    "tests/desk/test_audit.py",
    "tests/desk/test_certificates.py",
    "tests/blacklist/test_imports.py",
    "tests/journeys/test_seed_bank.py",
)
ALONE = "not during_reads_and_writes and not waits_for_readers and not waits_for_a_reader"
#: What tells a run its servers.
INHERITED = {"DATABASE_URL", "REDIS_URL", "BANK_TESTS_OWN_SERVER"}


@pytest.mark.skipif(shutil.which("faketime") is None, reason="needs faketime")
@pytest.mark.parametrize("day", ["2026-12-31", "2027-01-01", "2028-02-29"])
def test_code_using_the_real_date_works_on_turning_days(day):
    options = ("-n0", "-q", "-p", "no:cacheprovider", "-k", ALONE)
    # By a distance: every process is as far from the real clock.
    distance = datetime.fromisoformat(f"{day}T12:00:00+08:00") - datetime.now(UTC)
    command = [
        "faketime",
        "-f",
        f"{distance.total_seconds():+.0f}s",
        sys.executable,
        "-m",
        "pytest",
        *options,
        *BY_THE_DAY,
    ]
    environment = {
        name: value for name, value in os.environ.items() if name not in INHERITED and not name.startswith("PYTEST_")
    }
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=540)
    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout
