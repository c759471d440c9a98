"""Put further documents of customers whom the bank has in force (原有客户的其他证件), before the rest of their import.

A further document may list its holder. Orders and releases of the holder wait for it, and some of others with them: so
documents come in pieces, each a short transaction under the locks of its holders, dated by the instant read under them.
What a piece has done stays done: after a crash the next process goes on with the documents that are left.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from accounts.models import Customer, ImportBatch
from accounts.operations.holders import lock_holders
from accounts.operations.stock.customer_checks import DOCUMENT_TAKEN
from accounts.operations.stock.proposals import check_keys, lock_import
from accounts.operations.stock.sheets import sheet_of
from accounts.operations.stock.staging import check_again, count_rows, rows_of, take
from accounts.operations.stock.writing import write_known_documents
from accounts.queries.whose import remaining_of
from accounts.vocabulary.stock import ImportStatus, SheetName
from config.kernel.sets import in_sets
from config.kernel.sql import rows
from config.kernel.transactions import owned, perform

#: Documents in the first piece and in any, and for how many seconds its locks may be held: the next is sized by it.
FIRST, MOST, SECONDS = 50, 300, 0.2

_LEFT = """
FROM accounts_stageddocument s
JOIN accounts_stagedcustomer h ON h.import_id = s.import_id AND h.ref = s.customer_ref
WHERE s.import_id = %s AND s.outcome IS DISTINCT FROM 'refused' AND s.known_id IS NULL AND h.outcome = 'known'
  AND NOT EXISTS (SELECT FROM accounts_document d WHERE d.id = s.document_id)
"""
_ANY_LEFT = f"SELECT EXISTS (SELECT {_LEFT}) AS any"
# Found once: the staging tables have no index by which a customer of theirs is found.
_DECLARE = f"""
DECLARE stock_documents NO SCROLL CURSOR WITH HOLD FOR
SELECT s.line, h.known_id, s.identity_key, h.name_index {_LEFT} ORDER BY s.line
"""
# Of a few lines, those that the bank has got otherwise since they were checked: another customer's, or on file.
_MET = """
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
_KNOWN = """
UPDATE accounts_stageddocument s SET known_id = m.id, outcome = 'known'
FROM unnest(%(lines)s::int[], %(ids)s::uuid[]) AS m(line, id) WHERE s.import_id = %(import)s AND s.line = m.line
"""

type OnPiece = Callable[[int], None]


class _Left(NamedTuple):
    """A document that is not in force yet.

    :ivar name_index: of the name that the import has for the holder.
    """

    line: int
    holder_id: UUID
    key: bytes
    name_index: bytes


def any_left(import_id: UUID) -> bool:
    """Return whether a customer of the bank is still to get a document by an import."""
    return bool(rows(_ANY_LEFT, [import_id])[0]["any"])


def put_in_force(import_id: UUID, on_piece: OnPiece) -> None:
    """Put the documents of an import that was approved in force, a piece after the other; it owns its transactions.

    :param on_piece: called with the number of documents that a piece has put in force, after its COMMIT.
    """
    with owned():
        if not _find(import_id):
            return
    try:
        size = min(FIRST, MOST)
        while several := _next(size):
            piece = _Piece(import_id, several)
            made = perform(piece.put_in_force)
            took = max(time.monotonic() - piece.locked_at, 0.001)
            size = max(1, min(MOST, int(size * min(2.0, SECONDS / took))))
            on_piece(made)
    finally:
        if connection.connection is not None and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute("CLOSE stock_documents")


def _find(import_id: UUID) -> bool:
    """Check an import against the bank as it is now, and find the documents that are left; return whether there are any."""
    in_sets(rows_of(import_id))
    row = lock_import(import_id)
    if row.status != ImportStatus.APPLYING or not any_left(import_id):
        return False
    if check_again(import_id):
        row.summary = count_rows(import_id).record()
        row.save(update_fields=["summary"])
    with connection.cursor() as cursor:
        cursor.execute(_DECLARE, [import_id])
    return True


def _next(count: int) -> list[_Left]:
    with connection.cursor() as cursor:
        cursor.execute(f"FETCH {count:d} FROM stock_documents")
        return [
            _Left(line, holder, bytes(key), bytes(name_index)) for line, holder, key, name_index in cursor.fetchall()
        ]


class _Piece:
    """Some documents of an import, put in force at once.

    :ivar locked_at: when the locks were there, by the clock of this process.
    """

    def __init__(self, import_id: UUID, several: list[_Left]) -> None:
        self.import_id = import_id
        self.several = several
        self.locked_at = 0.0

    def _keys(self) -> Iterator[bytes]:
        # Read under the lock of everybody: all decisions wait from here on.
        self.locked_at = time.monotonic()
        yield from (each.key for each in self.several)

    def put_in_force(self) -> int:
        """Put them in force in the caller's transaction; return how many.

        Whose document it is by now is asked under the locks: a customer may have been merged, a document linked at the
        counter, a number given to another customer. A customer who has another name by now gets none: the check of
        the whole import refuses the row.
        """
        holders = {each.holder_id for each in self.several}
        at = lock_holders(holders, self._keys())
        row = lock_import(self.import_id)
        if row.status != ImportStatus.APPLYING:
            return 0
        check_keys(row)
        meant = remaining_of(holders)
        # An opening for a customer holds this row: it counts before the documents, or over all of them.
        customers = Customer.objects.select_for_update(no_key=True).filter(pk__in=set(meant.values())).order_by("pk")
        names = {pk: bytes(name_index) for pk, name_index in customers.values_list("pk", "name_index")}
        held = {
            each.line: meant[each.holder_id] for each in self.several if names[meant[each.holder_id]] == each.name_index
        }
        self._mark(held)
        ImportBatch.objects.get_or_create(pk=row.id, defaults={"source": row.source, "started_at": at})
        made = write_known_documents(row.id, at, held)
        row.applied, row.trouble = min(99, 100 * self.several[-1].line // max(1, rows_of(row.id))), ""
        row.save(update_fields=["applied", "trouble"])
        return made

    def _mark(self, held: dict[int, UUID]) -> None:
        """Refuse what another customer has by now, mark what the holder has; take both out of what is put in force."""
        met = rows(_MET, {"import": self.import_id, "lines": list(held), "holders": list(held.values())})
        for each in met:
            del held[each["line"]]
        if taken := [each["line"] for each in met if each["taken"]]:
            take(self.import_id, sheet_of(SheetName.DOCUMENTS.value), _TAKEN, lines=taken)
        if known := {each["line"]: each["known_id"] for each in met if not each["taken"]}:
            rows(_KNOWN, {"import": self.import_id, "lines": list(known), "ids": list(known.values())})
