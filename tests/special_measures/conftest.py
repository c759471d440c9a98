"""Fixtures of the tests of special measures: a screening system that the bank asks."""

from collections.abc import Iterator

import pytest

from tests import screening_system
from tests.desk.conftest import signed_in  # noqa: F401 - fixture
from tests.screening_system import TOKEN, ScreeningSystem, send
from tests.transfers.conftest import atm, gateway, order, payee, payer  # noqa: F401 - fixtures


@pytest.fixture
def system(settings) -> Iterator[ScreeningSystem]:
    """The screening system, which the bank asks from now on."""
    with screening_system.running() as running:
        settings.SCREENING_URL, settings.SCREENING_TOKEN = running.url, TOKEN
        yield running


@pytest.fixture
def down(system: ScreeningSystem) -> ScreeningSystem:
    """The screening system, which fails."""
    system.answers_with = lambda handler, _: send(handler, b"", 500)
    return system
