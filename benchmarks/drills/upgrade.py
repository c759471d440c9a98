"""Upgrade drill (升级演练): migrate a bank under traffic to a made-up next version, and take it back."""

import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from threading import Event, Thread
from typing import Any

from django.db import connection

from benchmarks.bank.client import Bank
from benchmarks.bank.people import SimulatedPerson, make_person
from benchmarks.bank.report import Measurement, Report
from benchmarks.bank.traffic import Pace, traffic
from benchmarks.drills.chaos.clients import Clients
from benchmarks.drills.chaos.history import History, Operation
from config.kernel.database.sql import rows
from config.kernel.database.transactions import owned
from config.stack.demo import ROOT
from config.stack.process import wait_until
from transfers.queries.steps import ReleaseStep, count_known, releases_of

PEOPLE, CLIENTS = 8, 4
OPENING_FEN = 100_000_00
#: A cancellation for so many orders.
CANCELLED_OF = 10
#: Traffic before the first step, between the two steps, and after the last one.
PAUSE_SECONDS = 1.0
SETTLE_SECONDS = 60
REPLAYS = 20
#: A report reads the tables of orders for so long, and pauses for so long, again and again.
READING_SECONDS = 0.7
LOOKS_EVERY_SECONDS = 0.02
#: An order waits for a lock of a migration no longer than this.
GOAL_SECONDS = 0.5
#: The version from which the drill begins and to which it returns.
VERSION = "1.1"
NEXT_VERSION = "benchmarks.drills.next_version.settings"

_READ = "SELECT FROM {} LIMIT 1"
_TABLES = ("accounts_account", "accounts_entry", "transfers_transfer", "transfers_event")
# The bank's own statements lock rows; only a migration makes them wait for a whole table.
_WAITS = """
SELECT coalesce(max(extract(epoch FROM clock_timestamp() - waitstart)), 0)::float AS seconds FROM pg_locks
WHERE NOT granted AND locktype = 'relation' AND mode IN ('AccessShareLock', 'RowShareLock', 'RowExclusiveLock')
"""
_REPEATED = re.compile(r"got no lock and is repeated: (\w{5})")


@dataclass(slots=True)
class SchemaStep:
    """One command of the drill, with what happened meanwhile.

    :ivar code: its exit code; `printed` what it wrote.
    :ivar begun: when it began, `ended` when it ended, by this machine's clock.
    :ivar lock_seconds: the longest wait of the bank's sessions for a table.
    """

    words: Sequence[str]
    code: int = -1
    printed: str = ""
    begun: float = 0.0
    ended: float = 0.0
    lock_seconds: float = 0.0

    def repeated(self, sqlstate: str) -> int:
        """Return how many changes were repeated after a failure with this code."""
        return _REPEATED.findall(self.printed).count(sqlstate)


@dataclass(frozen=True, slots=True)
class UpgradeDrill:
    """Result of a drill.

    :ivar steps: the migration there and the way back.
    :ivar orders: all orders, in the sequence in which they were sent.
    :ivar cancelled: number of orders cancelled in time.
    :ivar lost: acknowledged orders that are missing in the database; `unasked` transfers beyond one per order.
    :ivar released: all releases of these orders.
    :ivar unresolved: requests without a final answer; `differing` repeats with another answer than the first.
    """

    steps: Sequence[SchemaStep]
    orders: Sequence[Operation]
    cancelled: int
    lost: int
    unasked: int
    released: Sequence[ReleaseStep]
    unresolved: int
    differing: int
    answers: Mapping[str, int] = field(default_factory=dict)

    def promises(self) -> dict[str, bool]:
        """Return what was promised, and whether it was kept."""
        ids = [each.transfer_id for each in self.released]
        accepted = sum(each.status == 201 for each in self.orders)
        return {
            "the bank was migrated and went back": [each.code for each in self.steps] == [0, 0],
            "every order was accepted": 0 < accepted == len(self.orders),
            "nothing was lost and nothing made twice": not (self.lost or self.unasked or self.differing),
            "every request was resolved by its key": not self.unresolved,
            "each was released once, or cancelled": len(ids) == len(set(ids)) == accepted - self.cancelled,
            "nothing was early": all(each.at >= each.due_at for each in self.released),
            "no answer of 5xx but 503 was given": not any(
                label.startswith("5") and not label.startswith("503") for label in self.answers
            ),
            f"no order waited longer than {GOAL_SECONDS:g} s for a table": all(
                each.lock_seconds <= GOAL_SECONDS for each in self.steps
            ),
        }

    def longest(self, step: SchemaStep) -> float:
        """Return the seconds of the slowest order that was under way during a step, over HTTP with all its sendings."""
        during = [each for each in self.orders if each.begun < step.ended and each.answered > step.begun]
        return max((each.answered - each.begun for each in during), default=0.0)


