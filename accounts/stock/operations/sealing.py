"""Turn a row that was read into the columns that the bank keeps: with ids, personal data encrypted for its final column.

A row is sealed once: what a staging table holds is copied into the bank's tables as it is.
"""

from typing import Any

from uuid_utils import uuid7

from accounts.queries.matches import inner_key_of
from accounts.stock.operations.rows import StockDocument
from accounts.vocabulary import CustomerKind
from config.kernel.identity.documents import CITIZEN_TYPES
from config.kernel.identity.names import normalise_name
from config.kernel.intake.tables.binary_copy import Column
from config.kernel.intake.tables.cells import Cells
from config.kernel.vault.sealed import blind_index, identity_key, phone_key, seal

_ID, _SEALED, _KEY = "bytes", "bytes", "bytes"
_DOCUMENT = (
    Column("identity_id", _ID),
    Column("document_id", _ID),
    Column("document_type", "text"),
    Column("country", "text"),
    Column("number", _SEALED),
    Column("identity_key", _KEY),
    Column("inner_key", _KEY),
    Column("expanded", "bool"),
)
CUSTOMER = (
    Column("id", _ID),
    Column("ref", "text"),
    Column("kind", "text"),
    Column("name", _SEALED),
    Column("name_index", _KEY),
    Column("phone", _SEALED),
    Column("phone_index", _KEY),
    Column("birth_date", _SEALED),
    Column("match_key", _KEY),
    *_DOCUMENT,
)
DOCUMENT = (Column("customer_ref", "text"), *_DOCUMENT, Column("valid_until", "date"))
ACCOUNT = (
    Column("id", _ID),
    Column("ref", "text"),
    Column("customer_ref", "text"),
    Column("account_number", "text"),
    Column("kind", "text"),
    Column("account_class", "text"),
    Column("opened_on", "date"),
    Column("balance_fen", "bigint"),
    Column("branch", "text"),
    Column("last_used_on", "date"),
    Column("agent_key", _KEY),
    Column("agent_name", _SEALED),
)
CARD = (
    Column("id", _ID),
    Column("ref", "text"),
    Column("account_ref", "text"),
    Column("number", _SEALED),
    Column("number_index", _KEY),
    Column("product", "text"),
    Column("status", "text"),
    Column("issued_on", "date"),
)
FREEZE = (
    Column("id", _ID),
    Column("account_ref", "text"),
    Column("authority", "text"),
    Column("order_no", "text"),
    Column("placed_on", "date"),
    Column("until", "date"),
)


def stage_customer(row: Cells) -> tuple[Any, ...]:
    """Return the values of `CUSTOMER`."""
    row_id = uuid7()
    place = f"accounts_customer.{{}}.{row_id}".format
    compared = normalise_name(row["name"])
    born = row["birth_date"].isoformat() if row["birth_date"] else None
    match = born is not None and row["kind"] is CustomerKind.INDIVIDUAL
    return (
        row_id.bytes,
        row["customer_ref"],
        row["kind"].value,
        seal(row["name"], where=place("name")),
        blind_index("name", compared),
        seal(row["phone"], where=place("phone")) if row["phone"] else None,
        phone_key(row["phone"]) if row["phone"] else None,
        seal(born, where=place("sealed_birth_date")) if born else None,
        blind_index("person", f"{compared}|{born}") if match else None,
        *_staged(row["document"]),
    )


def stage_document(row: Cells) -> tuple[Any, ...]:
    """Return the values of `DOCUMENT`."""
    return (row["customer_ref"], *_staged(row["document"]), row["valid_until"])


def stage_account(row: Cells) -> tuple[Any, ...]:
    """Return the values of `ACCOUNT`."""
    row_id = uuid7()
    return (
        row_id.bytes,
        row["account_ref"],
        row["customer_ref"],
        row["account_number"],
        row["kind"].value,
        row["account_class"].value,
        row["opened_on"],
        row["balance"],
        row["branch"],
        row["last_used_on"],
        identity_key(row["agent_identity"]) if row["agent_identity"] else None,
        seal(row["agent_name"], where=f"accounts_account.agent_name.{row_id}") if row["agent_name"] else None,
    )


def stage_card(row: Cells) -> tuple[Any, ...]:
    """Return the values of `CARD`."""
    row_id = uuid7()
    return (
        row_id.bytes,
        row["card_ref"],
        row["account_ref"],
        seal(row["card_number"], where=f"accounts_card.number.{row_id}"),
        blind_index("card", row["card_number"]),
        row["product"].value,
        row["status"].value,
        row["issued_on"],
    )


def stage_freeze(row: Cells) -> tuple[Any, ...]:
    """Return the values of `FREEZE`."""
    return (uuid7().bytes, row["account_ref"], row["authority"], row["order_no"], row["placed_on"], row["until"])


def _staged(document: StockDocument) -> tuple[Any, ...]:
    row_id, read = uuid7(), document.read
    return (
        uuid7().bytes,
        row_id.bytes,
        read.type.value,
        read.country,
        seal(read.number, where=f"accounts_document.number.{row_id}"),
        identity_key(read.identity),
        None if read.type in CITIZEN_TYPES else inner_key_of(read.type, read.number),
        document.expanded,
    )
