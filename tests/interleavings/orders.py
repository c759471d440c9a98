"""Enumerate the orders of the sessions' steps; indistinguishable orders run once.

As in PostgreSQL's isolation tester, the server itself tells which step waits (`pg_blocking_pids`), and other
sessions go on meanwhile. Here, however, the steps are those of the code, and an order is left out if it
differs from an earlier one only in steps whose order has no effect (see :mod:`steps`): a search with sleep
sets (Godefroid, Partial-Order Methods for the Verification of Concurrent Systems, 1996).
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import permutations

import psycopg

from tests.interleavings.sessions import Session, Unit
from tests.interleavings.steps import Conflicts, Step

#: How long a step is given before the server is asked whether it waits, and between two such questions, in seconds.
_SOON, _AGAIN = 0.004, 0.002
SECONDS = 60
#: How often an order is tried that does not come about as it did.
_TRIES = 5
_BLOCKED = "SELECT pg_blocking_pids(%s)"


@dataclass(slots=True)
class Story:
    """One executed order.

    :ivar made: the executed steps in order, with their sessions.
    :ivar waits: how often a session waited for another.
    :ivar deadlocks: how often all sessions waited, so that the server ended a transaction.
    """

    made: list[tuple[int, Step]] = field(default_factory=list)
    waits: int = 0
    deadlocks: int = 0

    def __str__(self) -> str:
        return "\n".join(f"  {number} {step}" for number, step in self.made)

    def made_by(self, number: int) -> int:
        """Return the number of steps of a session."""
        return sum(1 for each, _ in self.made if each == number)


class Run:
    """Sessions on one database, executed step by step."""

    def __init__(
        self,
        sessions: Sequence[Session],
        work: Sequence[Sequence[Unit]],
        server: "psycopg.Connection[tuple[list[int]]]",
        conflicts: Conflicts,
    ) -> None:
        self.sessions, self._server, self._conflicts = sessions, server, conflicts
        self.story = Story()
        self._waiting: dict[int, tuple[Step, list[int]]] = {}
        for session, units in zip(sessions, work, strict=True):
            session.begin(units)

    @property
    def finished(self) -> bool:
        """Return whether all sessions have finished."""
        return all(each.finished for each in self.sessions)

    def ready(self) -> list[int]:
        """Return the sessions that are before a step."""
        return [number for number, each in enumerate(self.sessions) if each.pending is not None]

    def pending(self, number: int) -> Step:
        """Return the next step of a session."""
        step = self.sessions[number].pending
        assert step is not None
        return step

    def step(self, number: int) -> None:
        """Let a session make its step; return when it is done or waits, and unblocked sessions have gone on."""
        held = [each for other, session in enumerate(self.sessions) if other != number for each in session.held]
        # A session that waits for this one waits for its next step, whatever that is: only this session lets it go on.
        held += [waiting for waiting, blockers in self._waiting.values() if number in blockers]
        step = self.sessions[number].go()
        self.story.made.append((number, step))
        blockers = self._settled(number)
        if blockers:
            self.story.waits += 1
            self._waiting[number] = (step, blockers)
            for blocker in blockers:
                self._conflicts.waited(step, self.sessions[blocker].held)
        else:
            self._conflicts.passed(step, held)
            self._wake(number)
        while not self.ready() and not self.finished:
            self._deadlock()

    def _settled(self, number: int) -> list[int]:
        """Wait until a session rests or is blocked; return the sessions that block it."""
        session = self.sessions[number]
        pids = {each.pid: other for other, each in enumerate(self.sessions)}
        ends, pause = time.monotonic() + SECONDS, _SOON
        while not session.at_rest.wait(pause):
            (blocking,) = self._server.execute(_BLOCKED, [session.pid]).fetchone() or ([],)
            found = [pids[pid] for pid in blocking if pid in pids and pids[pid] != number]
            if found:
                return found
            assert time.monotonic() < ends, f"a step neither ends nor waits:\n{self.story}"
            pause = _AGAIN
        return []

    def _deadlock(self) -> None:
        """Wait until the server or a lock timeout ends one of the blocked transactions."""
        self.story.deadlocks += 1
        ends = time.monotonic() + SECONDS
        while not (gone := [each for each in self._waiting if self.sessions[each].at_rest.wait(_AGAIN)]):
            assert time.monotonic() < ends, f"all wait:\n{self.story}"
        for number in gone:
            del self._waiting[number]
        for number in gone:
            self._wake(number)

    def _wake(self, number: int) -> None:
        """Find sessions that no longer wait after a step that released locks."""
        freed = self.sessions[number].let_go
        for waiting in list(self._waiting):
            step, blockers = self._waiting.get(waiting, (None, []))
            # A lock timeout in the code may have ended the wait while the lock is still held.
            if step is None or not (self.sessions[waiting].at_rest.is_set() or (freed and number in blockers)):
                continue
            if blockers := self._settled(waiting):
                self._waiting[waiting] = (step, blockers)
            else:
                del self._waiting[waiting]
                self._wake(waiting)


@dataclass(slots=True)
class _Node:
    """A node in the tree of orders: the pending steps, the sleeping sessions, the tried and planned choices."""

    pending: dict[int, Step]
    asleep: frozenset[int]
    awake: list[int]
    choice: int
    tried: list[int] = field(default_factory=list)

    def next_choice(self) -> int | None:
        return next((each for each in self.awake if each not in self.tried), None)


class Orders:
    """The orders of the work of several sessions.

    :ivar tried: number of executed orders without the serial ones.
    :ivar lost: number of orders that could not be reproduced to continue from them.
    """

    def __init__(
        self,
        sessions: Sequence[Session],
        work: Callable[[], Sequence[Sequence[Unit]]],
        server: "psycopg.Connection[tuple[list[int]]]",
        most: int = 100_000,
    ) -> None:
        self.sessions, self._work, self._server, self._most = sessions, work, server, most
        self._conflicts = Conflicts()
        self._alike = [tuple(each) for each in work()]
        self.tried = self.lost = 0
        self._followed = True

    def serial(self) -> Iterator[Story]:
        """Execute the units one after the other, in every order that keeps each session's own."""
        units = [number for number, each in enumerate(self._work()) for _ in each]
        for order in sorted(set(permutations(units))):
            run = self._begin()
            for number in order:
                left = run.sessions[number].units_left
                while run.sessions[number].units_left == left:
                    if not run.sessions[number].pending:
                        break
                    run.step(number)
            assert run.finished, f"a session waits although no other works:\n{run.story}"
            yield run.story

    def overlapped(self) -> Iterator[Story]:
        """Run each session up to the end of its transaction, in every order of sessions, then finish all.

        These orders are also among all orders; they show early which steps conflict.
        """
        for order in permutations(range(len(self.sessions))):
            run = self._begin()
            for number in order:
                while number in run.ready() and not (run.pending(number).ends and run.sessions[number].units_left == 1):
                    run.step(number)
            while not run.finished:
                run.step(run.ready()[0])
            yield run.story

    def all(self) -> Iterator[Story]:
        """Execute every order; the caller restores the database before the next one.

        When two sessions waiting for one transaction go on together, the server may let either be first: such an
        order is repeated a few times until it occurs again.
        """
        path: list[_Node] = []
        while True:
            for _ in range(_TRIES):
                yield from self._one(path)
                self.tried += 1
                assert self.tried < self._most, f"more than {self._most} orders"
                if self._followed:
                    break
            else:
                self.lost += 1
            while path:
                path[-1].tried.append(path[-1].choice)
                choice = path[-1].next_choice()
                if choice is not None:
                    path[-1].choice = choice
                    break
                path.pop()
            if not path:
                return

    def _begin(self) -> Run:
        return Run(self.sessions, self._work(), self._server, self._conflicts)

    def _one(self, path: list[_Node]) -> Iterator[Story]:
        """Execute one order along a path and on to its end, and extend the path."""
        run = self._begin()
        self._followed = new = self._follow(run, path)
        while not run.finished:
            # The session with the fewest steps goes first: waits are then known early, and not tried again later.
            ready = sorted(run.ready(), key=run.story.made_by)
            asleep = self._asleep(path[-1]) if new and path else frozenset()
            awake = [each for each in ready if each not in asleep and not self._is_second(run, each)]
            # Where all sleep, what is left of this order is tried in another one: it only comes to its end.
            new = new and bool(awake)
            if new:
                path.append(_Node({each: run.pending(each) for each in ready}, asleep, awake, awake[0]))
            run.step((awake or ready)[0])
        yield run.story

    def _is_second(self, run: Run, number: int) -> bool:
        """Return whether a session would start before an identical one: their order has no effect."""
        before = [each for each in range(number) if self._alike[each] == self._alike[number]]
        return run.story.made_by(number) == 0 and any(run.story.made_by(each) == 0 for each in before)

    @staticmethod
    def _follow(run: Run, path: list[_Node]) -> bool:
        """Follow a path; return whether it could be followed to its end."""
        for node in path:
            if run.ready() != sorted(node.pending):
                return False
            run.step(node.choice)
        return True

    def _asleep(self, node: _Node) -> frozenset[int]:
        """Return the sessions that can sleep after a choice, because their orders were tried before."""
        made = node.pending[node.choice]
        rested = node.asleep | set(node.tried)
        return frozenset(each for each in rested if not self._conflicts.between(node.pending[each], made))
