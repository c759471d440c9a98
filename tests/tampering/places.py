"""SQL expressions for rows of the bank of these tests."""

from django.apps import apps
from django.db import models


def transfer(status: str, more: str = "true") -> str:
    """Return SQL for the first transfer of a status."""
    return f"(SELECT id FROM transfers_transfer WHERE status = '{status}' AND {more} ORDER BY id LIMIT 1)"


def principal(name: str) -> str:
    return f"(SELECT id FROM kernel_principal WHERE name = '{name}')"


NOW = "(SELECT bank_now())"
#: An id that was made now by the bank's clock.
NEW = "uuidv7((SELECT bank_now()) - clock_timestamp())"
HELD, CANCELLED, RETURNED = transfer("held"), transfer("cancelled"), transfer("returned")
RELEASED = transfer("posted", "due_at > accepted_at AND payee_account_id IS NOT NULL")
AT_ONCE = transfer("posted", "channel = 'counter'")
OWN = transfer("posted", "rule_code = 'ATM_OWN_ACCOUNT'")
PAYER = "(SELECT account_id FROM accounts_card WHERE exception_id IS NOT NULL)"
HOLDER = f"(SELECT customer_id FROM accounts_account WHERE id = {PAYER})"
PAYEE = f"(SELECT payee_account_id FROM transfers_transfer WHERE id = {RELEASED})"
STRANGER = f"(SELECT customer_id FROM accounts_account WHERE id = {PAYEE})"
CASH = "(SELECT id FROM accounts_internalaccount WHERE kind = 'cash')"
CLEARING = "(SELECT id FROM accounts_internalaccount WHERE kind = 'clearing')"
STOCK = "(SELECT id FROM accounts_importbatch)"
DEPOSIT = f"(SELECT posting_id FROM accounts_entry WHERE kind = 'deposit' AND account_id = {PAYER} ORDER BY id LIMIT 1)"
CERTIFICATE = "(SELECT id FROM blacklist_certificate WHERE status = 'in_force' ORDER BY id DESC LIMIT 1)"
WAITING = "(SELECT id FROM blacklist_certificate WHERE status = 'pending')"
PROPOSED = "(SELECT id FROM kernel_approval WHERE status = 'pending')"
FREEZE = "(SELECT id FROM accounts_freeze WHERE lifted_at IS NULL)"
TELLER, SUPERVISOR = principal("teller"), principal("supervisor")
OFFICER, SECOND_OFFICER = principal("compliance"), principal("compliance-2")


def in_balances(of: str, how: str) -> str:
    """Return the SQL that changes the balances of a posting by its entries."""
    return (
        f"UPDATE accounts_account a SET balance_fen = balance_fen {how} FROM accounts_entry e "
        f"WHERE e.account_id = a.id AND e.posting_id = {of}"
    )


def copied(table: str, where: str, **changes: str) -> str:
    """Return the SQL that inserts a changed copy of a row, without the columns that the database fills."""
    model = next(each for each in apps.get_models() if each._meta.db_table == table)
    columns = [field.column for field in model._meta.local_fields if not isinstance(field, models.AutoField)]
    values = [changes.get(column, column) for column in columns]
    return f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)} FROM {table} WHERE {where} LIMIT 1"


def posted(kind: str, debit: str, credit: str, fen: int, *, posting: str = "", at: str = NOW) -> str:
    """Return the SQL that inserts both entries of a posting; each side is `column value`."""
    (debit_column, _, debit_id), (credit_column, _, credit_id) = debit.partition(" "), credit.partition(" ")
    legs = ", ".join(
        f"({leg}, {where if column == 'account_id' else 'NULL::uuid'}, {where if column != 'account_id' else 'NULL::uuid'}, "
        f"{amount})"
        for leg, column, where, amount in ((1, debit_column, debit_id, -fen), (2, credit_column, credit_id, fen))
    )
    return (
        "INSERT INTO accounts_entry (posting_id, leg, kind, account_id, internal_id, amount_fen, posted_at) "
        f"SELECT p.id, l.leg, '{kind}', l.account_id, l.internal_id, l.fen, {at} "
        f"FROM (SELECT {posting or NEW} AS id OFFSET 0) p, (VALUES {legs}) l (leg, account_id, internal_id, fen)"
    )


def decided(kind: str, object_id: str, *, by: str = "NULL", facts: str = "{}", at: str = NOW, **more: str) -> str:
    """Return the SQL that forges a permitting decision."""
    columns = {
        "id": NEW, "at": at, "kind": f"'{kind}'", "outcome": "'allowed'", "code": "''", "rule": "''", "clause": "''",
        "policy_version": "'2026.12'", "facts": f"'{facts}'", "object_id": object_id, "principal_id": by, **more,
    }  # fmt: skip
    return f"INSERT INTO kernel_decision ({', '.join(columns)}) SELECT {', '.join(columns.values())}"
