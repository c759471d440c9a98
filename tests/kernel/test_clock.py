"""The bank's clock is the database's; in a sandbox it can be moved forward only."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from config.kernel.database import clock
from config.kernel.database.clock import (
    ClockBackward,
    advance_sandbox_clock,
    bank_now,
    sandbox_clock,
    set_sandbox_clock,
)
from config.kernel.database.sql import rows
from config.kernel.integrity.checks import database_is_fit
from config.kernel.law.refusals import BadRequest
from tests.clock import NOON
from tests.database_refusals import refused_by


def _source() -> str:
    return rows("SELECT prosrc FROM pg_proc WHERE proname = 'bank_now'")[0]["prosrc"]


def test_stopped_clock_does_not_advance(noon):
    assert bank_now() == bank_now() == NOON
    assert sandbox_clock() == (NOON, True)


def test_a_running_clock_runs_with_the_databases(noon):
    set_sandbox_clock(now=NOON, frozen=False)
    first, second = bank_now(), bank_now()
    assert NOON <= first < second < NOON + timedelta(seconds=5)
    assert sandbox_clock()[1] is False


def test_the_clock_moves_within_a_transaction_too(noon):
    """`clock_timestamp()`, not the transaction's start: a decision is timed after its lock."""
    noon.run()
    before = bank_now()
    rows("SELECT pg_sleep(0.02)")
    assert bank_now() - before >= timedelta(milliseconds=20)


@pytest.mark.parametrize("frozen", [True, False, None])
def test_the_present_instant_again_is_allowed(noon, frozen):
    set_sandbox_clock(now=NOON, frozen=frozen)
    assert bank_now() - NOON < timedelta(seconds=5)


def test_a_microsecond_earlier_is_refused(noon):
    with pytest.raises(ClockBackward) as refused:
        set_sandbox_clock(now=NOON - timedelta(microseconds=1), frozen=None)
    assert bank_now() == NOON
    assert refused.value.fields["now"]


def test_ten_years_are_the_longest_jump(noon):
    with pytest.raises(BadRequest):
        set_sandbox_clock(now=NOON + clock.MAX_JUMP + timedelta(microseconds=1), frozen=None)
    set_sandbox_clock(now=NOON + clock.MAX_JUMP, frozen=None)
    assert bank_now() == NOON + clock.MAX_JUMP


@pytest.mark.parametrize("frozen", [True, False], ids=["standing", "running"])
def test_clock_cannot_pass_the_year_9999(noon, frozen):
    """An instant after the year 9999 could not be read, and no call could turn the clock back."""
    near = clock.END - timedelta(seconds=60)
    noon.set(near)
    set_sandbox_clock(now=None, frozen=frozen)
    for beyond in (
        lambda: advance_sandbox_clock(Decimal(60)),
        lambda: set_sandbox_clock(now=clock.END, frozen=None),
        lambda: set_sandbox_clock(now=datetime.max.replace(tzinfo=UTC), frozen=None),
    ):
        with pytest.raises(BadRequest) as refused:
            beyond()
        assert refused.value.fields.popitem()[1] in ([clock.PAST_END], [clock.TOO_FAR])
    advance_sandbox_clock(Decimal(1))
    assert near < bank_now() < clock.END


def test_freezing_keeps_the_instant_and_thawing_goes_on_from_it(noon):
    set_sandbox_clock(now=None, frozen=False)
    set_sandbox_clock(now=None, frozen=True)
    stopped_at = bank_now()
    assert stopped_at == bank_now()
    set_sandbox_clock(now=None, frozen=False)
    assert stopped_at <= bank_now() < stopped_at + timedelta(seconds=5)


def test_nothing_asked_changes_nothing(noon):
    set_sandbox_clock(now=None, frozen=None)
    assert sandbox_clock() == (NOON, True)
    noon.run()
    set_sandbox_clock(now=None, frozen=None)
    assert abs(bank_now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_production_reads_no_table(noon):
    assert "kernel_sandboxclock" in _source()
    clock.remove_sandbox()
    source = _source()
    assert source.strip() == "SELECT clock_timestamp()"
    assert "from" not in source.lower()
    assert not clock.sandbox_installed()
    assert abs(bank_now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_installation_keeps_the_clocks_offset(noon):
    clock.install_sandbox()
    assert sandbox_clock() == (NOON, True)


def test_clock_has_one_row(db):
    with refused_by("sandbox_clock_is_one"), connection.cursor() as cursor:
        cursor.execute("INSERT INTO kernel_sandboxclock (id, shift) VALUES (2, interval '0')")


def reported() -> set[str]:
    return {each.id for each in database_is_fit(databases=["default"])} - {"kernel.E004"}


def test_a_sandbox_database_without_sandbox_is_reported(noon, settings):
    assert reported() == set()
    settings.SANDBOX = False
    assert reported() == {"kernel.E001"}
    with pytest.raises(CommandError):
        call_command("sandbox_clock", "install")
    call_command("sandbox_clock", "remove")
    assert reported() == set()
