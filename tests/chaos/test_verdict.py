"""The verdict and situations of a chaos run, on constructed runs with one fault or one situation each."""

from dataclasses import replace
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import pytest
from django.core.management import CommandError, call_command

from benchmarks.bank.report import NOT_MET
from benchmarks.drills import command
from benchmarks.drills.chaos.history import Breakage, History, Operation, Sample, SeenSession, Try
from benchmarks.drills.chaos.run import RunOutcome, draw, report
from benchmarks.drills.chaos.situations import Hold, Seen, found
from benchmarks.drills.chaos.verdict import RunVerdict, judge

BATCH = SeenSession("release", 7, "morning")
ALIVE = {"release": [1, 2], "watcher": [3]}


def at(seconds):
    return datetime.fromtimestamp(seconds, UTC)


def sample(began, **more):
    """Return an observation of a bank whose clock is this machine's."""
    usual = {
        "bank": began,
        "started": 0.0,
        "total_fen": 100,
        "held_fen": 0,
        "holds_fen": 0,
        "released": {},
        "celery_silent": 0.0,
    }
    seen = {"sessions": {"release": 2, "watcher": 1}, "busy": [], "processes": ALIVE, "broker": "run"}
    return Sample(began, began, **(usual | seen | more))


def hold(**more):
    usual = Hold("h", "posted", "", at(1), at(4), at(4.01), 0, "celery", 10, 1)
    return replace(usual, **more)


def operation(kind, http, begun, ended, subject="h", **facts):
    found = Operation(kind, "teller", "/", {}, subject=subject, status=http, facts=facts)
    found.tries = [Try(begun, ended, f"{http} {facts.get('code', '')}".strip())]
    return found


def accepted(**more):
    return operation("accept", 201, 0.9, 1.1, due_at=4.0, **more)


def seen(*operations, holds=None, samples=None, order=None):
    history = History(None)
    history.operations = [order or accepted(), *operations]
    history.samples = samples or [sample(0), sample(3.9), sample(4.1), sample(6)]
    return Seen(history, {each.id: each for each in (holds or [hold()])})


def wrong(run):
    return {promise for promise, against in judge(run).against.items() if against}


def test_a_run_as_it_should_be_has_nothing_against_it():
    assert wrong(seen(operation("read", 200, 2, 2.1, status="held"))) == set()


@pytest.mark.parametrize(
    ("run", "promise"),
    [
        (seen(operation("read", 200, 2, 2.1, status="posted")), "every hold's history is explained by some order of single steps"),
        (seen(samples=[sample(0), sample(1, total_fen=99)]), "money is constant in every look"),
        (seen(samples=[sample(0), sample(1, held_fen=5)]), "money is constant in every look"),
        (seen(operation("accept", 201, 1, 2, subject="gone", due_at=4.0)), "what was acknowledged is there"),
        (seen(operation("cancel", 200, 1, 2)), "what was acknowledged is there"),
        (seen(holds=[hold(), hold(id="other")]), "what was not asked for is not there"),
        (seen(holds=[hold(ended_at=at(3.9))]), "nothing is early"),
        (seen(holds=[hold(steps=2)]), "each ended once"),
        (seen(holds=[hold(status="held", ended_at=None, released_by="")]), "all ended in the end"),
        (seen(operation("cancel", None, 2, 3)), "unknown is resolved by the same key"),
        (seen(operation("read", 500, 2, 3)), "no answer of 5xx but 503"),
    ],
)  # fmt: skip
def test_every_broken_promise_is_reported(run, promise):
    assert promise in wrong(run)


def moved(seconds):
    return [sample(4), replace(sample(4.1), bank=4.1 + seconds), replace(sample(5), bank=5 + seconds)]


DEAD = {"sessions": {"watcher": 1}, "processes": {"watcher": [3]}}
AWAY = {"broker": ""}
MET = {
    "cancel lost to release": seen(operation("cancel", 409, 3.8, 4.2, code="CANCEL_TOO_LATE")),
    "release lost to cancel": seen(
        operation("cancel", 200, 3.8, 4.2), holds=[hold(status="cancelled", ended_at=at(3.9), released_by="")]
    ),
    "payer frozen at due": seen(holds=[hold(status="returned", outcome_code="ACCOUNT_FROZEN")]),
    "payee closed at due": seen(holds=[hold(status="returned", outcome_code="ACCOUNT_CLOSED")]),
    "certificate in force between acceptance and due": seen(
        operation("approve certificate", 200, 2, 3, status="approved"),
        holds=[hold(status="returned", outcome_code="CASE_ACCOUNT_STOPPED")],
    ),
    "commit in doubt resolved by its key": seen(
        order=replace(accepted(), tries=[Try(0.9, 1.0, "ReadError"), Try(1.1, 1.2, "201", replayed=True)])
    ),
    "the same key in progress twice": seen(
        order=replace(accepted(), tries=[Try(0.9, 1, "409 IDEMPOTENCY_KEY_IN_PROGRESS"), Try(1.1, 1.2, "201")])
    ),
    "an approval decided twice": seen(
        operation("approve", 200, 2, 3, subject="a"),
        operation("reject", 409, 2.5, 3.5, subject="a", code="APPROVAL_DECIDED"),
    ),
    "two releasers at one time": seen(holds=[hold(), hold(id="other", released_by="watcher", due_at=at(3.95))]),
    "a row parked and released later": seen(holds=[hold(attempts=1)]),
    "the watcher released after Celery died": seen(
        samples=[sample(1), *(sample(2 + n, **DEAD, released={"watcher": n}) for n in range(4)), sample(9)]
    ),
    "Celery took over after the broker came back": seen(
        samples=[
            sample(1),
            *(sample(2 + n, **AWAY, released={"watcher": n}) for n in range(4)),
            sample(9, released={"watcher": 3}),
            sample(10, released={"watcher": 3, "celery": 1}),
        ]
    ),
    "a process killed holding locks": seen(samples=[sample(1, busy=[BATCH]), sample(1.1, **DEAD)]),
    "the database restarted in mid-batch": seen(samples=[sample(1, busy=[BATCH]), sample(5, started=3.0)]),
    "the clock moved with releases under way": seen(holds=[hold(ended_at=at(6))], samples=moved(1.0)),
}  # fmt: skip