def hold(
    answer: Mapping[str, Any], owner: Mapping[str, str], *, rate: int, seed: int, hold_seconds: float
) -> UpgradeDrill:
    """Hold the drill in a running bank.

    :param owner: the environment of the tables' owner.
    :raises NotPrepared, NoAnswer: if the bank refuses what the drill needs.
    """
    bank = Bank(answer["base_url"], answer["keys"])
    clients = Clients(bank, History(None), hold_seconds)
    people = [make_person(bank, random.Random(seed), OPENING_FEN) for _ in range(PEOPLE)]
    workers = [partial(_pay, clients, people, random.Random(f"{seed} {number}")) for number in range(CLIENTS)]
    there, back = SchemaStep(["migrate", "--verbosity", "1"]), SchemaStep(["go_back", VERSION])
    with ExitStack() as stack:
        stack.enter_context(traffic(workers, Pace(per_second=rate)))
        stack.enter_context(_thread(_read_at_length))
        for step in (there, back):
            time.sleep(PAUSE_SECONDS)
            _run(step, owner)
            if step.code:
                break
        time.sleep(PAUSE_SECONDS)
    _, unresolved = clients.settle(SETTLE_SECONDS)
    operations = clients.history.operations
    orders = [each for each in operations if each.kind == "accept"]
    cancelled = sum(each.kind == "cancel" and each.status == 200 for each in operations)
    ids = [each.subject for each in orders if each.status == 201]
    wait_until(lambda: len(releases_of(ids)) >= len(ids) - cancelled, seconds=hold_seconds + SETTLE_SECONDS)
    known, made = count_known(ids, [each.account_id for each in people])
    return UpgradeDrill(
        [there, back],
        orders,
        cancelled,
        lost=len(ids) - known,
        unasked=made - len({*ids}),
        released=releases_of(ids),
        unresolved=unresolved,
        differing=clients.differing(REPLAYS, seed),
        answers=dict(clients.answers),
    )


def report(drill: UpgradeDrill) -> Report:
    """Return the result as a report."""
    head = [
        "步骤 Step",
        "秒 Seconds",
        "锁等待 Lock (s)",
        "最慢一笔 Slowest order (s)",
        "超时重试 55P03",
        "死锁重试 40P01",
    ]
    lines = [
        (
            each.words[0],
            f"{each.ended - each.begun:.1f}",
            f"{each.lock_seconds:.2f}",
            f"{drill.longest(each):.2f}",
            each.repeated("55P03"),
            each.repeated("40P01"),
        )
        for each in drill.steps
    ]
    failed = [each.printed[-2000:] for each in drill.steps if each.code]
    return Report(
        "升级演练 Upgrade drill",
        drill.promises(),
        lines=[
            Measurement(
                f"slowest order during {each.words[0]}",
                [drill.longest(each) * 1000],
                "ms",
                most=GOAL_SECONDS * 1000,
            )
            for each in drill.steps
        ],
        tables=[[head, *lines]],
        notes=[
            f"{len(drill.orders)} orders, {drill.cancelled} cancelled, {len(drill.released)} released",
            *failed,
        ],
        figures={
            "orders": len(drill.orders),
            "cancelled": drill.cancelled,
            "released": len(drill.released),
            "lock_seconds": [round(each.lock_seconds, 3) for each in drill.steps],
            "slowest_seconds": [round(drill.longest(each), 3) for each in drill.steps],
            "lock_timeouts_repeated": [each.repeated("55P03") for each in drill.steps],
            "deadlocks_repeated": [each.repeated("40P01") for each in drill.steps],
        },
    )


def _pay(clients: Clients, people: Sequence[SimulatedPerson], chance: random.Random) -> None:
    payer, payee = chance.sample(people, 2)
    order = clients.ask(clients.order(payer, payee, 1), seconds=SETTLE_SECONDS)
    if order.status == 201 and chance.randrange(CANCELLED_OF) == 0:
        clients.ask(clients.cancellation(order.subject, payer))


def _run(step: SchemaStep, owner: Mapping[str, str]) -> None:
    """Run a command as the tables' owner with the code of the made-up version."""
    argv = [sys.executable, str(ROOT / "manage.py"), *step.words]
    environment = {**os.environ, **owner, "DJANGO_SETTINGS_MODULE": NEXT_VERSION}
    step.begun = time.time()
    with _thread(partial(_look, step)):
        done = subprocess.run(
            argv, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
    step.ended, step.code, step.printed = time.time(), done.returncode, done.stdout


def _look(step: SchemaStep, over: Event) -> None:
    """Keep the longest wait of a session of the bank for a table."""
    while not over.wait(LOOKS_EVERY_SECONDS):
        step.lock_seconds = max(step.lock_seconds, rows(_WAITS)[0]["seconds"])


def _read_at_length(over: Event) -> None:
    """Read the tables of orders in long transactions, as a report does: a migration cannot lock them meanwhile."""
    while not over.wait(READING_SECONDS):
        with owned():
            for table in _TABLES:
                rows(_READ.format(table))
            over.wait(READING_SECONDS)


@contextmanager
def _thread(work: Callable[[Event], None]) -> Iterator[None]:
    """Let work with a session of its own go on as long as the block does."""
    over = Event()

    def whole() -> None:
        try:
            work(over)
        finally:
            connection.close()

    thread = Thread(target=whole)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
