"""Run many terminals at once for a time, then hand over what they were answered."""

import math
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from random import Random
from threading import Event, Lock, Thread

from benchmarks.bank.books import Books
from benchmarks.bank.client import Bank, NoAnswer
from benchmarks.bank.people import SimulatedPerson, make_person
from benchmarks.bank.terminal import Terminal
from config.kernel.law.money import Fen

#: What everybody begins with: enough to pay, little enough to run out of now and then.
FIRST_DEPOSIT_FEN: Fen = 20_000_00


@dataclass(frozen=True, slots=True)
class Plan:
    """How long, how many, how fast.

    :param seconds: how long the terminals work; with `acts` whichever comes first.
    :param acts: how many things they do together; None for no end but time.
    :param per_second: how many things they do together per second; None for as fast as it goes.
    """

    terminals: int
    people: int
    seconds: float
    acts: int | None
    per_second: float | None
    seed: int


class Pace:
    """Gives every act its turn, so that all terminals together keep the pace and the count."""

    def __init__(self, plan: Plan) -> None:
        self._lock = Lock()
        self._left = plan.acts
        self._gap = 1 / plan.per_second if plan.per_second else 0.0
        self._next = time.monotonic()
        self.deadline = self._next + plan.seconds

    def turn(self, stop: Event) -> bool:
        """Wait for a turn; False when there is none any more."""
        with self._lock:
            now = time.monotonic()
            at = max(self._next, now) if self._gap else now
            if stop.is_set() or at > self.deadline or self._left == 0:
                return False
            self._next = at + self._gap
            if self._left is not None:
                self._left -= 1
        return not stop.wait(at - now) if at > now else True


class Traffic:
    """The terminals of one run.

    :param machines: the principals whose keys they have.
    """

    def __init__(self, plan: Plan, bank: Bank, machines: list[str]) -> None:
        self.plan = plan
        self.bank = bank
        self.machines = machines
        self.books = Books()
        self.people: list[SimulatedPerson] = []
        self.stop = Event()

    def prepare(self) -> None:
        """Bring the people in: each opens accounts and pays money in at the counter."""
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
        """Let all terminals work until time or count is over.

        :param meanwhile: called several times a second, to show what goes on.
        """
        pace = Pace(self.plan)
        threads = [
            Thread(target=self._work, args=(number, pace), name=f"terminal-{number}")
            for number in range(self.plan.terminals)
        ]
        for thread in threads:
            thread.start()
        try:
            while any(thread.is_alive() for thread in threads):
                meanwhile()
                time.sleep(0.2)
        finally:
            self.stop.set()
            for thread in threads:
                thread.join()

    def _work(self, number: int, pace: Pace) -> None:
        random = Random(f"{self.plan.seed} terminal {number}")
        machine = self.machines[number % len(self.machines)]
        terminal = Terminal(self.bank, machine, self.people, self.books, random)
        try:
            while pace.turn(self.stop):
                terminal.act()
        except Exception as error:
            self.books.complain(f"terminal {number} broke: {type(error).__name__} {error}")
            raise
        finally:
            terminal.pair.shutdown()


def release_all(bank: Bank, last_due: datetime) -> str:
    """Move the sandbox clock past the last due instant; return what stood in the way, or nothing."""
    try:
        reply = bank.advance(max(0, math.ceil((last_due - bank.now()).total_seconds())))
    except NoAnswer as silence:
        return str(silence)
    return "" if reply.status == 200 else reply.label
