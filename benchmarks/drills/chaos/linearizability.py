"""Whether what was seen of one hold is what some order of single steps would have shown (linearizability).

Each act took place at one instant between its beginning and its end. What nobody knows of is between its beginning and
for ever, or nowhere. The checker looks for an order of all acts that keeps to these times and in which each act has the
result that was answered, by the plain model of a hold below. If there is none, no bank that does one thing after the
other could have answered so.

:source: Wing and Gong, Testing and Verifying Concurrent Objects, 1993; Jepsen's Knossos works by the same.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import inf


class Name(StrEnum):
    """What may be done to a hold, or be seen of it."""

    ACCEPT = "accept"
    FALL_DUE = "fall due"
    RELEASE = "release"
    CANCEL = "cancel"
    READ = "read"


#: How a cancellation was refused: the instant was past, or the transfer had ended.
TOO_LATE = "too late"
ABSENT = "absent"
HELD, POSTED, RETURNED, CANCELLED = "held", "posted", "returned", "cancelled"


@dataclass(frozen=True, slots=True)
class Deed:
    """One act upon a hold.

    :ivar result: the status that it came to or showed; `TOO_LATE` for a cancellation that was refused for the time.
    :ivar begun: when it was asked for, in seconds of any clock that all acts share.
    :ivar ended: when its answer was there; infinite where there was none.
    :ivar certain: False where nobody knows whether it took place at all.
    """

    name: Name
    result: str
    begun: float = -inf
    ended: float = inf
    certain: bool = True


@dataclass(frozen=True, slots=True)
class State:
    """A hold in the model: where it stands, and whether its due instant is past."""

    status: str = ABSENT
    due: bool = False


def step(state: State, act: Deed) -> State | None:
    """Return the state after an act, None where the act could not have had its result in this state."""
    match act.name:
        case Name.ACCEPT if state.status == ABSENT:
            return State(HELD)
        case Name.FALL_DUE if state.status != ABSENT and not state.due:
            return State(state.status, due=True)
        # Never early, once, and never after a cancellation.
        case Name.RELEASE if state.status == HELD and state.due:
            return State(act.result, due=True)
        case Name.CANCEL:
            return _cancelled(state, act.result)
        case Name.READ if act.result == state.status:
            return state
    return None


def _cancelled(state: State, result: str) -> State | None:
    """Return the state after a cancellation that was answered so: strictly before the due instant, or not at all."""
    if result == CANCELLED:
        if state.status == HELD and not state.due:
            return State(CANCELLED)
        # A repeat finds it cancelled and changes nothing.
        return state if state.status == CANCELLED else None
    if result == TOO_LATE:
        return state if state.status == HELD and state.due else None
    return state if state.status == result else None


@dataclass(frozen=True, slots=True)
class Broken:
    """No order explains a hold.

    :ivar explained: as many acts as any order explains, in that order.
    :ivar left: those that none of the longest orders could go on with.
    """

    explained: Sequence[Deed]
    left: Sequence[Deed]

    def __str__(self) -> str:
        return f"after {_told(self.explained) or 'nothing'} none of: {_told(self.left)}"


def check(acts: Iterable[Deed]) -> Broken | None:
    """Look for an order that explains the acts upon one hold.

    :returns: None when there is one.
    """
    return _Search(sorted(acts, key=lambda act: act.begun)).run()


class _Search:
    """A walk through all orders, deepest first, which enters no state with the same acts done twice."""

    def __init__(self, acts: Sequence[Deed]) -> None:
        self.acts = acts
        self.wanted = sum(1 << place for place, act in enumerate(acts) if act.certain)
        self.seen: set[tuple[int, State]] = set()
        self.longest: list[int] = []

    def run(self) -> Broken | None:
        """Walk; None when an order was found that has all that is certain."""
        if self._walk(0, State(), []):
            return None
        left = [act for place, act in enumerate(self.acts) if place not in self.longest and act.certain]
        return Broken([self.acts[place] for place in self.longest], left)

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
        """Return which acts may come next: none that began after another, still to come, had ended."""
        left = [place for place in range(len(self.acts)) if not done >> place & 1]
        first_end = min((self.acts[place].ended for place in left if self.acts[place].certain), default=inf)
        return [place for place in left if self.acts[place].begun <= first_end]


def _told(acts: Iterable[Deed]) -> str:
    return ", ".join(f"{act.name} ({act.result}) [{act.begun:.3f}-{act.ended:.3f}]" for act in acts)
