"""Rarer acts, paired with an order, a release and acts that they may meet, in every order.

The log has the number of orders of each pair (`--log-cli-level=INFO`).
"""

import logging
from collections.abc import Callable
from functools import partial

import pytest

from tests.interleavings.acts import Act, Cast
from tests.interleavings.bank import bank
from tests.interleavings.exploration import try_all
from tests.interleavings.rare_acts import closing_out, crossing, lifting, listing, loading, paying_payee

log = logging.getLogger(__name__)

pytestmark = pytest.mark.django_db(transaction=True)

#: Each act with those that are tried during it, in the bank of every test.
PLAIN = {
    "register": ("release", "order", "withdraw", "freeze", "certificate", "link", "merge", "register"),
    "order": ("release", "cancel", "freeze", "certificate", "close", "link", "merge", "order"),
    "withdraw": ("release", "cancel", "freeze", "certificate", "link", "merge", "order", "withdraw"),
    "deposit": ("release", "close", "merge", "deposit"),
    "orders": ("release", "cancel", "freeze", "certificate", "register", "merge", "withdraw", "order", "orders"),
}
LIFTING = {
    "lift": ("release", "order", "withdraw", "freeze", "lift"),
    "lift of payee": ("merge",),
}
RETURNING = {
    "return": ("release", "return", "wake", "withdraw from payee", "freeze payee", "cancel for payee", "merge"),
    "merge": ("cancel for payee", "freeze payee", "withdraw from payee"),
}
CLOSING_OUT = {"close out": ("certificate about 李四", "freeze payment", "close own", "close out")}
LISTING = {"list": ("release", "order", "withdraw", "orders", "crossing")}
#: Sets of two orders that pay each other's payer.
CROSSING = {
    "crossing": ("release", "cancel", "freeze", "freeze payee", "certificate", "withdraw", "orders", "crossing back")
}

LOADING = {"stock": ("release", "withdraw")}


@pytest.fixture
def try_pairs(noon) -> Callable[..., None]:
    """Return a function that runs an act with others in a bank with more acts."""

    def run(act: str, others: tuple[str, ...], more: Callable[[Cast], dict[str, Act]] = lambda _: {}) -> None:
        with bank(noon, more) as founded:
            log.info("\n".join(try_all(founded, act, other) for other in others))

    return run


@pytest.mark.parametrize("act", PLAIN)
def test_acts_without_preparation(try_pairs, act):
    try_pairs(act, PLAIN[act])


@pytest.mark.parametrize("act", LIFTING)
def test_a_freeze_that_is_lifted(try_pairs, act):
    try_pairs(act, LIFTING[act], lifting)


@pytest.mark.parametrize("act", RETURNING)
def test_parked_transfer_and_its_return(try_pairs, act):
    try_pairs(act, RETURNING[act], paying_payee)


@pytest.mark.parametrize("act", CLOSING_OUT)
def test_a_balance_that_is_closed_out(try_pairs, act):
    try_pairs(act, CLOSING_OUT[act], closing_out)


@pytest.mark.parametrize("act", LISTING)
def test_a_list_that_is_registered(try_pairs, act, tmp_path):
    try_pairs(act, LISTING[act], lambda cast: listing(cast, tmp_path) | crossing(cast))


@pytest.mark.parametrize("act", CROSSING)
def test_a_set_of_orders_between_two_payers(try_pairs, act):
    try_pairs(act, CROSSING[act], crossing)


@pytest.mark.parametrize("act", LOADING)
def test_an_import_of_stock(try_pairs, act, tmp_path):
    try_pairs(act, LOADING[act], partial(loading, folder=tmp_path))
