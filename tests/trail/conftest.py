"""Fixtures of the audit trail: the desk, and the recorded lines."""

from collections.abc import Callable
from typing import Any

import pytest

from config.kernel.models import TrailRecord
from config.kernel.trail import budgets, trail
from tests.desk.conftest import signed_in, staff

__all__ = ["a_new_process", "lines", "one_window", "signed_in", "staff"]


@pytest.fixture(autouse=True)
def a_new_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reset the process's memory of counted records and views, and let no minute end during a test."""
    trail.begin_anew()
    monkeypatch.setattr(trail, "monotonic", lambda: 1000.0)


@pytest.fixture(autouse=True)
def one_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no minute, hour or day of a budget end during a test."""
    for name in ("_SPEND", "_SPEND_AND_KEEP"):
        text = getattr(budgets, name)
        assert text.count("clock_timestamp(), 'Etc/GMT-8'") == 1
        instant = "timestamptz '2999-01-01 00:00+08', 'Etc/GMT-8'"
        monkeypatch.setattr(budgets, name, text.replace("clock_timestamp(), 'Etc/GMT-8'", instant))


@pytest.fixture
def lines(db: None) -> Callable[..., list[TrailRecord]]:
    """Return a function that gives the trail's lines of a kind, the oldest first."""

    def of(kind: str, **about: Any) -> list[TrailRecord]:
        return list(TrailRecord.objects.filter(kind=kind, **about).order_by("at", "id"))

    return of
