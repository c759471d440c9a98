"""Behind a pooler, settings that a process cannot send at connect time are set on the role, as documented."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from benchmarks.drills import command
from benchmarks.drills.holds import ON_TIME_MS, HoldDrill
from benchmarks.drills.pooler import OF_THE_ROLE
from transfers.queries.steps import ReleaseStep

NOON = datetime(2026, 11, 28, 4, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[2]


def test_the_role_has_all_that_a_process_asks_for():
    # Of the file: tests have settings of their own.
    options = (ROOT / "config" / "settings" / "base.py").read_text().partition('["options"]')[2].partition("items()")[0]
    asked = re.findall(r'^ +"(\w+)": (?:env.text\("\w+", )?"(\w+)"', options, re.MULTILINE)
    assert dict(asked) == dict(OF_THE_ROLE)
    table = (ROOT / "docs" / "install.md").read_text().partition("## Behind PgBouncer")[2].partition("## ")[0]
    documented = {}
    for names, values in re.findall(r"^\| (`.*`) \| (`.*`) \|$", table, re.MULTILINE):
        documented |= dict(zip(re.findall(r"`(.*?)`", names), re.findall(r"`(.*?)`", values), strict=True))
    assert documented == dict(OF_THE_ROLE)


def released(late_ms=5, by="celery", name="a"):
    return ReleaseStep(name, NOON, NOON, late_ms, by, "posted")


@pytest.mark.parametrize(
    "drill",
    [
        HoldDrill(0, 0, [], 0),
        HoldDrill(2, 0, [released()], 0),
        HoldDrill(2, 0, [released(), released()], 0),
        HoldDrill(1, 0, [released(ON_TIME_MS + 1)], 0),
        HoldDrill(1, 0, [released(by="watcher")], 0),
        HoldDrill(1, 0, [released()], 1),
    ],
)
def test_a_drill_of_holds_is_as_promised_or_not(drill):
    assert all(HoldDrill(2, 1, [released(ON_TIME_MS)], 0).promises().values())
    assert not all(drill.promises().values())


def test_holds_are_drilled_in_a_sandbox_with_short_holds_only(settings, monkeypatch):
    settings.SANDBOX = False
    with pytest.raises(CommandError, match="sandbox only"):
        call_command("hold_drill")
    monkeypatch.setattr(command, "sandbox_of", lambda *_: {})
    with pytest.raises(CommandError, match="BANK_ORDINARY_ARRIVAL_SECONDS"):
        call_command("hold_drill")
