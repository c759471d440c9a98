"""The desk, and what the trail says of what was done."""

from collections.abc import Callable
from typing import Any

import pytest

from config.kernel import trail
from config.kernel.models import TrailRecord
from tests.desk.conftest import signed_in, staff

__all__ = ["a_new_process", "lines", "signed_in", "staff"]


@pytest.fixture(autouse=True)
def a_new_process() -> None:
    """Begin with a process that remembers no flood and no view."""
    trail.begin_anew()


@pytest.fixture
def lines(db: None) -> Callable[..., list[TrailRecord]]:
    """Return the lines of a kind, the oldest first."""

    def of(kind: str, **about: Any) -> list[TrailRecord]:
        return list(TrailRecord.objects.filter(kind=kind, **about).order_by("at", "id"))

    return of
