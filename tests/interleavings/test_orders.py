"""All orders of concurrent acts about one held transfer, its payer and payee give the result of a serial order.

The transfer falls due during the acts: the move of the clock is a step like others. A transfer that is still
held at the end is released afterwards. The log has the number of orders (`--log-cli-level=INFO`).
"""

import logging
from collections.abc import Iterator

import pytest

from tests.clock import Clock
from tests.interleavings.bank import Bank, bank
from tests.interleavings.exploration import MOST, ended, try_all
from tests.interleavings.steps import Conflicts

log = logging.getLogger(__name__)

pytestmark = pytest.mark.django_db(transaction=True)

ACTS = ("cancel", "release", "freeze", "certificate", "close", "link", "merge")
#: The same key is two sessions by itself.
MORE = [
    ("cancel", "release", "freeze"),
    ("cancel", "release", "certificate"),
    ("release", "certificate", "release"),
    ("same key",),
    ("certificate", "same key"),
]


@pytest.fixture
def stage(noon: Clock) -> Iterator[Bank]:
    with bank(noon) as founded:
        yield founded


@pytest.mark.parametrize("act", ACTS)
def test_every_pair(stage, act):
    """Each act with itself and with those after it in the list."""
    log.info("\n".join(try_all(stage, act, other) for other in ACTS[ACTS.index(act) :]))


@pytest.mark.parametrize("acts", MORE, ids="-".join)
def test_three_sessions_give_the_result_of_a_serial_order(stage, acts):
    log.info(try_all(stage, *acts))


def test_orders_that_are_left_out_leave_nothing_else(stage, monkeypatch):
    """If no two steps count as independent, there are about three times as many orders with the same outcomes."""
    orders = stage.orders("cancel", "release", most=MOST)
    for _ in orders.serial():
        stage.finish_releases()
        stage.learn_written_tables()
        stage.put_back()
    few: set[str] = set()
    for story in orders.all():
        few.add(ended(stage, story, few))
    tried = orders.tried
    monkeypatch.setattr(Conflicts, "between", lambda *_: True)
    whole = stage.orders("cancel", "release", most=MOST)
    assert {ended(stage, story, few) for story in whole.all()} == few
    assert whole.tried > 2 * tried
