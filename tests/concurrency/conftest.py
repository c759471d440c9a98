"""Fixtures of concurrency tests: payer, payee, machine, and a running clock, so that instants show the order."""

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
from tests.races import SECONDS, ConcurrentCall, not_yet_committed
from tests.transfers.conftest import atm, order, payee, payer  # noqa: F401 - fixtures
from transfers.models import Transfer
from transfers.operations.release import Released, release_due
from transfers.vocabulary import ReleasedBy


@pytest.fixture
def running(noon: Clock) -> Clock:
    """The bank's clock, running with the database's."""
    noon.run()
    return noon


@pytest.fixture
def officers(running: Clock) -> list[Caller]:
    """Two compliance officers."""
    return [factories.caller("compliance", name) for name in ("one", "two")]


@pytest.fixture
def at_once_order(order: Callable[..., dict[str, Any]], payer: Any) -> dict[str, Any]:  # noqa: F811 - the fixtures
    """The body of a counter transfer that is posted immediately."""
    return order(payer={"account_id": str(payer.id)}, arrival="real_time")


def release() -> Released:
    """Run one release of due transfers."""
    return release_due(released_by=ReleasedBy.CELERY)


def release_all() -> None:
    """Repeat the release until no transfer is held; transfers of locked accounts come later."""

    def nothing_held() -> bool:
        release()
        return not Transfer.objects.filter(status="held").exists()

    assert wait_until(nothing_held, seconds=SECONDS)


def ended(work: Callable[[], object]) -> Callable[[], str]:
    """Return a call that runs work in its own transaction and returns the refusal's code, or `done`."""

    def run() -> str:
        try:
            perform(work)
        except Refusal as refusal:
            return refusal.code
        return "done"

    return run


def outcome_during(first: Callable[[], object], second: Callable[[], object]) -> str:
    """Run a call in its own transaction while the first one is uncommitted; return its outcome as `ended` does."""
    with not_yet_committed():
        first()
        call = ConcurrentCall(ended(second)).wait_until_blocked()
    return call.result()
