"""Write staged rows into the bank (存量入账), one sheet after the other, each by one statement.

Each function of a sheet runs in the transaction of its import and returns how many rows it made. The batch has the
import's id. Further documents of existing customers, and freezes of their accounts, are written before, in pieces
(`accounts.stock.operations.existing_customers`).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts import ledger
from accounts.stock.queries.places import ACCOUNT_PLACES, CARD_PLACES, place_params
from accounts.vocabulary import AccountStatus, CustomerStatus, InternalKind, RequestStatus
from config.kernel.database.sql import Statement, ask, rows

#: Midnight of a day in Shanghai.
_MIDNIGHT = "({day}::timestamp AT TIME ZONE interval '8 hours')"
_OPENED, _ISSUED = _MIDNIGHT.format(day="opened_on"), _MIDNIGHT.format(day="issued_on")
_FRESH = "s.import_id = %(import)s AND s.outcome IS DISTINCT FROM 'refused' AND s.known_id IS NULL"

_CUSTOMERS = f"""
INSERT INTO accounts_customer (id, kind, status, name, name_index, phone, phone_index, sealed_birth_date, match_key,
    created_at, import_batch_id)
SELECT s.id, s.kind, %(active)s, s.name, s.name_index, s.phone, s.phone_index, s.birth_date, s.match_key,
    %(at)s, %(import)s
FROM accounts_stagedcustomer s WHERE {_FRESH} ORDER BY s.id
"""  # noqa: S608 - constants
_IDENTITIES = f"""
INSERT INTO accounts_identity (id, customer_id, key)
SELECT s.identity_id, s.id, s.identity_key FROM accounts_stagedcustomer s WHERE {_FRESH} ORDER BY s.identity_id
"""  # noqa: S608 - constants
_FIRST_DOCUMENTS = f"""
INSERT INTO accounts_document (id, customer_id, identity_id, identity_key, status, type, country, number, inner_key,
    is_primary, created_at)
SELECT s.document_id, s.id, s.identity_id, s.identity_key, %(active)s, s.document_type, s.country, s.number, s.inner_key,
    true, %(at)s
FROM accounts_stagedcustomer s WHERE {_FRESH} ORDER BY s.document_id
"""  # noqa: S608 - constants

#: Staged documents of new customers, and (`_OF_KNOWN`) some of existing ones.
_OF_NEW = f"""
SELECT s.*, coalesce(h.known_id, h.id) AS customer_id FROM accounts_stageddocument s
JOIN accounts_stagedcustomer h ON h.import_id = s.import_id AND h.ref = s.customer_ref
WHERE {_FRESH} AND coalesce(h.outcome, 'new') NOT IN ('refused', 'known')
"""  # noqa: S608 - constants
# Each line is looked up by the whole primary key, because the planner has no statistics of a staging table.
_OF_KNOWN = """
SELECT s.*, m.customer_id FROM unnest(%(lines)s::int[], %(holders)s::uuid[]) AS m(line, customer_id)
CROSS JOIN LATERAL (
    SELECT * FROM accounts_stageddocument s WHERE s.import_id = %(import)s AND s.line = m.line OFFSET 0
) s
"""
_FURTHER_IDENTITIES = """
INSERT INTO accounts_identity (id, customer_id, key)
SELECT DISTINCT ON (s.identity_key) s.identity_id, s.customer_id, s.identity_key FROM ({held}) s
WHERE NOT EXISTS (SELECT FROM accounts_identity i WHERE i.key = s.identity_key) ORDER BY s.identity_key, s.line
"""
_FURTHER_DOCUMENTS = """
INSERT INTO accounts_document (id, customer_id, identity_id, identity_key, status, type, country, number, inner_key,
    valid_until, is_primary, import_batch_id, created_at)
SELECT s.document_id, s.customer_id, i.id, s.identity_key, %(active)s, s.document_type, s.country, s.number, s.inner_key,
    s.valid_until, false, %(import)s, %(at)s
FROM ({held}) s JOIN accounts_identity i ON i.key = s.identity_key ORDER BY s.document_id
"""

_ACCOUNTS = f"""
WITH {ACCOUNT_PLACES}, breach AS (
    INSERT INTO accounts_stockbreach (id, import_batch_id, "limit", opened_on)
    SELECT breach_id, %(import)s, beyond, opened_on FROM placed WHERE breach_id IS NOT NULL
), made AS (
    INSERT INTO accounts_account (id, customer_id, account_number, kind, account_class, class_slot, import_batch_id,
        breach_id, status, branch, last_used_on, opened_at, balance_fen, held_fen, agent_key, agent_name, agent_relation)
    SELECT id, customer_id, account_number, kind, account_class, slot::smallint, %(import)s,
        breach_id, %(open)s, branch, last_used_on, {_OPENED}, 0, 0,
        agent_key, agent_name, CASE WHEN agent_key IS NOT NULL THEN 'agent' END
    FROM placed ORDER BY id
    RETURNING 1
)
SELECT count(*) AS made FROM made
"""  # noqa: S608 - constants
_CARDS = f"""
WITH {CARD_PLACES}, breach AS (
    INSERT INTO accounts_stockbreach (id, import_batch_id, "limit", opened_on)
    SELECT breach_id, %(import)s, 'cards', issued_on FROM placed WHERE breach_id IS NOT NULL
), made AS (
    INSERT INTO accounts_card (id, account_id, customer_id, product, status, number, number_index, slot, import_batch_id,
        breach_id, issued_at, activated_at)
    SELECT id, account_id, customer_id, product, status, number, number_index, slot::smallint, %(import)s,
        breach_id, {_ISSUED}, CASE WHEN status <> 'issued' THEN {_ISSUED} END
    FROM placed ORDER BY id
    RETURNING 1
)
SELECT count(*) AS made FROM made
"""  # noqa: S608 - constants
_FREEZES = f"""
INSERT INTO accounts_freeze (id, account_id, authority, order_no, placed_at, until, import_batch_id)
SELECT s.id, s.account_id, s.authority, s.order_no, {_MIDNIGHT.format(day="s.placed_on")},
    {_MIDNIGHT.format(day="(s.until + 1)")}, %(import)s