@pytest.mark.parametrize("name", MET)
def test_a_situation_is_found_where_it_was_met_and_nowhere_else(name):
    assert {each for each, lines in found(MET[name]).items() if lines} == {name}
    assert not any(found(seen()).values())


def test_the_evidence_asks_for_all_of_it():
    """Each run nearly shows its situation: one part is missing, so it does not count."""
    no_repeat = replace(accepted(), tries=[Try(0.9, 1.0, "ReadError"), Try(1.1, 1.2, "201")])
    nearly = [
        seen(order=no_repeat),
        seen(operation("cancel", 409, 4.1, 4.2, code="CANCEL_TOO_LATE")),
        seen(operation("cancel", 200, 3, 3.1), holds=[hold(status="cancelled", ended_at=at(3.05), released_by="")]),
        seen(samples=[sample(1), *(sample(2 + n, **DEAD, released={"celery": n, "watcher": n}) for n in range(4)), sample(9)]),
        seen(samples=[sample(1, busy=[BATCH]), sample(1.1, **DEAD, busy=[BATCH])]),
        seen(samples=[sample(1), sample(5, started=3.0)]),
        seen(holds=[hold(ended_at=at(4.05))], samples=moved(1.0)),
    ]  # fmt: skip
    assert [name for run in nearly for name, lines in found(run).items() if lines] == []


def test_chart_is_well_formed_and_shades_the_faults():
    run = seen(samples=[sample(0), sample(1, held_fen=5), sample(2)])
    run.history.faults = [Breakage("<postgres> killed", 0.5, 1.5)]
    run.history.blind = [1.2]
    root = ET.fromstring(draw(run.history))
    kinds = [each.get("class") for each in root.iter()]
    assert (kinds.count("shade"), kinds.count("bar"), kinds.count("blind"), kinds.count("total")) == (1, 1, 1, 1)
    assert ET.fromstring(draw(History(None))) is not None


def test_a_bank_is_broken_where_its_processes_are_known_and_its_holds_short(settings, tmp_path, monkeypatch):
    settings.SANDBOX = False
    with pytest.raises(CommandError, match="sandbox only"):
        call_command("chaos")
    monkeypatch.setattr(command, "sandbox_of", lambda *_: {})
    demo = tmp_path / "demo.json"
    with pytest.raises(CommandError, match="does not name web, release"):
        call_command("chaos", demo=demo)
    names = ("web", "release", "default", "beat", "watcher", "postgres", "valkey")
    (tmp_path / "processes.json").write_text("{{{}}}".format(", ".join(f'"{name}": 1' for name in names)))
    with pytest.raises(CommandError, match="BANK_ORDINARY_ARRIVAL_SECONDS"):
        call_command("chaos", demo=demo)


# --- the report ------------------------------------------------------------------------------------------------

KEPT, BROKEN = {"money is constant in every look": []}, {"money is constant in every look": ["1 fen"]}
NOT_AS_PROMISED = "NOT everything as promised"


@pytest.mark.parametrize(
    ("against", "invariants", "evidence", "heading", "code"),
    [
        (KEPT, {"I1": True}, {"a storm": ["at noon"]}, "Everything as promised**", 0),
        (KEPT, {"I1": True}, {"a storm": []}, "but situations that did not come about: 1**", NOT_MET),
        (BROKEN, {"I1": True}, {"a storm": ["at noon"]}, NOT_AS_PROMISED, 1),
        (BROKEN, {"I1": True}, {"a storm": []}, NOT_AS_PROMISED, 1),
        (KEPT, {"I1": False}, {"a storm": []}, NOT_AS_PROMISED, 1),
    ],
    ids=["all", "not-met", "broken", "broken-and-not-met", "invariant"],
)
def test_heading_agrees_with_table_and_exit_code(against, invariants, evidence, heading, code):
    made = report(RunOutcome(RunVerdict(against), evidence), History(None), {})
    made.invariants = invariants
    text = made.readable()
    (head,) = [line for line in text.splitlines() if line.startswith("**")]
    assert heading in head
    assert ("否 NO" in text) is (heading == NOT_AS_PROMISED)
    assert made.exit_code == code
