"""Seal what stood in plain before it was sealed, a piece at a time, and back again (存量加密).

Each piece is a transaction of its own, the bank works on meanwhile, and what was interrupted is begun again where
it stopped. Whoever seals owns the tables: nobody else may change what was accepted.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection
from psycopg import sql

from config.kernel.sealed import account_key, card_key, seal, seal_context, unseal
from config.kernel.transactions import owned

#: How many rows are written in one transaction.
PIECE = 2000
#: How many rows are named that still stand in plain.
NAMED = 20

_FIRST = "00000000-0000-0000-0000-000000000000"
_ROWS = """
SELECT id, {value} AS value, {bank} AS bank FROM {table}
WHERE id > %s AND {waits} ORDER BY id LIMIT %s FOR NO KEY UPDATE
"""
_SEAL = """
UPDATE {table} t SET {sealed} = coalesce(t.{sealed}, n.sealed){keyed}, {plain} = {emptied}
FROM unnest(%s::uuid[], %s::bytea[], %s::bytea[]) AS n(id, sealed, key) WHERE t.id = n.id
"""
_OPEN = "UPDATE {table} t SET {plain} = {told} FROM unnest(%s::uuid[], %s::text[]) AS n(id, told) WHERE t.id = n.id"


@dataclass(frozen=True, slots=True)
class SealedPlace:
    """Where a value stands sealed, and where it stood in plain.

    :ivar key: the column of its blind index, if it is an account at another bank.
    :ivar bank: the column that names that bank.
    :ivar known: the column of the account here that the number is; one that is none is sealed as a card's.
    :ivar is_date: a date, not a text.
    :ivar guarded: triggers refuse every change there: they sleep for a piece, unseen by anybody else.
    """

    table: str
    plain: str
    sealed: str
    key: str | None = None
    bank: str | None = None
    known: str | None = None
    is_date: bool = False
    guarded: bool = False

    @property
    def stands_plain(self) -> sql.Composable:
        """Return the condition of a row that is not sealed alone."""
        filled = sql.SQL("{}::text <> ''").format(sql.Identifier(self.plain))
        if not self.bank:
            return filled
        elsewhere = sql.SQL("{} <> ''").format(sql.Identifier(self.bank))
        if self.known:
            elsewhere = sql.SQL("({} OR {} IS NULL)").format(elsewhere, sql.Identifier(self.known))
        return sql.SQL("{} AND {}").format(filled, elsewhere)


def _key(number: str, bank: str) -> bytes:
    return account_key(number, bank) if bank else card_key(number)


def seal_place(place: SealedPlace, *, empty: bool = True) -> Iterator[int]:
    """Seal what stands in plain, and yield how many rows each piece was.

    :param empty: the plain column, too; otherwise both stand until nobody reads it any more.
    """
    waits = place.stands_plain
    if not empty:
        waits = sql.SQL("{} AND {} IS NULL").format(waits, sql.Identifier(place.sealed))
    keyed = sql.SQL(", {key} = coalesce(t.{key}, n.key)").format(key=sql.Identifier(place.key)) if place.key else ""
    emptied = sql.SQL("NULL" if place.is_date else "''") if empty else sql.Identifier("t", place.plain)
    statement = _written(_SEAL, place, keyed=keyed, emptied=emptied)

    def work(cursor: Any, found: list[Any]) -> None:
        ids = [row_id for row_id, _, _ in found]
        sealed = [seal(str(value), where=seal_context(place.table, place.sealed, row_id)) for row_id, value, _ in found]
        keys = [_key(str(value), bank) if place.key else None for _, value, bank in found]
        cursor.execute(statement, [ids, sealed, keys])

    return _in_pieces(place, _written(_ROWS, place, value=sql.Identifier(place.plain), waits=waits), work)


def open_place(place: SealedPlace) -> Iterator[int]:
    """Write in plain again what is sealed, for a version that reads it there.

    The number of a card of this bank it does not: the migration that lets one be told opens it.
    """
    waits = sql.SQL("{} IS NOT NULL AND coalesce({}::text, '') = ''").format(
        sql.Identifier(place.sealed), sql.Identifier(place.plain)
    )
    if place.bank and place.known:
        waits = sql.SQL("{} AND {} <> ''").format(waits, sql.Identifier(place.bank))
    told = sql.SQL("n.told::date" if place.is_date else "n.told")
    statement = _written(_OPEN, place, told=told)

    def work(cursor: Any, found: list[Any]) -> None:
        texts = [unseal(value, where=seal_context(place.table, place.sealed, row_id)) for row_id, value, _ in found]
        cursor.execute(statement, [[row_id for row_id, _, _ in found], texts])

    return _in_pieces(place, _written(_ROWS, place, value=sql.Identifier(place.sealed), waits=waits), work)


def _written(text: Any, place: SealedPlace, **more: Any) -> sql.Composed:
    names = {"table": place.table, "plain": place.plain, "sealed": place.sealed}
    bank = sql.Identifier(place.bank) if place.bank else sql.SQL("''")
    return sql.SQL(text).format(
        **{name: sql.Identifier(each) for name, each in names.items()},
        **{"bank": bank, **{name: sql.SQL(each) if isinstance(each, str) else each for name, each in more.items()}},
    )


def _in_pieces(place: SealedPlace, query: sql.Composed, work: Callable[[Any, list[Any]], None]) -> Iterator[int]:
    """Do the work on piece after piece: first on what nobody holds, then on each of the others alone.

    Waiting for a row while others are locked could close a ring with whoever releases or cancels.
    """
    for skip, size in ((sql.SQL("SKIP LOCKED"), PIECE), (sql.SQL(""), 1)):
        last: Any = _FIRST
        while found := _piece(place, sql.Composed([query, skip]), [last, size], work):
            yield len(found)
            last = found[-1][0]


def _piece(
    place: SealedPlace, query: sql.Composed, params: list[Any], work: Callable[[Any, list[Any]], None]
) -> list[Any]:
    table = sql.Identifier(place.table)
    with owned(), connection.cursor() as cursor:
        if place.guarded:
            cursor.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(table))
        cursor.execute(query, params)
        found: list[Any] = cursor.fetchall()
        if found:
            work(cursor, found)
        if place.guarded:
            cursor.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(table))
    return found
