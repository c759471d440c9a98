"""Database guards of rows: facts and ends never change, other columns are listed. Plain SQL is refused by name."""

from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from accounts.models import CardException, Customer, InternalAccount, Reverification
from config.kernel.database.sql import rows
from tests import factories
from tests.accounts.test_posting_guards import settle
from tests.clock import NOON
from tests.database_refusals import refused_by

pytestmark = pytest.mark.django_db

#: Columns that may change, and why. All others never change.
MOVES = {
    "accounts_account": {
        "account_class",
        "class_slot",
        "status",
        "closed_at",
        "balance_fen",
        "held_fen",
        "merge_id",
        # No restriction depends on the branch or on the day of the last use.
        "branch",
        "last_used_on",
        # With its class, by a clean-up's action.
        "downgrade_id",
        # With the particulars; `tests/accounts/test_account_purposes.py` tests it.
        "purpose",
        "unit_kind",
    },
    # A name and a phone number are corrected, under guard of their indexes; a birth date is the document's.
    "accounts_customer": {
        "status",
        "name",
        "name_index",
        "phone",
        "phone_index",
        "sealed_birth_date",
        "reverified_at",
        "reverified_knowing",
        "merged_into_id",
        # With the name, or with the birth date of a withdrawn document.
        "match_key",
    },
    "accounts_identity": set(),
    "accounts_document": {
        "status",
        "identity_id",
        "valid_until",
        "renewal_count",
        "merge_id",
        "ended_at",
    },
    "accounts_card": {"status", "slot", "activated_at", "cancelled_at", "merge_id", "account_id", "lost_until"},
    "accounts_cardexception": {"status", "approved_at", "handed_out_at", "handed_out_by_id"},
    "accounts_externalaccount": {"status", "in_force_at", "ended_at"},
    "accounts_reverification": {"status", "in_force_at"},
    "accounts_internalaccount": set(),
}
MODELS = {model._meta.db_table: model for model in apps.get_app_config("accounts").get_models()}
FIXED = {
    table: sorted({each.column for each in MODELS[table]._meta.concrete_fields} - {"id"} - moves)
    for table, moves in MOVES.items()
}
#: Another value for each type of column, nothing the row has.
OTHER = {
    "uuid": "uuidv7()", "bytea": "'\\x7f'::bytea", "timestamp with time zone": "now() - interval '1000 days'",
    "date": "'1999-01-01'", "boolean": "NOT {}", "smallint": "3",
}  # fmt: skip


@pytest.fixture
def written(noon, zhang) -> dict[str, Any]:
    """One row of each table, in force where possible."""
    account = factories.account(zhang, "I")
    exception = CardException.objects.create(
        account=account, product="debit", reason="x", status="active", asked_at=NOON, approved_at=NOON
    )
    factories.approved("card_exception", exception)
    elsewhere = factories.external_account(zhang, "1", status="active", in_force_at=NOON)
    factories.approved("external_account", elsewhere)
    reverified = Reverification.objects.create(
        customer=zhang, method="人工核对", result="match", asked_at=NOON, status="active", in_force_at=NOON
    )
    factories.approved("reverification", reverified)
    return {
        "accounts_account": account,
        "accounts_customer": zhang,
        "accounts_identity": zhang.identities.get(),
        "accounts_document": zhang.documents.get(),
        "accounts_card": factories.card(account),
        "accounts_cardexception": exception,
        "accounts_externalaccount": elsewhere,
        "accounts_reverification": reverified,
        "accounts_internalaccount": InternalAccount.objects.create(kind="clearing", bank_code="ICBC"),
    }


def other_value(table: str, column: str) -> str:
    (field,) = (each for each in MODELS[table]._meta.concrete_fields if each.column == column)
    kind = (field.db_type(connection) or "").partition("(")[0]
    return OTHER.get(kind, "'other'").format(column)


