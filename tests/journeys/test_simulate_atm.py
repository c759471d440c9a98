"""The simulation of machines over HTTP succeeds if the bank is right, and fails if it is not."""

import json
from io import StringIO
from xml.etree import ElementTree as ET

import pytest
from django.core.management import CommandError, call_command

from benchmarks.bank.client import Bank
from benchmarks.bank.tally import Tally, percentile
from benchmarks.bank.traffic import Pace, Traffic
from config.kernel.database.sql import rows
from config.stack.process import wait_until
from tests.database_refusals import past_the_guards
from tests.journeys.conftest import RunningBank, key
from tests.processes import answers, free_port, running, web, worker
from tests.roles import as_owner
from tests.transfers.future_law import FORTY_EIGHT, FROM_DAY, regimes_in_database
from transfers.models import Transfer
from transfers.policy import acceptance
from transfers.vocabulary import RuleCode


def simulate(bank, **more) -> str:
    out = StringIO()
    options = {"seconds": 60, "transfers": 120, "terminals": 4, "people": 4, "into": bank.keys.parent / "atm"} | more
    try:
        call_command("simulate_atm", url=bank.url, keys=bank.keys, stdout=out, **options)
    finally:
        print(out.getvalue())  # noqa: T201 - seen when the test fails
    return out.getvalue()


def test_terminals_work_and_everything_is_proved_a_day_later(running_bank):
    printed = simulate(running_bank, release=True)
    assert "proved" in printed
    assert "not proved" not in printed
    assert not Transfer.objects.filter(status="held").exists()
    assert Transfer.objects.filter(status="posted", rule_code="ATM_24_HOURS").exists()
    (place,) = (running_bank.keys.parent / "atm").iterdir()
    assert json.loads((place / "report.json").read_text())["kept"]
    assert ET.parse(place / "requests.svg").getroot().findall("{*}polyline")


def test_a_fen_that_appears_from_nowhere_is_found(running_bank, monkeypatch):
    run = Traffic.run

    def run_and_add_a_fen(traffic, meanwhile):
        run(traffic, meanwhile)
        with past_the_guards("accounts_account"):
            rows(
                "UPDATE accounts_account SET balance_fen = balance_fen + 1 WHERE id = %s::uuid",
                [traffic.people[0].account_id],
            )

    monkeypatch.setattr(Traffic, "run", run_and_add_a_fen)
    with pytest.raises(SystemExit) as end:
        simulate(running_bank, transfers=10)
    assert end.value.code == 1


def test_missing_keys_are_reported_with_the_searched_places(tmp_path):
    with pytest.raises(CommandError, match=r"nowhere\.json"):
        call_command("simulate_atm", keys=tmp_path / "nowhere.json")


@pytest.mark.parametrize(
    ("count", "p50", "p95", "p99"), [(0, 0, 0, 0), (1, 1, 1, 1), (2, 1, 2, 2), (100, 50, 95, 99), (101, 51, 96, 100)]
)
def test_percentiles_are_by_nearest_rank(count, p50, p95, p99):
    ordered = list(range(1, count + 1))
    assert [percentile(ordered, percent) for percent in (50, 95, 99)] == [p50, p95, p99]


def test_the_tally_counts_answers_by_kind():
    tally = Tally()
    for answer in ("201", "201", "422 INSUFFICIENT_FUNDS"):
        tally.add("pay", answer, 0.010)
    (line,) = tally.lines()
    assert (line.count, line.answers, round(line.p50_ms)) == (3, {"201": 2, "422 INSUFFICIENT_FUNDS": 1}, 10)


def test_the_pace_ends_with_the_last_turn():
    pace = Pace(seconds=60, acts=3, per_second=1000)
    assert [pace.turn() for _ in range(5)] == [True, True, True, False, False]


@pytest.fixture
def bank_of_2027(transactional_db, tmp_path, monkeypatch):
    """A bank with an additional regime, 48 hours from a day on, and its clock at that day."""
    monkeypatch.setattr(acceptance, "REGIMES", (*acceptance.REGIMES, FORTY_EIGHT))
    law = {"DJANGO_SETTINGS_MODULE": "tests.future_law_settings"}
    port, keys = free_port(), tmp_path / "keys.json"
    url = f"http://127.0.0.1:{port}"
    with as_owner():
        call_command("seed_principals", keys_file=keys)
    server = web(tmp_path, port, **law)
    with regimes_in_database(), running(server, worker(tmp_path, **law)):
        assert wait_until(lambda: answers(url), seconds=30), server.tail(50)
        bank = RunningBank(url, keys)
        with Bank(url, {"auditor": key(bank, "auditor")}) as client:
            reply = client.once("auditor", "PUT", "/sandbox/clock", {"now": f"{FROM_DAY}T12:00:00+08:00"})
            assert reply.status == 200, reply.body
        yield bank


@pytest.mark.owner  # tells the database another law
def test_under_another_law_everything_waits_its_time_and_is_proved(bank_of_2027):
    printed = simulate(bank_of_2027, release=True)
    assert "not proved" not in printed
    assert not Transfer.objects.filter(status="held").exists()
    held = Transfer.objects.filter(status="posted", rule_code=RuleCode.ATM_DELAYED)
    assert {each.due_at - each.accepted_at for each in held} == {FORTY_EIGHT.delay}
