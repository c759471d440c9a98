"""Customers of a simulation: made-up persons who open accounts at the counter."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from random import Random, SystemRandom
from typing import Any

from benchmarks.bank.client import Bank, Reply
from benchmarks.generators.numbers import citizen_number
from benchmarks.generators.people import chinese_name
from benchmarks.generators.words import DISTRICTS
from config.kernel.law.money import Fen, format_yuan


class NotPrepared(Exception):
    """The bank refused a step that the simulation needs at its beginning."""


@dataclass(frozen=True, slots=True)
class SimulatedPerson:
    """A customer of the simulation: a Class I account with a card, and a second account."""

    name: str
    customer_id: str
    account_id: str
    account_number: str
    card_number: str
    second_account_id: str
    second_account_number: str

    def accounts(self) -> tuple[str, str]:
        """Return the ids of both accounts."""
        return self.account_id, self.second_account_id


def make_person(bank: Bank, random: Random, deposit_fen: Fen) -> SimulatedPerson:
    """Register a person, open two accounts, issue a card and pay money in, all at the counter.

    :raises NotPrepared: with the answer that refused a step.
    """
    name, customer_id = _register(bank, random)
    first = _made(bank, "/accounts", _account(customer_id, "I"))
    second = _made(bank, "/accounts", _account(customer_id, "II"))
    card = _made(bank, f"/accounts/{first['id']}/cards", {"product": "debit"})
    _made(bank, "/cash/deposits", {"account": {"account_id": first["id"]}, "amount": format_yuan(deposit_fen)})
    return SimulatedPerson(
        name,
        customer_id,
        first["id"],
        first["account_number"],
        card["card_number"],
        second["id"],
        second["account_number"],
    )


def all_accounts(people: Iterable[SimulatedPerson]) -> list[str]:
    """Return the ids of all accounts of some persons."""
    return [account_id for person in people for account_id in person.accounts()]


def _register(bank: Bank, random: Random) -> tuple[str, str]:
    # Numbers come from the system's random source: a second run with the same seed creates new persons.
    while True:
        chance = SystemRandom()
        born = date(chance.randint(1950, 2005), chance.randint(1, 12), chance.randint(1, 28))
        sequence = chance.randint(1, 999)
        name = chinese_name(random, is_man=sequence % 2 == 1, born=born)
        document = {"type": "resident_id", "number": citizen_number(chance.choice(DISTRICTS), born, sequence)}
        body = {"kind": "individual", "name": name, "document": document}
        reply = bank.post("teller", "/customers", body, kind="prepare")
        if reply.code not in {"CUSTOMER_EXISTS", "IDENTITY_CONFLICT"}:
            return name, _expect(reply)["id"]


def _account(customer_id: str, account_class: str) -> dict[str, str]:
    return {"customer_id": customer_id, "kind": "bank", "account_class": account_class}


def _made(bank: Bank, path: str, body: dict[str, Any]) -> dict[str, str]:
    return _expect(bank.post("teller", path, body, kind="prepare"))


def _expect(reply: Reply) -> dict[str, str]:
    if reply.status != 201:
        raise NotPrepared(reply.label)
    return reply.body
