"""Micro-batches (微批): simultaneous work items of one process are done together, by one caller for all.

No item waits for others: a caller that finds no batch running starts at once, alone; items that arrive
meanwhile form the next batch.

Gain: with every order alone an order at 64 connections takes 3.1 times the CPU, at 16 1.7 times; with every
caller's key looked up alone 1.16 and 1.04 times (`make bench`).
"""

from collections import deque
from collections.abc import Callable, Hashable
from contextlib import AbstractContextManager, nullcontext
from threading import Lock
from time import monotonic


class NotAnswered(Exception):
    """Raised when an item was not done in time; whether it is done later is unknown."""


class MicroBatches[T]:
    """A queue whose callers take turns to work for all that wait.

    :param work: does a set of items and stores each result with its item; an exception reaches only the working
        caller.
    :param same: a key of an item; a set contains one item for each key.
    :param most: maximum number of items in a set.
    :param patience: after this many seconds a waiting caller starts a further team, unless `teams` are at work.
    :param limit: maximum wait of a caller in seconds, also when the working caller hangs.
    :param while_waiting: context that a caller enters while another works for it.
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
        while_waiting: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self.work, self.same, self.while_waiting = work, same, while_waiting
        self.most, self.teams, self.patience, self.limit = most, teams, patience, limit
        self.lock = Lock()
        self.waiting: deque[_Seat[T]] = deque()
        self.at_work = 0

    def do(self, item: T) -> None:
        """Return when the item is done, by this caller or another one.

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
                with self.while_waiting():
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
        """Wait until the item of a seat is done, or until the seat becomes the leader."""
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
        """Leave the queue; a leader passes the lead to the seat that has waited longest."""
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
        """Take the seats of the next set out of the queue, the leader first, then in order of arrival."""
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
