"""Database constraints of the ledger: each refuses plain SQL, by its name."""

from typing import Any

import pytest
from django.db import transaction

from accounts.models import (
    Account,
    Entry,
    InternalAccount,
)
from accounts.vocabulary import InternalKind
from config.kernel.database.ids import new_id
from config.kernel.database.sql import rows
from tests import factories
from tests.clock import NOON
from tests.database_refusals import refused_by

# The application's role writes and deletes none of this (`config.kernel.schema.grants`).
pytestmark = pytest.mark.owner


# --- the ledger -----------------------------------------------------------------------------------


def legs(account: Account, *amounts: int, **more: Any) -> list[Entry]:
    stock, _ = InternalAccount.objects.get_or_create(kind=InternalKind.STOCK, bank_code="")
    posting = new_id()
    sides = ({"account": account}, {"internal": stock}, {"account": account})
    return [
        Entry(
            **{"posting_id": posting, "leg": leg, "kind": "opening", "amount_fen": amount, "posted_at": NOON}
            | side
            | more
        )
        for (leg, amount), side in zip(enumerate(amounts, 1), sides, strict=False)
    ]


@pytest.mark.parametrize("amounts", [(100, -99), (100, 100), (100,)])
def test_a_posting_that_does_not_balance(account, amounts):
    with refused_by("entry_posting_balances"):
        Entry.objects.bulk_create(legs(account, *amounts))


@pytest.mark.parametrize(
    ("amounts", "more", "constraint"),
    [
        ((0, 0), {}, "entry_moves_money"),
        ((1, -1), {"kind": "gift"}, "entry_kind_known"),
        ((1, -2, 1), {}, "entry_leg_is_one_or_two"),
        ((1, -1), {"leg": 1}, "entry_posting_leg_once"),
        ((1, -1), {"account_id": None}, "entry_has_one_side"),
    ],
)
def test_a_leg_that_cannot_be(account, amounts, more, constraint):
    with refused_by(constraint):
        Entry.objects.bulk_create(legs(account, *amounts, **more))


@pytest.mark.parametrize("statement", ["UPDATE accounts_entry SET amount_fen = 1", "DELETE FROM accounts_entry"])
def test_an_entry_is_never_changed(account, statement):
    factories.pay_in(account, 100)
    with pytest.raises(Exception, match="append"), transaction.atomic():
        rows(statement)


@pytest.mark.parametrize(
    ("more", "constraint"),
    [
        ({"account_id": new_id(), "internal_id": None}, "entry_account_exists"),
        ({"account_id": None, "internal_id": new_id()}, "entry_internal_exists"),
    ],
)
def test_an_entry_of_an_account_that_is_not(account, more, constraint):
    good, bad = legs(account, 100, -100), legs(account, 100, -100)
    bad[1] = Entry(**{**entry_columns(bad[1]), **more})
    with refused_by(constraint):
        Entry.objects.bulk_create([*good, *bad])


def entry_columns(entry: Entry) -> dict[str, Any]:
    return {field.attname: getattr(entry, field.attname) for field in Entry._meta.concrete_fields}


@pytest.mark.parametrize("table", ["accounts_account", "accounts_internalaccount"])
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "TRUNCATE {} CASCADE", "UPDATE {} SET id = uuidv7()"])
def test_rows_referenced_by_entries_cannot_be_deleted(account, table, statement):
    factories.pay_in(account, 100)
    rows("SET CONSTRAINTS ALL IMMEDIATE")
    with refused_by(f"{table}_append_only"):
        rows(statement.format(table))
