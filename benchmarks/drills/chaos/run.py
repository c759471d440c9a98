"""One run under faults: clients, observer, random faults, scripts of the named situations, verdict, report."""

import random
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import Any

import psycopg
from psycopg.rows import dict_row

from benchmarks.bank.client import Bank
from benchmarks.bank.drawing import Curve, draw_curves
from benchmarks.bank.people import NotPrepared, SimulatedPerson, make_person
from benchmarks.bank.report import Report
from benchmarks.bank.traffic import Pace, traffic
from benchmarks.drills.chaos.clients import Client, Clients
from benchmarks.drills.chaos.faults import FaultInjector
from benchmarks.drills.chaos.history import History
from benchmarks.drills.chaos.observer import Observer
from benchmarks.drills.chaos.proxy import CuttingProxy
from benchmarks.drills.chaos.situation_scripts import ScriptFailed, SituationScripts
from benchmarks.drills.chaos.situations import Hold, Seen, found, rows_of
from benchmarks.drills.chaos.verdict import SHOWN, RunVerdict, judge
from benchmarks.drills.processes import Processes, is_broker_of
from config.stack.process import wait_until

#: Number of persons who only pay, and of those for the scripts.
REGULARS, SCRIPTED = 8, 32
OPENING_FEN = 100_000_00
CLIENTS = 6
#: Maximum extension of a run while a named situation has not occurred.
PATIENCE_SECONDS = 45
#: Maximum waiting time until Celery is at work again.
RECOVERY_SECONDS = 20
#: A worker starts within some seconds and is then at work.
WRONG_CLOCK_SECONDS = 8
SETTLE_SECONDS = 60
REPLAYS = 100

_ROWS = """
SELECT t.id::text AS id, t.status, t.outcome_code, t.accepted_at, t.due_at, t.ended_at, t.attempts,
       coalesce(e.released_by, '') AS released_by, e.lateness_ms,
       (SELECT count(*) FROM transfers_event o WHERE o.transfer_id = t.id AND o.new_status <> 'held') AS steps
FROM transfers_transfer t
LEFT JOIN transfers_event e ON e.transfer_id = t.id AND e.new_status <> 'held'
WHERE t.status <> 'refused' AND t.accepted_at >= to_timestamp(%s)
"""

_BACKEND_THAT_KNOWS = "SELECT pg_backend_pid() FROM accounts_account WHERE id = %s"


@dataclass(slots=True)
class RunOutcome:
    """Result of a run.

    :ivar evidence: evidence for each named situation.
    :ivar stuck: number of times the release workers showed no sign of life and were restarted.
    :ivar quiet: seconds from the last fault until every request was answered and every hold had ended.
    """

    verdict: RunVerdict
    evidence: dict[str, list[str]]
    faults: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    operations: int = 0
    unknown: int = 0
    holds: int = 0
    released_by: Counter[str] = field(default_factory=Counter)
    quiet: float = 0.0
    cuts: int = 0
    stuck: int = 0

    @property
    def missing(self) -> list[str]:
        """Return the named situations that did not occur."""
        return [name for name, lines in self.evidence.items() if not lines]


