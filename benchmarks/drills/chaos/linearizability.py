"""Check that the observations of one hold fit some order of single steps (linearizability).

Each act took effect at one instant between its beginning and its end. An act without an answer took effect at any
time after its beginning, or never. The checker searches for an order of all acts that respects these times and in
which each act has the answered result, by the simple model of a hold below. If there is none, no bank that processes
one act after the other could have given these answers.

:source: Wing and Gong, Testing and Verifying Concurrent Objects, 1993; Jepsen's Knossos uses the same algorithm.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import inf


class Name(StrEnum):
    """Kinds of acts and observations of a hold."""

    ACCEPT = "accept"
    FALL_DUE = "fall due"
    RELEASE = "release"
    CANCEL = "cancel"
    READ = "read"


#: Reasons of a refused cancellation: the instant was past, or the transfer had ended.
TOO_LATE = "too late"
ABSENT = "absent"
HELD, POSTED, RETURNED, CANCELLED = "held", "posted", "returned", "cancelled"


@dataclass(frozen=True, slots=True)
class HoldAct:
    """One act on a hold.

    :ivar result: the resulting or observed status; `TOO_LATE` for a cancellation refused as too late.
    :ivar begun: time of the request, in seconds of a clock shared by all acts.
    :ivar ended: time of the answer; infinite without one.
    :ivar certain: False if it is unknown whether it took effect.
    """

    name: Name
    result: str
    begun: float = -inf
    ended: float = inf
    certain: bool = True


@dataclass(frozen=True, slots=True)
class State:
    """Model of a hold: its status, and whether its due instant is past."""

    status: str = ABSENT
    due: bool = False


def step(state: State, act: HoldAct) -> State | None:
    """Return the state after an act; None if the act could not have its result in this state."""
    match act.name:
        case Name.ACCEPT if state.status == ABSENT:
            return State(HELD)
        case Name.FALL_DUE if state.status != ABSENT and not state.due:
            return State(state.status, due=True)
        # Never early, only once, and never after a cancellation.
        case Name.RELEASE if state.status == HELD and state.due:
            return State(act.result, due=True)
        case Name.CANCEL:
            return _cancelled(state, act.result)
        case Name.READ if act.result == state.status:
            return state
    return None


def _cancelled(state: State, result: str) -> State | None:
    """Return the state after a cancellation with a result: strictly before the due instant, or not at all."""
    if result == CANCELLED:
        if state.status == HELD and not state.due:
            return State(CANCELLED)
        # A repeat finds the transfer cancelled and changes nothing.
        return state if state.status == CANCELLED else None
    if result == TOO_LATE:
        return state if state.status == HELD and state.due else None
    return state if state.status == result else None


@dataclass(frozen=True, slots=True)
class UnexplainedHold:
    """A hold that no order explains.

    :ivar explained: the longest explained sequence of acts.
    :ivar left: the acts that cannot follow any of the longest sequences.
    """

    explained: Sequence[HoldAct]
    left: Sequence[HoldAct]

    def __str__(self) -> str:
        return f"after {_describe(self.explained) or 'nothing'} none of: {_describe(self.left)}"


def check(acts: Iterable[HoldAct]) -> UnexplainedHold | None:
    """Search for an order that explains the acts on one hold.

    :returns: None if there is one.
    """
    return _Search(sorted(acts, key=lambda act: act.begun)).run()


class _Search:
    """Depth-first search of all orders that enters no state with the same acts twice."""

    def __init__(self, acts: Sequence[HoldAct]) -> None:
        self.acts = acts
        self.wanted = sum(1 << place for place, act in enumerate(acts) if act.certain)
        self.seen: set[tuple[int, State]] = set()
        self.longest: list[int] = []

    def run(self) -> UnexplainedHold | None:
        """Search; return None if an order with all certain acts is found."""
        if self._walk(0, State(), []):
            return None
        left = [act for place, act in enumerate(self.acts) if place not in self.longest and act.certain]
        return UnexplainedHold([self.acts[place] for place in self.longest], left)

    def _walk(self, done: int, state: State, order: list[int]) -> bool:
        if done & self.wanted == self.wanted:
            return True
        if (done, state) in self.seen:
            return False
        self.seen.add((done, state))
        if len(order) > len(self.longest):
            self.longest = list(order)
        for place in self._next(done):
            following = step(state, self.acts[place])
            if following is not None and self._walk(done | 1 << place, following, [*order, place]):
                return True
        return False

    def _next(self, done: int) -> list[int]:
        """Return the acts that may come next: those that began before every remaining act had ended."""
        left = [place for place in range(len(self.acts)) if not done >> place & 1]
        first_end = min((self.acts[place].ended for place in left if self.acts[place].certain), default=inf)
        return [place for place in left if self.acts[place].begun <= first_end]


def _describe(acts: Iterable[HoldAct]) -> str:
    return ", ".join(f"{act.name} ({act.result}) [{act.begun:.3f}-{act.ended:.3f}]" for act in acts)
