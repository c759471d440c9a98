"""`migrate` alone writes the regimes to the database; a process that does not know them does not start."""

import logging
from dataclasses import replace
from datetime import date, timedelta
from io import StringIO

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.core.management.base import SystemCheckError

from config.kernel.database import clock
from config.kernel.database.sql import rows
from config.kernel.integrity import foundations, process_guard
from config.kernel.law.dates import start_of_day
from config.oversight.api import probes
from config.oversight.queries.proof import INVARIANTS, prove
from tests.clock import NOON
from tests.roles import as_role
from tests.schema import scratch_database
from tests.transfers.future_law import FORTY_EIGHT, FROM_DAY
from transfers.operations.database_regimes import regimes_statement, write_regimes
from transfers.policy import acceptance
from transfers.queries.database_regimes import (
    RegimeNumbers,
    code_regimes,
    faults_of_regimes,
    known_regimes,
    regime_differences,
)
from transfers.vocabulary import AtmProfile

FIRST = start_of_day(FROM_DAY)
TICK = timedelta(microseconds=1)
KEYS = sorted((profile.value, FIRST) for profile in AtmProfile)
(I28,) = (each for each in INVARIANTS if each.name == "I28")


@pytest.fixture
def longer(monkeypatch):
    """This version knows one regime more than the database: 48 hours from a day on."""
    monkeypatch.setattr(acceptance, "REGIMES", (*acceptance.REGIMES, FORTY_EIGHT))


def write_later_regime(monkeypatch) -> None:
    """Let the database have one regime more than this version."""
    with monkeypatch.context() as later:
        later.setattr(acceptance, "REGIMES", (*acceptance.REGIMES, FORTY_EIGHT))
        assert write_regimes()


# --- how two of them differ ------------------------------------------------------------------------------------

DAY_ONE, DAY_TWO = NOON, NOON + timedelta(days=1)
LAW, OTHER = RegimeNumbers(86_400, True, True, False), RegimeNumbers(172_800, True, True, False)


@pytest.mark.parametrize(
    ("here", "known", "differences"),
    [
        ({DAY_ONE: LAW}, {DAY_ONE: LAW}, ([], [], [], [])),
        ({DAY_ONE: LAW, DAY_TWO: OTHER}, {DAY_ONE: LAW}, ([DAY_TWO], [], [], [])),
        ({DAY_ONE: LAW}, {}, ([DAY_ONE], [], [], [])),
        ({DAY_ONE: OTHER}, {DAY_ONE: LAW}, ([DAY_ONE], [DAY_ONE], [], [])),
        ({DAY_TWO: OTHER}, {DAY_TWO: LAW}, ([DAY_TWO], [], [], [])),
        ({}, {DAY_ONE: LAW}, ([], [], [DAY_ONE], [])),
        ({}, {DAY_TWO: LAW}, ([], [], [], [DAY_TWO])),
    ],
    ids=["alike", "further", "missing", "other-in-force", "other-to-come", "unknown-in-force", "unknown-to-come"],
)
def test_differences_of_begun_regimes_are_found(here, known, differences):
    def named(numbers):
        return {("NOTICE_2016", since): each for since, each in numbers.items()}

    assert regime_differences(named(here), named(known), DAY_ONE) == tuple(
        [("NOTICE_2016", since) for since in each] for each in differences
    )


# --- rules in the database ---------------------------------------------------------------------------------------

pytestmark = [pytest.mark.django_db, pytest.mark.owner]


def test_migrate_writes_the_table_to_the_database():
    assert known_regimes() == code_regimes()
    assert faults_of_regimes() == []
    assert not write_regimes()


def test_additional_row_is_written_by_the_next_migrate(noon, longer):
    out = StringIO()
    call_command("migrate", stdout=out)
    assert known_regimes() == code_regimes()
    assert "rule at machines is written" in out.getvalue()
    for since, seconds in ((FIRST - TICK, 86_400), (FIRST, 172_800)):
        for profile in AtmProfile:
            (kept,) = rows("SELECT hold_seconds FROM transfers_atm_regime(%s, %s)", [profile.value, since])
            assert kept["hold_seconds"] == seconds


def test_an_older_version_takes_no_law_away(noon, monkeypatch):
    write_later_regime(monkeypatch)
    call_command("migrate", verbosity=0)
    assert sorted(known_regimes().keys() - code_regimes().keys()) == KEYS


def test_nor_does_one_that_has_a_law_of_its_own_to_tell(noon, monkeypatch):
    write_later_regime(monkeypatch)
    monkeypatch.setattr(acceptance, "REGIMES", (*acceptance.REGIMES, replace(FORTY_EIGHT, from_day=date(2028, 1, 1))))
    assert write_regimes()
    assert set(KEYS) < known_regimes().keys()
    assert code_regimes().items() <= known_regimes().items()


