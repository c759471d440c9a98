"""Whatever is done at once about one held transfer, its payer and its payee: every order leaves what a serial one leaves.

The transfer falls due in the midst of it: that the clock moves on is a step like others. What is still held in the end is
released by whoever wakes next. How many orders each had is in the log (`--log-cli-level=INFO`).
"""

import logging
from collections.abc import Iterator

import pytest

from tests.clock import Clock
from tests.interleavings.bank import Bank, bank
from tests.interleavings.orders import Story
from tests.interleavings.steps import Conflicts

log = logging.getLogger(__name__)

pytestmark = pytest.mark.django_db(transaction=True)

ACTS = ("cancel", "release", "freeze", "certificate", "close", "link", "merge", "same key")
TRIPLES = [
    ("cancel", "release", "freeze"),
    ("cancel", "release", "certificate"),
    ("release", "certificate", "release"),
]
#: More than any of them has: who adds a round trip to an act sees here what it costs.
MOST = 1000


@pytest.fixture
def stage(noon: Clock) -> Iterator[Bank]:
    with bank(noon) as founded:
        yield founded


@pytest.mark.parametrize("act", ACTS)
def test_every_pair(stage, act):
    """Each act beside itself and those that come after it in the list; the same key is two sessions by itself."""
    others = ACTS[ACTS.index(act) :]
    told = [_try_all(stage, act) if other == act == "same key" else _try_all(stage, act, other) for other in others]
    log.info("\n".join(told))


@pytest.mark.parametrize("acts", TRIPLES, ids="-".join)
def test_every_triple(stage, acts):
    log.info(_try_all(stage, *acts))


def test_orders_that_are_left_out_leave_nothing_else(stage, monkeypatch):
    """With no two steps taken for such as nobody can tell apart there are some three times as many orders, no other outcomes."""
    orders = stage.orders("cancel", "release", most=MOST)
    for _ in orders.serial():
        stage.let_it_end()
        stage.learn_what_is_written()
        stage.put_back()
    few: set[str] = set()
    for story in orders.all():
        few.add(_ended(stage, story, few))
    tried = orders.tried
    monkeypatch.setattr(Conflicts, "between", lambda *_: True)
    whole = stage.orders("cancel", "release", most=MOST)
    assert {_ended(stage, story, few) for story in whole.all()} == few
    assert whole.tried > 2 * tried


def _try_all(stage: Bank, *acts: str) -> str:
    """Try acts in all orders; say how many there were."""
    orders = stage.orders(*acts, most=MOST)
    for _ in orders.serial():
        stage.let_it_end()
        stage.learn_what_is_written()
        stage.put_back()
    serial: set[str] = set()
    for story in orders.serial():
        serial.add(_ended(stage, story, serial))
    for _ in orders.overlapped():
        stage.put_back()
    waits = 0
    for story in orders.all():
        waits += story.waits
        result = _ended(stage, story, serial)
        assert result in serial, _unlike(result, serial, story)
    return f"{' x '.join(acts)}: {orders.tried} orders, {waits} waits, {len(serial)} outcomes, {orders.lost} lost"


def _ended(stage: Bank, story: Story, proved: set[str]) -> str:
    """Return what an order came to, proved unless the same was before, and put everything back."""
    assert not story.deadlocks, f"the order of locks lets all wait for each other:\n{story}"
    stage.let_it_end()
    result = stage.result()
    assert "ERROR" not in result, f"{result.splitlines()[0]}\n{story}"
    if result not in proved:
        assert stage.broken() == [], f"{result}\n{story}"
    stage.put_back()
    return result


def _unlike(result: str, serial: set[str], story: Story) -> str:
    """Say how a result differs from the serial one that is most like it."""
    found = set(result.splitlines())
    near = min((set(each.splitlines()) for each in serial), key=lambda each: len(each ^ found))
    return "\n".join(["no serial order leaves this:", *sorted(found - near), "but:", *sorted(near - found), str(story)])
