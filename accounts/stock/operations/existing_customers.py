"""Write the rows of an import that concern existing customers (原有客户), before its other rows.

Orders and releases of these customers wait for these writes, so the rows are written in pieces, each in a short
transaction. A finished piece is kept: after a crash the next process continues with the remaining rows.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from django.db import connection

from accounts.models import Account, Customer, ImportBatch
from accounts.operations.holders import lock_holders
from accounts.queries.merged_customers import surviving_ids
from accounts.stock.operations.checks import missing_holder_check
from accounts.stock.operations.sheet_checks import DOCUMENT_TAKEN
from accounts.stock.operations.sheets import sheet_of
from accounts.stock.operations.staging import check_again, count_rows, rows_of, run_step
from accounts.stock.operations.writing import write_known_documents, write_known_freezes
from accounts.stock.queries.imports import STOCK
from accounts.stock.vocabulary import ImportStatus, SheetName
from accounts.vocabulary import AccountStatus
from config.kernel.database.bulk import Pieces, in_sets
from config.kernel.database.clock import bank_now
from config.kernel.database.sql import rows
from config.kernel.database.transactions import owned, perform, transaction_required

#: Seconds for which a piece holds its locks, and its rows at first and at most.
LOCKED_SECONDS, FIRST, MOST = 0.1, 50, 200

type OnPiece = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class ExistingCustomerRows:
    """Rows of a sheet for existing customers.

    :ivar columns: the columns that are read, in SQL; the first is `s.line`.
    :ivar left: SQL from FROM on: the rows `s` of an import that are not in force yet.
    :ivar put: puts rows in force in the caller's transaction and returns how many; calls its last argument once it
        holds locks for which others wait.
    """

    columns: str
    left: str
    put: Callable[[UUID, list[Any], Callable[[], None]], int]

    def any_left(self, import_id: UUID) -> bool:
        """Return whether a row is still to be written."""
        return bool(rows(f"SELECT EXISTS (SELECT {self.left}) AS any", [import_id])[0]["any"])


def put_in_force(import_id: UUID, sheets: Sequence[ExistingCustomerRows], on_piece: OnPiece) -> None:
    """Write rows of an approved import, one piece after the other; each piece is a transaction of its own.

    :param sheets: the sheets, in the order of writing.
    :param on_piece: called with the number of rows that a piece has put in force, after its COMMIT.
    """
    with owned():
        in_sets(rows_of(import_id))
        if not _any_left(import_id, sheets):
            return
    for known in sheets:
        with owned():
            in_sets(rows_of(import_id))
            # One cursor for all pieces, because the staging tables have no index on references.
            _run(
                f"DECLARE stock_left NO SCROLL CURSOR WITH HOLD FOR SELECT {known.columns} {known.left} ORDER BY s.line",
                [import_id],
            )
        try:
            _put_in_force(import_id, known, on_piece)
        finally:
            if connection.connection is not None and not connection.connection.closed:
                _run("CLOSE stock_left")


def _put_in_force(import_id: UUID, known: ExistingCustomerRows, on_piece: OnPiece) -> None:
    pieces = Pieces(seconds=LOCKED_SECONDS, first=FIRST, most=MOST)
    while several := _run(f"FETCH {pieces.size:d} FROM stock_left"):
        made = perform(partial(known.put, import_id, several, pieces.locked))
        pieces.done(len(several))
        on_piece(made)


@transaction_required
def _begin_piece(import_id: UUID, at: datetime, line: int) -> bool:
    """Lock an import for a piece of it, and record the progress; return whether it is still to be applied.

    :param at: the instant of the piece; that of the first piece is the start of the load.
    :param line: the last line of the piece.
    """
    row = STOCK.locked(import_id)
    if row.status != ImportStatus.APPLYING:
        return False
    STOCK.check_keys(row)
    ImportBatch.objects.get_or_create(pk=row.id, defaults={"source": row.source, "started_at": at})
    row.applied, row.trouble = max(row.applied, min(99, 100 * line // max(1, rows_of(row.id)))), ""
    row.save(update_fields=["applied", "trouble"])
    return True


def _any_left(import_id: UUID, sheets: Sequence[ExistingCustomerRows]) -> bool:
    """Check an import against the bank as it is now where rows are left; return whether there are any."""
    row = STOCK.locked(import_id)
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


_DOCUMENTS_LEFT = """
FROM accounts_stageddocument s
JOIN accounts_stagedcustomer h ON h.import_id = s.import_id AND h.ref = s.customer_ref
WHERE s.import_id = %s AND s.outcome IS DISTINCT FROM 'refused' AND s.known_id IS NULL AND h.outcome = 'known'
  AND NOT EXISTS (SELECT FROM accounts_document d WHERE d.id = s.document_id)
