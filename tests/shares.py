"""A pytest plugin that prints the time per test and folder at the end of a run.

A test's time includes setup, call and teardown of each attempt; a session fixture counts for the first test
that uses it. With pytest-xdist the controller adds up the reports of all processes.
"""

from collections import Counter
from pathlib import PurePath

import pytest

#: So many of the slowest tests are named.
SLOWEST = 20


class Seconds:
    """Adds up the seconds of each test from its reported phases."""

    def __init__(self) -> None:
        self.of: Counter[str] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add one phase of one test."""
        self.of[report.nodeid] += report.duration

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the slowest tests and each folder's share; nothing for few tests."""
        if len(self.of) > SLOWEST:
            terminalreporter.section("Where the time went")
            for line in (*slowest(self.of), "", *shares(self.of)):
                terminalreporter.line(line)


def pytest_configure(config: pytest.Config) -> None:
    """Register the counter where results arrive, which is never an xdist worker."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Seconds())


def slowest(seconds: Counter[str]) -> list[str]:
    """Return a line for each of the slowest tests, the slowest first."""
    return [f"{took:8.2f} s  {nodeid}" for nodeid, took in seconds.most_common(SLOWEST)]


def shares(seconds: Counter[str]) -> list[str]:
    """Return a line per folder of tests, the slowest folder first, and one for all."""
    took, tests = Counter[str](), Counter(map(folder, seconds))
    for nodeid, each in seconds.items():
        took[folder(nodeid)] += each
    whole = seconds.total()
    lines = [*took.most_common(), ("all", whole)]
    tests["all"] = len(seconds)
    return [f"{each:8.1f} s  {each / (whole or 1):6.1%}  {tests[name]:6} tests  {name}" for name, each in lines]


def folder(nodeid: str) -> str:
    """Return the folder below `tests` of a test."""
    parts = PurePath(nodeid.partition("::")[0]).parts
    return "/".join(parts[:2]) if len(parts) > 2 else str(PurePath(*parts[:-1]))
