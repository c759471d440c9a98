"""A run prints at its end the slowest tests and each folder's share of the time."""

import re

import pytest

from tests.architecture.test_limits import run

SLOW_AND_FAST = """
import time
import pytest

@pytest.fixture
def slow():
    time.sleep(0.3)

def test_with_a_slow_setup(slow):
    pass

@pytest.mark.parametrize("number", range(24))
def test_fast(number):
    pass
"""


@pytest.mark.parametrize("processes", ["-n0", "-n2"])
def test_the_slowest_come_first_and_each_folder_has_its_share(tmp_path, processes):
    (tmp_path / "desk").mkdir()
    (tmp_path / "desk" / "test_other.py").write_text("def test_alone():\n    pass\n")
    _, _, printed = run(tmp_path, SLOW_AND_FAST, "accounts", processes, "-p", "tests.shares", "desk").stdout.partition(
        "Where the time went"
    )
    slowest = re.findall(r"^ +([\d.]+) s  (\S+::\S+)", printed, re.MULTILINE)
    seconds = [float(each) for each, _ in slowest]
    assert seconds == sorted(seconds, reverse=True), printed
    assert len(slowest) == 20
    # On a loaded machine a fast one may take longer than the slow one sleeps.
    assert {name: float(each) for each, name in slowest}["accounts/test_it.py::test_with_a_slow_setup"] >= 0.3
    shares = re.findall(r"^ +[\d.]+ s +([\d.]+)% +(\d+) tests  (\S+)", printed, re.MULTILINE)
    assert {name: count for _, count, name in shares} == {"accounts": "25", "desk": "1", "all": "26"}, printed
    parts = [float(percent) for percent, _, _ in shares]
    assert parts == [*sorted(parts[:-1], reverse=True), 100.0], printed


def test_a_run_of_a_few_says_nothing(tmp_path):
    printed = run(tmp_path, "def test_alone():\n    pass\n", "desk", "-p", "tests.shares").stdout
    assert "1 passed" in printed
    assert "Where the time went" not in printed