@pytest.mark.parametrize(("table", "column"), [(table, each) for table, found in FIXED.items() for each in found])
def test_facts_of_a_row_cannot_change(written, table, column):
    known = {
        "accounts_account.kind": "'payment'",
        "accounts_customer.kind": "'organization'",
        "accounts_card.product": "'medical'",
        "accounts_card.agent_slot": "1",
        "accounts_card.agent_relation": "'guardian'",
        "accounts_account.agent_relation": "'guardian'",
        "accounts_document.country": "'GBR'",
        "accounts_internalaccount.kind": "'cash'",
        "accounts_externalaccount.bank_code": "'ABC'",
        "accounts_internalaccount.bank_code": "'ABC'",
    }
    value = known.get(f"{table}.{column}") or other_value(table, column)
    more = {
        "accounts_account.kind": ", account_class = 'none', class_slot = NULL",
        "accounts_card.product": ", slot = NULL",
        "accounts_account.agent_key": ", agent_relation = 'agent'",
        "accounts_card.agent_slot": ", agent_key = 'x', agent_relation = 'agent'",
        "accounts_card.agent_key": ", agent_slot = 1, agent_relation = 'agent'",
        "accounts_card.agent_relation": ", agent_key = 'x'",
        "accounts_account.agent_relation": ", agent_key = 'x'",
        "accounts_internalaccount.kind": ", bank_code = ''",
    }
    with refused_by(f"{table}_stands"):
        rows(
            f"UPDATE {table} SET {column} = {value}{more.get(f'{table}.{column}', '')} WHERE id = %s",
            [written[table].pk],
        )


@pytest.mark.parametrize(
    ("table", "change", "name"),
    [
        ("accounts_cardexception", "status = 'pending', approved_at = NULL", "accounts_cardexception_stands"),
        (
            "accounts_externalaccount",
            "status = 'rejected', in_force_at = NULL",
            "external_account_ends_by_withdrawal",
        ),
        (
            "accounts_externalaccount",
            "in_force_at = in_force_at - interval '1 day'",
            "external_account_ends_by_withdrawal",
        ),
        ("accounts_reverification", "in_force_at = 'infinity'", "accounts_reverification_stands"),
        ("accounts_document", "status = 'withdrawn', identity_id = NULL", "document_ends_by_withdrawal"),
    ],
)
def test_end_of_a_proposal_cannot_change(written, table, change, name):
    with refused_by(name):
        rows(f"UPDATE {table} SET {change} WHERE id = %s", [written[table].pk])


def test_a_closed_account_and_a_cancelled_card_stay_so(zhang):
    account = factories.account(zhang, "II")
    card = factories.card(account, status="cancelled")
    rows("UPDATE accounts_account SET status = 'closed', closed_at = %s WHERE id = %s", [NOON, account.id])
    with refused_by("accounts_account_stands"):
        rows("UPDATE accounts_account SET status = 'open', closed_at = NULL WHERE id = %s", [account.id])
    with refused_by("accounts_card_stands"):
        rows("UPDATE accounts_card SET status = 'active', cancelled_at = NULL, slot = 1 WHERE id = %s", [card.id])


@pytest.mark.parametrize(
    "instant", ["'infinity'", "in_force_at - interval '1 microsecond'", "in_force_at + interval '1 day'"]
)
@pytest.mark.parametrize(
    ("table", "kind", "column"),
    [
        ("accounts_reverification", "reverification", "in_force_at"),
        ("accounts_cardexception", "card_exception", "approved_at"),
        ("accounts_externalaccount", "external_account", "in_force_at"),
    ],
)
def test_row_in_force_has_the_instant_of_its_approval(written, table, kind, column, instant):
    columns = [each.column for each in MODELS[table]._meta.concrete_fields]
    named = {
        "id": "uuidv7()",
        column: instant.replace("in_force_at", column),
        "number_key": "'2'::bytea",
    }
    with refused_by(f"{table}_second_person"):
        (made,) = rows(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(named.get(each, each) for each in columns)} "
            f"FROM {table} WHERE id = %s RETURNING id",
            [written[table].pk],
        )
        factories.approved(kind, MODELS[table](id=made["id"]))
        settle()


@pytest.mark.parametrize("change", ["'infinity'", "now()", "created_at - interval '1 microsecond'"])
def test_a_holder_is_reverified_by_a_reverification(written, change):
    with refused_by("customer_reverified_by_reverification"):
        rows(f"UPDATE accounts_customer SET reverified_at = {change}")
        settle()
    Customer.objects.update(reverified_at=NOON)
    settle()


def test_customer_cannot_be_registered_as_reverified(noon):
    with refused_by("customer_reverified_by_reverification"):
        factories.customer(reverified_at=NOON)
        settle()


@pytest.mark.parametrize("wrong", ["pending", "another account", "another product"])
def test_card_beyond_four_is_the_approved_one(zhang, wrong):
    account, other = factories.account(zhang, "I"), factories.account(zhang, "II")
    state = {} if wrong == "pending" else {"status": "active", "approved_at": NOON}
    exception = CardException.objects.create(
        account=other if wrong == "another account" else account,
        product="medical" if wrong == "another product" else "debit",
        reason="x", asked_at=NOON, **state,
    )  # fmt: skip
    factories.approved("card_exception", exception)
    with refused_by("card_exception_is_approved"):
        factories.card(account, slot=None, exception=exception)
        settle()