FROM ({{frozen}}) s ORDER BY s.id
"""  # noqa: S608 - constants
#: Staged freezes of new accounts, and (`_ON_KNOWN`) some of existing ones.
_ON_NEW = f"""
SELECT s.*, a.id AS account_id FROM accounts_stagedfreeze s
JOIN accounts_stagedaccount a ON a.import_id = s.import_id AND a.ref = s.account_ref
WHERE {_FRESH} AND a.outcome IS DISTINCT FROM 'refused' AND a.known_id IS NULL
"""  # noqa: S608 - constants
_ON_KNOWN = """
SELECT s.*, m.account_id FROM unnest(%(lines)s::int[], %(accounts)s::uuid[]) AS m(line, account_id)
CROSS JOIN LATERAL (
    SELECT * FROM accounts_stagedfreeze s WHERE s.import_id = %(import)s AND s.line = m.line OFFSET 0
) s
"""
_BROUGHT = "SELECT count(*) AS made FROM {table} WHERE import_batch_id = %(import)s"


def write_customers(import_id: UUID, at: datetime) -> int:
    """Register customers with their first documents (存量客户)."""
    params = {"import": import_id, "at": at, "active": CustomerStatus.ACTIVE.value}
    made = _insert(_CUSTOMERS, params)
    _insert(_IDENTITIES, params)
    _insert(_FIRST_DOCUMENTS, params | {"active": RequestStatus.IN_FORCE.value})
    return made


def write_documents(import_id: UUID, at: datetime) -> int:
    """Write further documents of new customers (存量证件); return how many the import has brought, earlier pieces included."""
    _write_further(_OF_NEW, {"import": import_id, "at": at})
    return int(rows(_BROUGHT.format(table="accounts_document"), {"import": import_id})[0]["made"])


def write_known_documents(import_id: UUID, at: datetime, holders: Mapping[int, UUID]) -> int:
    """Write further documents of existing customers, whose locks are held; return how many.

    :param holders: the customers, by the line of the document.
    """
    params = {"import": import_id, "at": at, "lines": list(holders), "holders": list(holders.values())}
    return _write_further(_OF_KNOWN, params)


def _write_further(held: str, params: Mapping[str, Any]) -> int:
    values = {**params, "active": RequestStatus.IN_FORCE.value}
    _insert(_FURTHER_IDENTITIES.format(held=held), values)
    return _insert(_FURTHER_DOCUMENTS.format(held=held), values)


def write_accounts(import_id: UUID, _at: datetime) -> int:
    """Open accounts, the oldest within the limits, and post their opening balances (存量账户、期初余额)."""
    ledger.internal_side(InternalKind.STOCK)
    made = int(rows(_ACCOUNTS, place_params(import_id) | {"open": AccountStatus.OPEN.value})[0]["made"])
    ask(Statement("SELECT accounts_post_stock(%s)", [import_id]))
    return made


def write_cards(import_id: UUID, _at: datetime) -> int:
    """Write cards as handed out, the oldest within the limit (存量卡)."""
    return int(rows(_CARDS, place_params(import_id))[0]["made"])


def write_freezes(import_id: UUID, _at: datetime) -> int:
    """Write freezes of new accounts (存量冻结), each with its order and its end; return how many the import has brought."""
    params = {"import": import_id}
    _insert(_FREEZES.format(frozen=_ON_NEW), params)
    return int(rows(_BROUGHT.format(table="accounts_freeze"), params)[0]["made"])


def write_known_freezes(import_id: UUID, accounts: Mapping[int, UUID]) -> int:
    """Write freezes of existing accounts, whose rows are locked; return how many.

    :param accounts: the accounts, by the line of the freeze.
    """
    params = {"import": import_id, "lines": list(accounts), "accounts": list(accounts.values())}
    return _insert(_FREEZES.format(frozen=_ON_KNOWN), params)


def _insert(text: str, params: Mapping[str, Any]) -> int:
    return int(rows(f"WITH made AS ({text} RETURNING 1) SELECT count(*) AS made FROM made", params)[0]["made"])  # noqa: S608 - a constant
