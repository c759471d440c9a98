"""Concurrent traffic at a set pace: workers in threads, and many terminals for a time."""

import math
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from random import Random
from threading import Event, Lock, Thread

from benchmarks.bank.books import Books
from benchmarks.bank.client import Bank, NoAnswer
from benchmarks.bank.people import SimulatedPerson, make_person
from benchmarks.bank.terminal import Terminal
from config.kernel.law.money import Fen

#: Initial balance of each customer: enough to pay, small enough to be used up now and then.
FIRST_DEPOSIT_FEN: Fen = 20_000_00


@dataclass(frozen=True, slots=True)
class Plan:
    """Duration, number of acts and pace of a run.

    :param seconds: duration of the run; with `acts`, whichever comes first.
    :param acts: total number of acts; None for no limit.
    :param per_second: acts of all terminals per second; None for as fast as possible.
    """

    terminals: int
    people: int
    seconds: float
    acts: int | None
    per_second: float | None
    seed: int


class Pace:
    """Turns for acts, so that all workers together keep the pace and the number.

    :param seconds: duration; with `acts`, whichever comes first.
    :param acts: number of turns; None for no limit.
    :param per_second: turns per second; None for as fast as possible.
    :ivar stop: set when there are no more turns.
    """

    def __init__(self, *, seconds: float = math.inf, acts: int | None = None, per_second: float | None = None) -> None:
        self.stop = Event()
        self._lock = Lock()
        self._left = acts
        self._gap = 1 / per_second if per_second else 0.0
        self._next = time.monotonic()
        self._deadline = self._next + seconds

    def turn(self) -> bool:
        """Wait for a turn; return False when there are no more."""
        with self._lock:
            now = time.monotonic()
            at = max(self._next, now) if self._gap else now
            if self.stop.is_set() or at > self._deadline or self._left == 0:
                return False
            self._next = at + self._gap
            if self._left is not None:
                self._left -= 1
        return not self.stop.wait(at - now) if at > now else True


@contextmanager
def traffic(workers: Iterable[Callable[[], object]], pace: Pace) -> Iterator[list[Thread]]:
    """Run each worker in its own thread, at its turns, until the block ends or there are no more turns.

    :param workers: functions to call at each turn.
    :raises Exception: the first error of a worker; the other workers then get no more turns.
    """
    errors: list[Exception] = []

    def work(act: Callable[[], object]) -> None:
        try:
            while pace.turn():
                act()
        except Exception as error:  # noqa: BLE001 - raised where the block ends
            errors.append(error)
            pace.stop.set()

    threads = [Thread(target=work, args=(act,), name=f"worker-{number}") for number, act in enumerate(workers)]
    for thread in threads:
        thread.start()
    try:
        yield threads
    finally:
        pace.stop.set()
        for thread in threads:
            thread.join()
    if errors:
        raise errors[0]


class Traffic:
    """The terminals of one run.

    :param machines: names of the principals whose keys they use.
    """

    def __init__(self, plan: Plan, bank: Bank, machines: list[str]) -> None:
        self.plan = plan
        self.bank = bank
        self.machines = machines
        self.books = Books()
        self.people: list[SimulatedPerson] = []

    def prepare(self) -> None:
        """Create the customers: each opens accounts and pays money in at the counter."""
        lanes = min(4, self.plan.people)

        def lane(number: int) -> list[SimulatedPerson]:
            random = Random(f"{self.plan.seed} people {number}")
            count = len(range(number, self.plan.people, lanes))
            return [make_person(self.bank, random, FIRST_DEPOSIT_FEN) for _ in range(count)]

        with ThreadPoolExecutor(lanes) as pool:
            self.people = [person for several in pool.map(lane, range(lanes)) for person in several]
        for person in self.people:
            self.books.moved_cash(person.account_id, FIRST_DEPOSIT_FEN)

    def run(self, meanwhile: Callable[[], None]) -> None:
        """Run all terminals until the time or the number of acts is over.

        :param meanwhile: called several times a second, to display the progress.
        """
        plan = self.plan
        terminals = [
            Terminal(
                self.bank,
                self.machines[number % len(self.machines)],
                self.people,
                self.books,
                Random(f"{plan.seed} terminal {number}"),
            )
            for number in range(plan.terminals)
        ]
        pace = Pace(seconds=plan.seconds, acts=plan.acts, per_second=plan.per_second)
        try:
            with traffic((each.act for each in terminals), pace) as threads:
                while any(thread.is_alive() for thread in threads):
                    meanwhile()
                    time.sleep(0.2)
        finally:
            for each in terminals:
                each.pair.shutdown()


def release_all(bank: Bank, last_due: datetime) -> str:
    """Move the sandbox clock past the last due instant; return the obstacle, or an empty text."""
    try:
        reply = bank.advance(max(0, math.ceil((last_due - bank.now()).total_seconds())))
    except NoAnswer as silence:
        return str(silence)
    return "" if reply.status == 200 else reply.label