"""
# Lines whose document the bank has got since their check: another customer's, or the holder's own.
_DOCUMENTS_MET = """
SELECT m.line, i.id IS NOT NULL AS taken, b.id AS known_id
FROM unnest(%(lines)s::int[], %(holders)s::uuid[]) AS m(line, customer_id)
CROSS JOIN LATERAL (
    SELECT * FROM accounts_stageddocument s WHERE s.import_id = %(import)s AND s.line = m.line OFFSET 0
) s
LEFT JOIN LATERAL (
    SELECT i.id FROM accounts_identity i WHERE i.key = s.identity_key AND i.customer_id <> m.customer_id OFFSET 0
) i ON true
LEFT JOIN LATERAL (
    SELECT b.id FROM accounts_document b
    WHERE b.customer_id = m.customer_id AND b.type = s.document_type AND b.identity_key = s.identity_key
      AND b.status IN ('pending', 'active') OFFSET 0
) b ON true
WHERE i.id IS NOT NULL OR b.id IS NOT NULL
"""
_TAKEN = replace(DOCUMENT_TAKEN, found="SELECT line, NULL::int AS first FROM unnest(%(lines)s::int[]) AS line")
_NO_HOLDER = replace(missing_holder_check(""), found=_TAKEN.found)
_DOCUMENTS_KNOWN = """
UPDATE accounts_stageddocument s SET known_id = m.id, outcome = 'known'
FROM unnest(%(lines)s::int[], %(ids)s::uuid[]) AS m(line, id) WHERE s.import_id = %(import)s AND s.line = m.line
"""


def _put_documents(import_id: UUID, several: list[Any], locked: Callable[[], None]) -> int:
    """Write documents under the locks of their holders.

    The owner of each document is checked again: a customer may have been merged, a document linked at the counter, or
    a number given to another customer. A customer with another name by now gets none.
    """

    def keys() -> Iterator[bytes]:
        # Read under the lock that all decisions share: every decision waits from here on.
        locked()
        yield from (bytes(each.key) for each in several)

    holders = {each.holder_id for each in several}
    at = lock_holders(holders, keys())
    if not _begin_piece(import_id, at, several[-1].line):
        return 0
    survivors = surviving_ids(holders)
    # An opening locks this row, too, so it is decided before these documents, or with all of them.
    customers = Customer.objects.select_for_update(no_key=True).filter(pk__in=set(survivors.values())).order_by("pk")
    names = {pk: bytes(name_index) for pk, name_index in customers.values_list("pk", "name_index")}
    held = {each.line: survivors[each.holder_id] for each in several}
    renamed = [each.line for each in several if names[held[each.line]] != bytes(each.name_index)]
    for line in renamed:
        del held[line]
    if renamed:
        run_step(import_id, sheet_of(SheetName.DOCUMENTS.value), _NO_HOLDER, lines=renamed)
    _mark_documents(import_id, held)
    return write_known_documents(import_id, at, held)


def _mark_documents(import_id: UUID, held: dict[int, UUID]) -> None:
    """Refuse documents that another customer has by now, and mark those that the holder has; remove both from `held`."""
    met = rows(_DOCUMENTS_MET, {"import": import_id, "lines": list(held), "holders": list(held.values())})
    for each in met:
        del held[each["line"]]
    if taken := [each["line"] for each in met if each["taken"]]:
        run_step(import_id, sheet_of(SheetName.DOCUMENTS.value), _TAKEN, lines=taken)
    if known := {each["line"]: each["known_id"] for each in met if not each["taken"]}:
        rows(_DOCUMENTS_KNOWN, {"import": import_id, "lines": list(known), "ids": list(known.values())})


DOCUMENTS = ExistingCustomerRows(
    "s.line, h.known_id AS holder_id, s.identity_key AS key, h.name_index", _DOCUMENTS_LEFT, _put_documents
)


_FREEZES_LEFT = """
FROM accounts_stagedfreeze s
JOIN accounts_stagedaccount a ON a.import_id = s.import_id AND a.ref = s.account_ref
JOIN accounts_account b ON b.id = a.known_id
WHERE s.import_id = %s AND s.outcome IS DISTINCT FROM 'refused' AND s.known_id IS NULL AND a.outcome = 'known'
  AND b.status <> 'closed' AND NOT EXISTS (SELECT FROM accounts_freeze f WHERE f.id = s.id)
"""

# Lines whose order the counter has recorded since their check.
_FREEZES_MET = """
SELECT m.line, f.id FROM unnest(%(lines)s::int[], %(accounts)s::uuid[]) AS m(line, account_id)
JOIN accounts_stagedfreeze s ON s.import_id = %(import)s AND s.line = m.line
JOIN accounts_freeze f ON f.account_id = m.account_id AND f.authority = s.authority AND f.order_no = s.order_no
"""
_FREEZES_KNOWN = """
UPDATE accounts_stagedfreeze s SET known_id = m.id, outcome = 'known'
FROM unnest(%(lines)s::int[], %(ids)s::uuid[]) AS m(line, id) WHERE s.import_id = %(import)s AND s.line = m.line
"""


def _put_freezes(import_id: UUID, several: list[Any], locked: Callable[[], None]) -> int:
    """Write the freezes of one piece; return how many were written.

    A freeze of an account that was closed meanwhile is left to the check of the whole import. A freeze that the
    counter entered meanwhile is marked as recorded.
    """
    if not _begin_piece(import_id, bank_now(), several[-1].line):
        return 0
    accounts = Account.objects.select_for_update(no_key=True).filter(pk__in={each.account_id for each in several})
    status = dict(accounts.order_by("pk").values_list("pk", "status"))
    locked()
    frozen = {each.line: each.account_id for each in several if status[each.account_id] != AccountStatus.CLOSED}
    _mark_freezes(import_id, frozen)
    return write_known_freezes(import_id, frozen)


def _mark_freezes(import_id: UUID, frozen: dict[int, UUID]) -> None:
    """Mark and skip the freezes whose orders are already recorded."""
    met = rows(_FREEZES_MET, {"import": import_id, "lines": list(frozen), "accounts": list(frozen.values())})
    known = {each["line"]: each["id"] for each in met}
    for line in known:
        del frozen[line]
    if known:
        rows(_FREEZES_KNOWN, {"import": import_id, "lines": list(known), "ids": list(known.values())})


FREEZES = ExistingCustomerRows("s.line, a.known_id AS account_id", _FREEZES_LEFT, _put_freezes)
