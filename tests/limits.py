"""A pytest plugin: time limits of tests, and which tests may be repeated after a failure.

A test that passes at its second attempt fails in one run of two. Only tests of faults, browsers and servers
depend on the speed of another process; a second attempt anywhere else fails the run.
"""

import os
import sys
import threading
from pathlib import Path

import pytest
from pytest_timeout import Settings

#: Directories of tests that depend on how soon other processes answer.
RERUN = frozenset({"browser", "faults", "stack"})
#: Seconds a test may take: five times what the longest take during others on a busy machine.
ORDINARY_SECONDS, LONG_SECONDS = 180, 600
LONG = RERUN | {"chaos", "concurrency", "contract", "interleavings", "journeys", "kernel", "state", "tampering"}
#: Some twenty minutes, each time with other examples.
NIGHTLY_SECONDS = 7_200
#: So many characters of the first failure are shown.
SHOWN = 3_000
SENTENCE = "A test outside {} was run again. Its first failure counts: the run fails."

_HUNG = pytest.StashKey[bool]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Set each test's time limit, and allow a second attempt where permitted."""
    for item in items:
        directory = item.path.parent.name
        if directory in RERUN:
            item.add_marker(pytest.mark.flaky(reruns=1))
        if not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(seconds(directory)))


def seconds(directory: str) -> int:
    """Return the limit of the tests in a directory."""
    if directory == "state" and os.environ.get("HYPOTHESIS_PROFILE") == "nightly":
        return NIGHTLY_SECONDS
    return LONG_SECONDS if directory in LONG else ORDINARY_SECONDS


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Refuse a marker for a second attempt where none is permitted."""
    if item.path.parent.name not in RERUN and item.get_closest_marker("flaky"):
        pytest.fail(f"Only tests in {_places()} may be marked flaky.", pytrace=False)


@pytest.hookimpl(trylast=True)
def pytest_exception_interact(node: pytest.Item | pytest.Collector, call: pytest.CallInfo[None]) -> None:
    """Restart the time limit after a failure: pytest-timeout ends it, and teardown or a second attempt may hang."""
    if isinstance(node, pytest.Item) and (marker := node.get_closest_marker("timeout")):
        if call.excinfo is not None and "from pytest-timeout" in str(call.excinfo.value):
            node.config.stash[_HUNG] = True
        node.ihook.pytest_timeout_set_timer(item=node, settings=Settings(marker.args[0], "signal", False, False))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the run after a second attempt of a test that may have none."""
    if session.exitstatus == pytest.ExitCode.OK and _forbidden(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print why tests were repeated, which nothing else shows."""
    for report in terminalreporter.stats.get("rerun", []):
        terminalreporter.section(f"RERUN {report.nodeid}", sep="_")
        terminalreporter.line(report.longreprtext[-SHOWN:])
    if _forbidden(terminalreporter.config):
        terminalreporter.section("Run again without leave", sep="_", red=True)
        terminalreporter.line(SENTENCE.format(_places()))


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Exit without waiting for a hanging thread."""
    if config.stash.get(_HUNG, False) and any(not each.daemon for each in threading.enumerate()[1:]):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(pytest.ExitCode.TESTS_FAILED)


def _places() -> str:
    return ", ".join(f"tests/{each}" for each in sorted(RERUN))


def _forbidden(config: pytest.Config) -> bool:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    again = reporter.stats.get("rerun", []) if reporter else []
    return any(Path(report.nodeid.partition("::")[0]).parent.name not in RERUN for report in again)