class Run:
    """A run against a sandbox bank whose processes a supervisor keeps running.

    :param answer: the demo's answer file: address and keys.
    :param database: connection arguments of psycopg for the server's superuser.
    :param place: folder for history and logs.
    """

    def __init__(
        self,
        answer: Mapping[str, Any],
        database: Mapping[str, Any],
        broker_url: str,
        processes: Processes,
        *,
        place: Path,
        seed: int,
        hold_seconds: float,
        say: Callable[[str], object],
    ) -> None:
        self.answer, self.database, self.say, self.seed = answer, dict(database), say, seed
        self.broker_url, self.processes = broker_url, processes
        self.chance = random.Random(seed)
        self.history = History(place / "history.jsonl")
        host, _, port = answer["base_url"].rpartition("//")[2].partition(":")
        self.proxy = CuttingProxy((host, int(port)), seed)
        self.observer = Observer(self.history, self.database, broker_url, processes)
        self.breaking = FaultInjector(
            self.history, processes, self.database, broker_url, self.proxy, place=place, chance=self.chance
        )
        self.clients = Clients(Bank(self.proxy.url, answer["keys"]), self.history, hold_seconds)
        self.began = 0.0
        self.people: list[SimulatedPerson] = []
        self._waiting: list[Callable[[], object]] = []
        self.stuck = 0

    def run(self, seconds: int) -> RunOutcome:
        """Inject faults under traffic for some seconds, then judge the bank.

        :raises NotPrepared, NoAnswer: when the bank refuses a step that the run needs.
        """
        with Bank(self.answer["base_url"], self.answer["keys"]) as bank:
            self.people = [make_person(bank, self.chance, OPENING_FEN)]
            self._must_be_of_one_bank(self.people[0].account_id)
            self.people += [make_person(bank, self.chance, OPENING_FEN) for _ in range(REGULARS + SCRIPTED - 1)]
        self.observer.look()
        self.began = self.history.samples[0].bank
        blind = Event()
        looking = Thread(target=self.observer.run, args=(blind,), name="observer")
        looking.start()
        try:
            unknown, quiet = self._under_traffic(seconds)
        finally:
            blind.set()
            looking.join()
        return self._judge(unknown, quiet)

    def _must_be_of_one_bank(self, account_id: str) -> None:
        """Refuse a database, broker or processes that do not belong to the bank at the address.

        :raises NotPrepared: before anything is broken.
        """
        try:
            with psycopg.connect(**self.database, connect_timeout=3) as session:
                found = session.execute(_BACKEND_THAT_KNOWS, [account_id]).fetchone()
                # Checked while the session is open, because its process ends with it.
                same = found is not None and self.processes.includes("postgres", found[0])
        except psycopg.Error as error:
            raise NotPrepared(f"the superuser's session: {type(error).__name__}") from None
        if not same:
            raise NotPrepared("the database of this environment is not that bank's")
        if not is_broker_of(self.processes, self.broker_url):
            raise NotPrepared("the broker of this environment is not that bank's")

    def _under_traffic(self, seconds: int) -> tuple[int, float]:
        """Inject faults under traffic; return the number of unanswered requests, and the time to settle all."""
        pace, chances = Pace(), [random.Random(self.seed * 100 + number) for number in range(CLIENTS)]
        working = [Client(self.clients, self.people[:REGULARS], chance, pace.stop) for chance in chances]
        script = SituationScripts(self.clients, self.breaking, self.people[REGULARS:], self._shift)
        with traffic((each.act for each in working), pace):
            try:
                self._break(script, seconds, pace.stop)
            finally:
                pace.stop.set()
                self.breaking.end()
                script.heal()
                quiet_since = time.monotonic()
        self.proxy.odds = 0.0
        unknown, _ = self.clients.settle(SETTLE_SECONDS)
        self._until_ended(SETTLE_SECONDS)
        return unknown, time.monotonic() - quiet_since

    # --- what is broken ---------------------------------------------------------------------------------------------

    def _break(self, script: SituationScripts, seconds: int, stop: Event) -> None:
        deadline = time.monotonic() + seconds
        broken = self.breaking
        broken.start("a second watcher", "manage.py", "watch_due")
        broken.start("a second beat", *_celery("beat", "--pidfile=", "--schedule", str(broken.place / "beat")))
        first = list(script.gentle().items())
        first.append(("a client vanished", lambda: broken.vanish(self.people[0].account_id, stop)))
        first.append(("a worker's clock", lambda: broken.wrong_clock(WRONG_CLOCK_SECONDS, stop)))
        # Scripts without killing run together; those that kill run one after the other, with smaller faults between.
        with ThreadPoolExecutor(len(first)) as pool:
            for done in [pool.submit(self._try, name, act) for name, act in first]:
                done.result()
        rough = list(script.rough().items())
        self.chance.shuffle(rough)
        for name, act in rough:
            self._until_celery_works()
            self._try(name, act)
            self._small_faults(stop, 2)
        self._until_met(script, deadline, stop)

    def _until_met(self, script: SituationScripts, deadline: float, stop: Event) -> None:
        """Repeat a script until the time is over, and somewhat longer if its situation has not occurred."""
        scripts = script.gentle() | script.rough()
        while True:
            missing = [name for name, lines in found(self._seen()).items() if not lines]
            now = time.monotonic()
            if now > deadline and (not missing or now > deadline + PATIENCE_SECONDS):
                return
            if missing:
                self.say(f"not yet: {', '.join(missing)}")
                self._until_celery_works()
            for name in missing:
                if name in scripts:
                    self._try(name, scripts[name])
            if not missing:
                self._small_faults(stop, 1)
            time.sleep(0.5)

    def _try(self, name: str, act: Callable[[], object]) -> None:
        self.history.write("script", name=name)
        try:
            act()
        except (ScriptFailed, psycopg.Error, OSError, KeyError, ValueError) as error:
            self.history.write("script failed", name=name, error=type(error).__name__)

    def _until_celery_works(self) -> None:
        """Wait for a sign of life of the release workers, so that killing them shows something.

        If there is none for long although all that they need is available, restart them, as an operator would.
        """
        if self._celery_lives():
            return
        self.stuck += 1
        self.history.write("stuck", what="release")
        with suppress(OSError, KeyError, ValueError):
            self.breaking.kill("release")
        self._celery_lives()

    def _celery_lives(self) -> bool:
        began = time.time()

        def lives() -> bool:
            last = self.history.samples[-1]
            return last.began - last.celery_silent > began

        return wait_until(lives, seconds=RECOVERY_SECONDS)

    def _small_faults(self, stop: Event, count: int) -> None:
        """Inject small faults, each kind once before any is repeated."""
        for _ in range(count):
            stop.wait(self.chance.uniform(0.3, 0.9))
            self._waiting = self._waiting or self._kinds(stop)
            with suppress(psycopg.Error, OSError, KeyError, ValueError):
                self._waiting.pop()()

    def _kinds(self, stop: Event) -> list[Callable[[], object]]:
        broken = self.breaking
        kinds: list[Callable[[], object]] = [
            lambda: broken.kill_children("web", self.chance.choice([1, None])),
            lambda: broken.kill_children("release", 1),
            lambda: broken.kill("watcher"),
            lambda: broken.kill("beat"),
            broken.kill_backend,
            broken.cut_sessions,
            broken.flush,
            broken.cut_broker,
            broken.double,
            lambda: broken.storm(1.5, stop),
        ]
        self.chance.shuffle(kinds)
        return kinds

    # --- what came of it --------------------------------------------------------------------------------------------

    def _shift(self) -> float:
        last = self.history.samples[-1]
        return last.bank - last.ended

    def _rows(self) -> dict[str, Hold]:
        with psycopg.connect(**self.database, connect_timeout=5, row_factory=dict_row) as session:
            return rows_of(session.execute(_ROWS, [self.began]).fetchall())

    def _seen(self) -> Seen:
        while True:
            with suppress(psycopg.Error):
                return Seen(self.history, self._rows())
            time.sleep(0.2)

    def _until_ended(self, seconds: float) -> None:
        wait_until(lambda: all(each.status != "held" for each in self._seen().holds.values()), seconds=seconds)

    def _judge(self, unknown: int, quiet: float) -> RunOutcome:
        seen = self._seen()
        verdict = judge(seen)
        differing = self.clients.differing(REPLAYS, self.seed)
        verdict.hold("a repeat is answered as the first", [f"{differing} differ"] if differing else [])
        self.history.close()
        return RunOutcome(
            verdict,
            found(seen),
            faults=Counter(each.what for each in self.history.faults),
            answers=self.clients.answers,
            operations=len(self.history.operations),
            unknown=unknown,
            holds=len(seen.holds),
            released_by=Counter(each.released_by for each in seen.holds.values() if each.released_by),
            quiet=quiet,
            cuts=self.proxy.cuts,
            stuck=self.stuck,
        )


