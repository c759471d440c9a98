"""Simultaneous requests are executed together by one of their threads, without waiting for more."""

from collections.abc import Callable
from concurrent.futures import Future
from contextlib import contextmanager
from threading import Event, Lock

import pytest

from config.kernel.requests.micro_batches import MicroBatches, NotAnswered
from config.stack.process import wait_until
from tests.races import begin

SECONDS = 30


class Workshop:
    """Executes sets of words; the first set is held until the test releases it."""

    def __init__(self, *, most: int = 10, teams: int = 1, patience: float = 60, limit: float = 60) -> None:
        self.sets: list[list[str]] = []
        self.begun, self.go_on, self.hanging = Event(), Event(), Event()
        self.lock = Lock()
        self.waiting_count = 0
        self.batches: MicroBatches[str] = MicroBatches(
            self.work,
            same=str.lower,
            most=most,
            teams=teams,
            patience=patience,
            limit=limit,
            while_waiting=self.while_waiting,
        )

    def work(self, items: list[str]) -> None:
        with self.lock:
            self.sets.append(items)
            first = len(self.sets) == 1
        if first:
            self.begun.set()
            assert self.go_on.wait(SECONDS)
        if "hang" in items:
            assert self.hanging.wait(SECONDS)
        if "bad" in items:
            raise ZeroDivisionError

    @contextmanager
    def while_waiting(self):
        self.waiting_count += 1
        try:
            yield
        finally:
            self.waiting_count -= 1

    def send(self, item: str) -> Future[None]:
        return begin(self.batches.do, item)

    def send_while_one_is_at_work(self, *items: str) -> list[Future[None]]:
        sent = [self.send("first")]
        assert self.begun.wait(SECONDS)
        for place, item in enumerate(items, 1):
            sent.append(self.send(item))
            self._wait(lambda place=place: len(self.batches.waiting) == place)
        return sent

    def let_go(self, sent: list[Future[None]]) -> None:
        self.go_on.set()
        for each in sent:
            each.result(timeout=SECONDS)

    @staticmethod
    def _wait(until: Callable[[], bool]) -> None:
        assert wait_until(until, seconds=SECONDS)


@pytest.fixture
def workshop():
    made: list[Workshop] = []

    def make(**more) -> Workshop:
        made.append(Workshop(**more))
        return made[-1]

    yield make
    for each in made:
        each.go_on.set()
        each.hanging.set()


def test_single_request_starts_at_once(workshop):
    shop = workshop()
    shop.go_on.set()
    shop.batches.do("a")
    shop.batches.do("b")
    assert shop.sets == [["a"], ["b"]]
    assert shop.batches.at_work == 0


def test_requests_during_execution_form_the_next_set_in_order_of_arrival(workshop):
    shop = workshop()
    sent = shop.send_while_one_is_at_work("a", "b", "c")
    assert shop.waiting_count == 3
    shop.let_go(sent)
    assert shop.sets == [["first"], ["a", "b", "c"]]
    assert (shop.batches.at_work, shop.waiting_count) == (0, 0)


def test_a_set_has_so_many_at_most_and_of_the_same_one(workshop):
    shop = workshop(most=3)
    sent = shop.send_while_one_is_at_work("a", "A", "b", "c", "d")
    shop.let_go(sent)
    assert shop.sets == [["first"], ["a", "b", "c"], ["A", "d"]]


def test_long_waiting_request_starts_while_others_run(workshop):
    shop = workshop(teams=2, patience=0.01)
    sent = [shop.send("first")]
    assert shop.begun.wait(SECONDS)
    shop.send("a").result(timeout=SECONDS)
    assert shop.sets == [["first"], ["a"]]
    shop.let_go(sent)
    assert shop.batches.at_work == 0


def test_failing_set_raises_for_its_leader_and_wakes_the_others(workshop):
    shop = workshop()
    sent = shop.send_while_one_is_at_work("bad", "b")
    shop.go_on.set()
    with pytest.raises(ZeroDivisionError):
        sent[1].result(timeout=SECONDS)
    sent[2].result(timeout=SECONDS)
    shop.batches.do("c")
    assert shop.sets == [["first"], ["bad", "b"], ["c"]]


def test_wait_for_a_hanging_leader_is_bounded(workshop):
    shop = workshop(patience=0.01, limit=1)
    first, hanging, served = shop.send_while_one_is_at_work("hang", "served")
    shop.let_go([first])
    assert wait_until(lambda: len(shop.sets) == 2, seconds=SECONDS)
    later = shop.send("later")
    for waiting in (served, later):
        with pytest.raises(NotAnswered):
            waiting.result(SECONDS)
    assert shop.sets == [["first"], ["hang", "served"]]
    shop.hanging.set()
    hanging.result(SECONDS)
    shop.batches.do("after")
    assert (shop.batches.at_work, len(shop.batches.waiting), shop.waiting_count) == (0, 0, 0)
    assert shop.sets[2:] == [["after"]]


class Cut(BaseException):
    """Ends a wait from outside, as an interrupt does."""


@pytest.mark.parametrize("when", ["on the way in", "on the way out"])
def test_request_that_leaves_early_frees_its_place(workshop, when):
    shop = workshop()
    plain = shop.batches.while_waiting

    @contextmanager
    def cut():
        if when == "on the way in":
            raise Cut
        with plain():
            yield
        raise Cut

    shop.batches.while_waiting = cut
    first = shop.send("first")
    assert shop.begun.wait(SECONDS)
    leaving = shop.send("leaving")
    assert wait_until(lambda: leaving.done() or len(shop.batches.waiting) == 1, seconds=SECONDS)
    shop.batches.while_waiting = plain
    staying = shop.send("staying")
    shop.let_go([first])
    with pytest.raises(Cut):
        leaving.result(SECONDS)
    staying.result(SECONDS)
    assert "staying" in shop.sets[-1]
    assert (shop.batches.at_work, len(shop.batches.waiting)) == (0, 0)
