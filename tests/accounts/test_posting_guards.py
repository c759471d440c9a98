"""Database guards of posting: balances follow entries, cash follows decisions; plain SQL is refused by name."""

from typing import Any

import pytest
from django.db import ProgrammingError, transaction

from accounts import ledger
from accounts.models import Account, Entry
from accounts.till.operations.cash import post_cash
from accounts.vocabulary import EntryKind, InternalKind
from config.kernel.database.ids import new_id
from config.kernel.database.sql import ask, insert, rows
from config.kernel.models import Decision
from tests import factories
from tests.clock import NOON
from tests.database_refusals import refused_by
from tests.money import post

pytestmark = [pytest.mark.django_db, pytest.mark.application]


@pytest.fixture
def account(zhang) -> Account:
    return factories.account(zhang, "I", balance_fen=1_000)


@pytest.fixture
def other(li) -> Account:
    return factories.account(li, "I", balance_fen=1_000)


def settle() -> None:
    """Run the deferred checks, as the end of the transaction does."""
    rows("SET CONSTRAINTS ALL IMMEDIATE")
    rows("SET CONSTRAINTS ALL DEFERRED")


def balances(*accounts: Account) -> list[int]:
    return [Account.objects.values_list("balance_fen", flat=True).get(pk=each.pk) for each in accounts]


# --- entries and balances -------------------------------------------------------------------------


def test_a_posting_moves_both_balances(account, other):
    post(EntryKind.TRANSFER, account, other, 100)
    assert balances(account, other) == [900, 1_100]


def test_a_posting_of_the_banks_own_account_is_added_up(account):
    cash = ledger.internal_side(InternalKind.CASH)
    post(EntryKind.DEPOSIT, cash, account, 100)
    post(EntryKind.WITHDRAWAL, account, cash, 30)
    assert balances(account) == [1_070]
    assert rows("SELECT sum(amount_fen) AS fen FROM accounts_internalsum WHERE internal_id = %s", [cash]) == [
        {"fen": -70}
    ]


@pytest.mark.parametrize(
    ("fen", "name"), [(1_001, "account_available_not_negative"), (10**17, "account_balance_below_limit")]
)
def test_a_posting_that_a_balance_does_not_bear_is_refused(account, other, fen, name):
    debit = account if fen < 10**17 else ledger.internal_side(InternalKind.CASH)
    with refused_by(name):
        post(EntryKind.TRANSFER, debit, other, fen)
    assert balances(account, other) == [1_000, 1_000]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE accounts_account SET balance_fen = balance_fen + 1",
        "UPDATE accounts_account SET held_fen = held_fen + 1",
        "UPDATE accounts_account SET balance_fen = balance_fen, branch = 'x'",
        "INSERT INTO accounts_entry (posting_id) SELECT uuidv7()",
        "INSERT INTO accounts_internalsum (internal_id, amount_fen) SELECT uuidv7(), 1",
        "DELETE FROM accounts_internalsum",
    ],
)
def test_the_application_writes_no_money(account, statement):
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        rows(statement)


@pytest.mark.parametrize("columns", [{"balance_fen": 1}, {"balance_fen": 5, "held_fen": 5}], ids=str)
def test_no_account_begins_with_money(zhang, columns):
    with refused_by("account_begins_empty"):
        Account.objects.create(
            customer=zhang, account_number="6000999999999999", kind="bank", account_class="II", class_slot=3,
            opened_at=NOON, **columns,
        )  # fmt: skip


# --- cash ------------------------------------------------------------------------------------------


def decided(of: EntryKind, account: Account, **more: Any) -> Decision:
    """Write a teller's own decision about one yuan."""
    decision = Decision(**{
        "id": new_id(), "at": NOON, "kind": of.value, "outcome": "allowed", "policy_version": "x",
        "facts": {"amount_fen": 100}, "object_id": new_id(), "account_id": account.id,
        "principal_id": factories.caller("teller").id, **more,
    })  # fmt: skip
    ask(insert(decision))
    return decision


KINDS = {EntryKind.DEPOSIT: 100, EntryKind.WITHDRAWAL: -100}


@pytest.mark.parametrize(("kind", "change"), KINDS.items())
def test_cash_is_posted_as_it_was_decided(account, kind, change):
    decision = decided(kind, account)
    assert post_cash(decision.id) == (1_000 + change, 1_000 + change)
    legs = Entry.objects.filter(posting_id=decision.object_id).order_by("leg")
    assert [(each.leg, each.kind, each.amount_fen, each.posted_at) for each in legs] == [
        (1, kind, -100, NOON),
        (2, kind, 100, NOON),
    ]
    assert [each.account_id for each in legs] == ([None, account.id] if change > 0 else [account.id, None])


def test_no_cash_moves_without_a_decision(account):
    with refused_by("entry_cash_is_decided"):
        post_cash(new_id())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "more",
    [
        {"facts": {"amount_fen": 0}}, {"facts": {"amount_fen": -100}}, {"facts": {}}, {"outcome": "refused", "code": "X"},
        {"kind": "transfer"}, {"principal_id": None}, {"object_id": None}, {"account_id": None},
    ],
    ids=str,
)  # fmt: skip
def test_cash_moves_by_a_whole_decision_about_it(account, kind, more):
    with refused_by("entry_cash_is_decided"):
        post_cash(decided(kind, account, **more).id)


def test_cash_is_posted_once(account):
    decision = decided(EntryKind.DEPOSIT, account)
    post_cash(decision.id)
    with refused_by("entry_posting_leg_once"):
        post_cash(decision.id)
    with refused_by("entry_posting_leg_once"):
        post_cash(decided(EntryKind.DEPOSIT, account, object_id=decision.object_id).id)
    assert balances(account) == [1_100]


def test_cash_is_posted_to_an_account_that_exists(account):
    with refused_by("entry_account_exists"):
        post_cash(decided(EntryKind.DEPOSIT, account, account_id=new_id()).id)
