"""A payer, a payee, a machine, the bank's clock running: what meets at one instant is told by its instants."""

from collections.abc import Callable
from typing import Any

import pytest

from config.kernel.access.keys import Caller
from config.kernel.database.transactions import perform
from config.kernel.law.refusals import Refusal
from config.stack.process import wait_until
from tests import factories
from tests.accounts.conftest import beyond, boss, cards, fifth_card, other  # noqa: F401 - fixtures
from tests.clock import Clock
from tests.races import SECONDS, Beside, not_yet_committed
from tests.transfers.conftest import atm, order, payee, payer  # noqa: F401 - fixtures
from transfers.models import Transfer
from transfers.operations.release import Released, release_due
from transfers.vocabulary import ReleasedBy


@pytest.fixture
def running(noon: Clock) -> Clock:
    """The bank's clock runs with the database's."""
    noon.run()
    return noon


@pytest.fixture
def officers(running: Clock) -> list[Caller]:
    """Two people in compliance."""
    return [factories.caller("compliance", name) for name in ("one", "two")]


@pytest.fixture
def at_once_order(order: Callable[..., dict[str, Any]], payer: Any) -> dict[str, Any]:  # noqa: F811 - the fixtures
    """The body of a transfer at the counter that moves the money at once."""
    return order(payer={"account_id": str(payer.id)}, arrival="real_time")


def release() -> Released:
    """Look once for what is due."""
    return release_due(released_by=ReleasedBy.CELERY)


def release_all() -> None:
    """Look again and again until nothing is held: what somebody held locked comes later."""

    def nothing_held() -> bool:
        release()
        return not Transfer.objects.filter(status="held").exists()

    assert wait_until(nothing_held, seconds=SECONDS)


def ended(work: Callable[[], object]) -> Callable[[], str]:
    """Return a call that does a unit of work in a transaction of its own and returns the code of its refusal, or `done`."""

    def run() -> str:
        try:
            perform(work)
        except Refusal as refusal:
            return refusal.code
        return "done"

    return run


def code_beside(first: Callable[[], object], second: Callable[[], object]) -> str:
    """Run a call while the first is not committed yet, in a transaction of its own; return how it ended (`ended`)."""
    with not_yet_committed():
        first()
        beside = Beside(ended(second)).wait_until_it_waits()
    return beside.result()
