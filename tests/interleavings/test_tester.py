"""Tests of the tester: it finds conflicts of two sessions, detects waiting, and repeats no order."""

from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from django.db import connection

from config.kernel.database.sql import rows
from config.kernel.database.transactions import owned, perform
from tests.interleavings.orders import Orders, Story
from tests.interleavings.sessions import sessions
from tests.interleavings.steps import Catalog
from tests.roles import superuser

#: Makes a table of its own.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.owner]

TOYS = Catalog({"toy"}, {})
START = "TRUNCATE toy; INSERT INTO toy VALUES (1, 0), (2, 0)"


@pytest.fixture
def orders() -> Iterator[Callable[..., Orders]]:
    """Return a function that gives the orders of several pieces of work over a table of two numbers."""
    rows("CREATE TABLE toy (id int PRIMARY KEY, n int)")
    rows(START)
    name = connection.settings_dict["NAME"]
    with closing(superuser()) as server:
        server.autocommit = True
        server.execute(f"ALTER DATABASE {name} SET deadlock_timeout = '50ms'")
        with sessions(3, TOYS) as made:
            yield lambda *work: Orders(made[: len(work)], lambda: [[each] for each in work], server)
        server.execute(f"ALTER DATABASE {name} RESET deadlock_timeout")
    rows("DROP TABLE toy")


def results(stories: Iterator[Story]) -> list[tuple[int, ...]]:
    """Return the content of the table after each order."""
    found = []
    for _ in stories:
        found.append(tuple(each["n"] for each in rows("SELECT n FROM toy ORDER BY id")))
        rows(START)
    return found


def add_one(lock: str) -> Callable[[], None]:
    def work() -> None:
        with owned():
            n = rows(f"SELECT n FROM toy WHERE id = 1 {lock}")[0]["n"]
            rows("UPDATE toy SET n = %s WHERE id = 1", [n + 1])

    return work


def add(*ids: int) -> Callable[[], None]:
    def work() -> None:
        for each in ids:
            rows("UPDATE toy SET n = n + 1 WHERE id = %s", [each])

    return work


def test_lost_update_is_found(orders):
    tried = orders(add_one(""), add_one(""))
    assert set(results(tried.serial())) == {(2, 0)}
    assert set(results(tried.all())) == {(2, 0), (1, 0)}


def test_lock_prevents_the_conflict_and_the_waiting_session_is_known(orders):
    tried = orders(add_one("FOR UPDATE"), add_one("FOR UPDATE"))
    waits = []
    assert set(results(_noting(tried.all(), waits))) == {(2, 0)}
    assert {story.waits for story in waits} == {0, 1}


def test_deadlock_is_found_and_the_repeated_work_is_done(orders):
    tried = orders(lambda: perform(add(1, 2)), lambda: perform(add(2, 1)))
    stories: list[Story] = []
    assert set(results(_noting(tried.all(), stories))) == {(2, 2)}
    assert max(story.deadlocks for story in stories) == 1
    assert all(session.outcomes == ["done"] for session in tried.sessions)


def test_the_same_order_of_locks_leaves_no_deadlock(orders):
    tried = orders(*[lambda: perform(add(1, 2))] * 3)
    stories: list[Story] = []
    assert set(results(_noting(tried.all(), stories))) == {(3, 3)}
    assert not any(story.deadlocks for story in stories)


def test_indistinguishable_orders_run_once(orders):
    """Two sessions of 3 steps have 20 orders; these two do not conflict until one of them has ended."""
    tried = orders(lambda: perform(add(1, 1)), lambda: perform(add(2, 2)))
    assert set(results(tried.all())) == {(2, 2)}
    assert tried.tried < 10


def test_step_that_skips_locked_rows_is_tried_in_both_orders(orders):
    def count_the_free() -> str:
        with owned():
            return str(len(rows("SELECT id FROM toy FOR UPDATE SKIP LOCKED")))

    tried = orders(lambda: perform(add(1)), count_the_free)
    found = set()
    for _ in tried.all():
        found.add(tried.sessions[1].outcomes[0])
        rows(START)
    assert found == {"1", "2"}


def _noting(stories: Iterator[Story], into: list[Story]) -> Iterator[Story]:
    for each in stories:
        into.append(each)
        yield each
