"""Work that callers of one process bring at the same time is done together, by one of them for all (微批).

Nothing waits for company: whoever finds nobody at work begins at once, alone; what comes meanwhile is the next set.

Gain: with every order alone an order at 64 connections takes 3.1 times the CPU, at 16 1.7 times; with every caller's key looked up
alone 1.16 and 1.04 times (`make bench`).
"""

from collections import deque
from collections.abc import Callable, Hashable
from contextlib import AbstractContextManager, nullcontext
from threading import Lock
from time import monotonic


class NotAnswered(Exception):
    """Raised to a caller for whom nobody was done in time; whether its item is done later is not known."""


class Together[T]:
    """A queue whose callers take turns to work for all who wait.

    :param work: does a set of items, and keeps what became of each with it; what it raises is its caller's alone.
    :param same: of two items of which this is the same, one is in a set.
    :param most: so many items are in a set.
    :param patience: who has waited so many seconds while others are at work begins beside them, unless `teams` are.
    :param limit: a caller waits so many seconds at most, also for one who hangs while it works for others.
    :param aside: what a caller enters while another works for it.
    """

    def __init__(
        self,
        work: Callable[[list[T]], None],
        *,
        same: Callable[[T], Hashable],
        most: int,
        teams: int,
        patience: float,
        limit: float,
        aside: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self.work, self.same, self.aside = work, same, aside
        self.most, self.teams, self.patience, self.limit = most, teams, patience, limit
        self.lock = Lock()
        self.waiting: deque[_Seat[T]] = deque()
        self.at_work = 0

    def do(self, item: T) -> None:
        """Return when the item was done, by this caller or by another.

        :raises NotAnswered: when it was not done within `limit`.
        """
        seat = _Seat(item)
        with self.lock:
            seat.leads = self.at_work == 0
            if seat.leads:
                self.at_work = 1
            else:
                self.waiting.append(seat)
        if not seat.leads:
            try:
                with self.aside():
                    self._wait(seat)
            except BaseException:
                self._leave(seat)
                raise
        if seat.leads:
            self._lead(seat)

    def _lead(self, own: "_Seat[T]") -> None:
        team: list[_Seat[T]] = []
        try:
            with self.lock:
                team = self._team(own)
            self.work([each.item for each in team])
        finally:
            self._leave(own)
            for each in team:
                each.woken.release()

    def _wait(self, seat: "_Seat[T]") -> None:
        """Wait until somebody has worked for a seat, or it is its turn to lead."""
        ends = monotonic() + self.limit
        while not seat.woken.acquire(timeout=self.patience):
            if monotonic() >= ends:
                raise NotAnswered
            with self.lock:
                if seat in self.waiting and self.at_work < self.teams:
                    self.waiting.remove(seat)
                    self.at_work += 1
                    seat.leads = True
                    return

    def _leave(self, seat: "_Seat[T]") -> None:
        """Leave the queue; a leader hands the lead to the seat that has waited longest, so that the queue is worked on."""
        with self.lock:
            if seat in self.waiting:
                self.waiting.remove(seat)
            if not seat.leads:
                return
            if not self.waiting:
                self.at_work -= 1
                return
            following = self.waiting.popleft()
            following.leads = True
            following.woken.release()

    def _team(self, own: "_Seat[T]") -> list["_Seat[T]"]:
        """Take out of the queue whom to work for, the leader first, the others as they came."""
        chosen = {self.same(own.item): own}
        left: deque[_Seat[T]] = deque()
        for each in self.waiting:
            if len(chosen) == self.most or chosen.setdefault(self.same(each.item), each) is not each:
                left.append(each)
        self.waiting = left
        return list(chosen.values())


class _Seat[T]:
    __slots__ = ("item", "leads", "woken")

    def __init__(self, item: T) -> None:
        self.item = item
        self.leads = False
        self.woken = Lock()
        self.woken.acquire()
