"""Concurrent withdrawals never exceed the limit of the day together."""

import pytest

from tests import factories
from tests.http import outcome
from tests.races import at_once
from tests.transfers.conftest import CARD, money, pay_in

pytestmark = pytest.mark.django_db(transaction=True)


def withdrawals(machines, cards):
    calls = [
        lambda machine=machine, card=card: outcome(
            machine.post("/cash/withdrawals", {"account": {"card_number": card}, "amount": "60.00"})
        )
        for machine, card in zip(machines, cards, strict=True)
    ]
    return at_once(*calls)


def test_two_machines_keep_the_limit_of_one_account(payer, client_for, settings):
    settings.ATM_WITHDRAWALS_PER_ACCOUNT_AND_DAY = 10_000
    machines = [client_for("atm", str(number)) for number in range(4)]
    assert sorted(map(str, withdrawals(machines, [CARD] * 4))) == ["201"] + ["CHANNEL_LIMIT"] * 3
    assert money(payer) == (94_000, 0)


def test_four_accounts_keep_the_limit_of_one_machine(noon, client_for, settings):
    settings.ATM_WITHDRAWALS_PER_DAY = 10_000
    cards = []
    for number in range(4):
        account = factories.account(factories.customer(), "I")
        pay_in(account, 10_000)
        cards.append(factories.card(account, number=f"622202000000000010{number}").number)
    machine = client_for("atm")
    assert sorted(map(str, withdrawals([machine] * 4, cards))) == ["201"] + ["CHANNEL_LIMIT"] * 3