def _celery(*words: str) -> tuple[str, ...]:
    return ("-m", "celery", "-A", "config.celery:app", *words)


def report(outcome: RunOutcome, history: History, about: Mapping[str, Any]) -> Report:
    """Return the report of a run.

    :param about: further facts about the run, besides those of every drill.
    """
    evidence = {name: lines[:SHOWN] for name, lines in outcome.evidence.items()}
    situations = [
        (name, len(outcome.evidence[name]) or "**0**", (lines or [""])[0]) for name, lines in evidence.items()
    ]
    return Report(
        "故障演练 Chaos run",
        {name: not against for name, against in outcome.verdict.against.items()},
        against={name: against[:SHOWN] for name, against in outcome.verdict.against.items() if against},
        missing=outcome.missing,
        about=about,
        tables=[
            [("情形 Situation", "次数 Met", "例证 Evidence"), *situations],
            [("故障 Breakage", "次数 Count"), *sorted(outcome.faults.items())],
        ],
        notes=[
            f"操作 operations {outcome.operations}, 待到账 holds {outcome.holds}",
            f"入账方 released by {dict(outcome.released_by)}",
            f"connections cut {outcome.cuts}, unknown settled by their keys {outcome.unknown}",
            f"all quiet {outcome.quiet:.1f} s after the last fault",
            f"release workers that hung and were started anew: {outcome.stuck}",
        ],
        figures={
            "situations": {name: len(lines) for name, lines in outcome.evidence.items()},
            "evidence": evidence,
            "faults": dict(sorted(outcome.faults.items())),
            "operations": outcome.operations,
            "holds": outcome.holds,
            "released_by": dict(outcome.released_by),
            "unknown_settled": outcome.unknown,
            "connections_cut": outcome.cuts,
            "release_workers_stuck": outcome.stuck,
            "quiet_seconds": round(outcome.quiet, 1),
            "answers": dict(outcome.answers.most_common()),
        },
        files={"totals.svg": draw(history)},
    )


def draw(history: History) -> str:
    """Return the chart of a run: total money and reserved money over time."""
    return draw_curves(
        "余额合计与预留合计 Totals over time",
        [
            Curve("total", "余额合计 balances (fen)", [(each.began, each.total_fen) for each in history.samples]),
            Curve("held", "预留合计 reserved (fen)", [(each.began, each.held_fen) for each in history.samples]),
        ],
        history.faults,
        history.blind,
    )
