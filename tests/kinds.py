"""Register a kind of approval for a single test."""

from typing import Any

import pytest

from config.kernel import approvals
from config.kernel.approvals import registry
from config.kernel.trail import decisions, evidence


def register_for_one_test(monkeypatch: pytest.MonkeyPatch, kind: approvals.Kind[Any]) -> None:
    """Register a kind as an app does, until the test ends."""
    monkeypatch.setattr(registry, "_kinds", approvals.kinds())
    monkeypatch.setattr(evidence, "_facts", dict(evidence._facts))
    monkeypatch.setitem(decisions._kinds, kind.name, kind.text)
    approvals.register(kind)
