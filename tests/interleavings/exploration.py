"""Run acts in all orders: each result equals that of a serial order, and every invariant holds."""

from tests.interleavings.bank import Bank
from tests.interleavings.orders import Story

#: More orders than any acts have: who adds a round trip to an act sees here what it costs.
MOST = 1000


def try_all(stage: Bank, *acts: str) -> str:
    """Run acts in all orders; return how many there were."""
    orders = stage.orders(*acts, most=MOST)
    for _ in orders.serial():
        stage.finish_releases()
        stage.learn_written_tables()
        stage.put_back()
    serial: set[str] = set()
    for story in orders.serial():
        serial.add(ended(stage, story, serial))
    for _ in orders.overlapped():
        stage.put_back()
    waits = 0
    for story in orders.all():
        waits += story.waits
        result = ended(stage, story, serial)
        assert result in serial, _unlike(result, serial, story)
    return f"{' x '.join(acts)}: {orders.tried} orders, {waits} waits, {len(serial)} outcomes, {orders.lost} lost"


def ended(stage: Bank, story: Story, proved: set[str]) -> str:
    """Return the result of an order, proved unless seen before, and restore the bank."""
    assert not story.deadlocks, f"the order of locks lets all wait for each other:\n{story}"
    stage.finish_releases()
    against = stage.contradictions()
    assert not against, f"{against}\n{story}"
    result = stage.result()
    assert "ERROR" not in result, f"{result.splitlines()[0]}\n{story}"
    if result not in proved:
        broken = stage.broken()
        assert not broken, f"{broken}\n{result}\n{story}"
    stage.put_back()
    return result


def _unlike(result: str, serial: set[str], story: Story) -> str:
    """Return how a result differs from the most similar serial result."""
    found = set(result.splitlines())
    near = min((set(each.splitlines()) for each in serial), key=lambda each: len(each ^ found))
    return "\n".join(["no serial order leaves this:", *sorted(found - near), "but:", *sorted(near - found), str(story)])