def test_a_regime_in_force_gets_no_other_numbers(noon, monkeypatch):
    before = known_regimes()
    now = acceptance.regime_at(AtmProfile.PBOC_261, NOON)
    others = (each for each in acceptance.REGIMES if each is not now)
    monkeypatch.setattr(acceptance, "REGIMES", (*others, replace(now, delay=timedelta(hours=23))))
    with pytest.raises(CommandError, match="PBOC_261 from 2016-12-01"):
        call_command("migrate", verbosity=0)
    assert known_regimes() == before


def test_a_regime_to_come_may_be_changed(noon, longer, monkeypatch):
    write_regimes()
    changed = replace(FORTY_EIGHT, delay=timedelta(hours=72))
    monkeypatch.setattr(acceptance, "REGIMES", (*acceptance.REGIMES[:-1], changed))
    write_regimes()
    assert {known_regimes()[key].hold_seconds for key in KEYS} == {259_200}
    assert faults_of_regimes() == []


def test_written_regimes_are_read_back(noon):
    numbers = {
        ("PBOC_261", start_of_day(date(2031, 1, 1))): RegimeNumbers(1, False, True, False),
        ("NOTICE_2016", start_of_day(date(2016, 1, 1))): RegimeNumbers(2, True, False, True),
    }
    rows(regimes_statement(numbers))
    assert known_regimes() == numbers


def test_check_reports_rows_that_migrate_would_write(noon, longer):
    out = StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("migrate", check_unapplied=True, stdout=out)
    assert end.value.code == 1
    assert (
        "by other numbers than this version (NOTICE_2016 from 2027-03-01, PBOC_261 from 2027-03-01)" in out.getvalue()
    )
    write_regimes()
    call_command("migrate", check_unapplied=True, stdout=out)


@pytest.mark.django_db(transaction=True)
def test_before_the_migration_that_lets_it_know_any_nothing_is_said():
    with scratch_database("no_regimes"):
        assert known_regimes() is None
        assert faults_of_regimes() == []
        assert not write_regimes()


# --- who works on it -------------------------------------------------------------------------------------------


@pytest.fixture
def outside(settings):
    settings.SANDBOX = False
    settings.ALLOWED_HOSTS = ["testserver"]


def refusing() -> list[str]:
    return [found.sentence for found in faults_of_regimes() if found.refuses]


class TestVersionWithANewRegime:
    def test_is_no_foundation(self, noon, longer, outside):
        assert "Run `manage.py migrate` of this version" in " ".join(refusing())
        with pytest.raises(SystemCheckError, match=r"transfers\.E001"):
            call_command("check", "--database", "default")
        assert any("transfers.E001" in each for finding in prove((I28,)) for each in finding.ids)

    def test_owner_can_run_migrate(self, noon, longer, outside):
        clock.remove_sandbox()
        with foundations.as_owner():
            call_command("check", "--database", "default")
        call_command("migrate", verbosity=0)
        assert refusing() == []

    def test_sandbox_reports_it_without_refusing(self, noon, longer):
        assert [found.refuses for found in faults_of_regimes()] == [False]


class TestVersionWithoutARegimeOfTheDatabase:
    @pytest.fixture(autouse=True)
    def later_regime(self, noon, outside, monkeypatch):
        write_later_regime(monkeypatch)

    def test_version_may_start_until_the_regimes_first_day(self, noon, caplog):
        noon.set(FIRST - TICK)
        (found,) = faults_of_regimes()
        assert "Replace this version before that day" in found.sentence
        with caplog.at_level(logging.WARNING, "bank.foundations"):
            process_guard._refuse([found], SystemExit)
        assert found.sentence in caplog.text
        assert found.sentence not in (probes._foundations() or "")

    def test_does_not_from_that_day_on(self, noon):
        noon.set(FIRST)
        assert "is in force that this version does not know" in " ".join(refusing())
        assert "is in force that this version does not know" in probes._foundations()
        with pytest.raises(SystemExit, match="2027-03-01"):
            process_guard._refuse(faults_of_regimes(), SystemExit)


@pytest.mark.django_db(transaction=True)
def test_application_cannot_write_regimes(application):
    (kept,) = rows("SELECT pg_get_functiondef('transfers_atm_regimes'::regproc) AS text")
    with psycopg.connect(as_role(application)) as server:
        for statement in (kept["text"], "DROP FUNCTION transfers_atm_regimes() CASCADE"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                server.execute(statement)
            server.rollback()
