"""Put in force what an import brings to customers whom the bank has (原有客户), before the rest of it.

Orders and releases of these customers wait for it, and some of others with them. So it comes in pieces, each a short
transaction. What a piece has done stays done: after a crash the next process goes on with the rows that are left.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from django.db import connection

from accounts.models import ImportBatch
from accounts.stock.operations.proposals import check_keys, lock_import
from accounts.stock.operations.staging import check_again, count_rows, rows_of
from accounts.stock.vocabulary import ImportStatus
from config.kernel.database.pieces import Pieces
from config.kernel.database.sets import in_sets
from config.kernel.database.sql import rows
from config.kernel.database.transactions import owned, perform, transaction_required

#: A piece holds its locks for about so many seconds, and has so many rows at first and at most.
LOCKED_SECONDS, FIRST, MOST = 0.1, 50, 200

type OnPiece = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class KnownRows:
    """Rows of a sheet for customers whom the bank has.

    :ivar columns: in SQL, what is read of each; the first is `s.line`.
    :ivar left: SQL from FROM on: the rows `s` of an import that are not in force yet.
    :ivar put: puts rows in force in the caller's transaction and returns how many; calls what it is given once it holds
        locks that others wait for.
    """

    columns: str
    left: str
    put: Callable[[UUID, list[Any], Callable[[], None]], int]

    def any_left(self, import_id: UUID) -> bool:
        """Return whether a row is still to be put in force."""
        return bool(rows(f"SELECT EXISTS (SELECT {self.left}) AS any", [import_id])[0]["any"])


def put_in_force(import_id: UUID, sheets: Sequence[KnownRows], on_piece: OnPiece) -> None:
    """Put rows of an import that was approved in force, a piece after the other; it owns its transactions.

    :param sheets: in this order.
    :param on_piece: called with the number of rows that a piece has put in force, after its COMMIT.
    """
    with owned():
        in_sets(rows_of(import_id))
        if not _any_left(import_id, sheets):
            return
    for known in sheets:
        with owned():
            in_sets(rows_of(import_id))
            # Found once: the staging tables have no index by which a row finds the one that it refers to.
            _run(
                f"DECLARE stock_left NO SCROLL CURSOR WITH HOLD FOR SELECT {known.columns} {known.left} ORDER BY s.line",
                [import_id],
            )
        try:
            _put_in_force(import_id, known, on_piece)
        finally:
            if connection.connection is not None and not connection.connection.closed:
                _run("CLOSE stock_left")


def _put_in_force(import_id: UUID, known: KnownRows, on_piece: OnPiece) -> None:
    pieces = Pieces(seconds=LOCKED_SECONDS, first=FIRST, most=MOST)
    while several := _run(f"FETCH {pieces.size:d} FROM stock_left"):
        made = perform(partial(known.put, import_id, several, pieces.locked))
        pieces.done(len(several))
        on_piece(made)


@transaction_required
def begin_piece(import_id: UUID, at: datetime, line: int) -> bool:
    """Lock an import for a piece of it, and keep how far it is; return whether it is still to be applied.

    :param at: the instant of the piece: of the first one the load begins.
    :param line: the last of the piece.
    """
    row = lock_import(import_id)
    if row.status != ImportStatus.APPLYING:
        return False
    check_keys(row)
    ImportBatch.objects.get_or_create(pk=row.id, defaults={"source": row.source, "started_at": at})
    row.applied, row.trouble = max(row.applied, min(99, 100 * line // max(1, rows_of(row.id)))), ""
    row.save(update_fields=["applied", "trouble"])
    return True


def _any_left(import_id: UUID, sheets: Sequence[KnownRows]) -> bool:
    """Check an import against the bank as it is now where rows are left; return whether there are any."""
    row = lock_import(import_id)
    if row.status != ImportStatus.APPLYING or not any(known.any_left(import_id) for known in sheets):
        return False
    if check_again(import_id):
        row.summary = count_rows(import_id).record()
        row.save(update_fields=["summary"])
    return True


def _run(text: str, params: Sequence[Any] = ()) -> list[Any]:
    """Run a statement about the cursor; return its rows by the names of their columns."""
    with connection.cursor() as cursor:
        cursor.execute(text, params)
        if cursor.description is None:
            return []
        names = [column.name for column in cursor.description]
        return [SimpleNamespace(**dict(zip(names, each, strict=True))) for each in cursor.fetchall()]
