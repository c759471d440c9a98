"""Fixtures for transfers: a payer with a card and money, a payee, a machine."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from accounts.models import Account
from accounts.till.operations.cash import post_cash
from config.kernel.database.ids import new_id
from config.kernel.database.sql import ask, insert
from config.kernel.models import Decision
from tests import factories
from tests.clock import NOON, Clock
from tests.http import ApiClient
from tests.transfers import whole_bank

CARD = "6222020000000000000"


def pay_in(account: Account, amount_fen: int) -> None:
    """Post a counter deposit to an account through the ledger, with its decision."""
    teller = factories.caller("teller", "pays-in")
    decision = Decision(
        at=NOON, kind="deposit", outcome="allowed", policy_version="test", facts={"amount_fen": amount_fen},
        account_id=account.id, object_id=new_id(), principal_id=teller.id,
    )  # fmt: skip
    with transaction.atomic():
        ask(insert(decision))
        post_cash(decision.id)


def money(account: Account) -> tuple[int, int]:
    """Return the current balance and held amount of an account, in fen."""
    account.refresh_from_db()
    return account.balance_fen, account.held_fen


@pytest.fixture
def payer(zhang) -> Account:
    """张三's Class I account with 1,000 yuan and a card."""
    account = factories.account(zhang, "I", account_number="6000100000000001")
    pay_in(account, 100_000)
    factories.card(account, number=CARD)
    return account


@pytest.fixture
def payee(li) -> Account:
    """李四's account."""
    return factories.account(li, "I", account_number="6000200000000002")


@pytest.fixture
def atm(client_for: Callable[..., ApiClient]) -> ApiClient:
    return client_for("atm")


@pytest.fixture
def gateway(client_for: Callable[..., ApiClient]) -> ApiClient:
    return client_for("gateway")


@pytest.fixture
def auditor(client_for: Callable[..., ApiClient]) -> ApiClient:
    return client_for("auditor")


@pytest.fixture
def order(payer: Account, payee: Account) -> Callable[..., dict[str, Any]]:
    """Return a function that gives the body of a transfer from 张三's card to 李四, with changes merged in."""

    def body(**changes: Any) -> dict[str, Any]:
        standard = {
            "payer": {"card_number": CARD},
            "payee": {"account_number": payee.account_number, "name": "李四"},
            "amount": "100.00",
        }
        return {name: value for name, value in (standard | changes).items() if value is not None}

    return body


@pytest.fixture
def bank(
    noon: Clock,
    client_for: Callable[..., ApiClient],
    order: Callable[..., dict[str, Any]],
    payer: Account,
    tmp_path: Path,
) -> None:
    """A bank with rows of every kind."""
    whole_bank.build(client_for, noon, order, payer, tmp_path)
