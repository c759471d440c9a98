"""Further documents of customers whom the bank has (原有客户的其他证件), a piece of an import at a time.

A further document may list its holder: decisions about the holder wait for the piece, and its instant is read under
their locks.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

from accounts.models import Customer
from accounts.operations.holders import lock_holders
from accounts.queries.whose import remaining_of
from accounts.stock.operations.checks import no_holder
from accounts.stock.operations.customer_checks import DOCUMENT_TAKEN
from accounts.stock.operations.known_rows import KnownRows, begin_piece
from accounts.stock.operations.sheets import sheet_of
from accounts.stock.operations.staging import take
from accounts.stock.operations.writing import write_known_documents
from accounts.stock.vocabulary import SheetName
from config.kernel.database.sql import rows

_LEFT = """
FROM accounts_stageddocument s
JOIN accounts_stagedcustomer h ON h.import_id = s.import_id AND h.ref = s.customer_ref
WHERE s.import_id = %s AND s.outcome IS DISTINCT FROM 'refused' AND s.known_id IS NULL AND h.outcome = 'known'
  AND NOT EXISTS (SELECT FROM accounts_document d WHERE d.id = s.document_id)
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
_NO_HOLDER = replace(no_holder(""), found=_TAKEN.found)
_KNOWN = """
UPDATE accounts_stageddocument s SET known_id = m.id, outcome = 'known'
FROM unnest(%(lines)s::int[], %(ids)s::uuid[]) AS m(line, id) WHERE s.import_id = %(import)s AND s.line = m.line
"""


def _put(import_id: UUID, several: list[Any], locked: Callable[[], None]) -> int:
    """Put documents in force under the locks of their holders.

    Whose document it is by now is asked again: a customer may have been merged, a document linked at the counter, a
    number given to another customer. A customer who has another name by now gets none.
    """

    def keys() -> Iterator[bytes]:
        # Read under the lock of everybody: all decisions wait from here on.
        locked()
        yield from (bytes(each.key) for each in several)

    holders = {each.holder_id for each in several}
    at = lock_holders(holders, keys())
    if not begin_piece(import_id, at, several[-1].line):
        return 0
    meant = remaining_of(holders)
    # An opening for a customer holds this row: it counts before the documents, or over all of them.
    customers = Customer.objects.select_for_update(no_key=True).filter(pk__in=set(meant.values())).order_by("pk")
    names = {pk: bytes(name_index) for pk, name_index in customers.values_list("pk", "name_index")}
    held = {each.line: meant[each.holder_id] for each in several}
    renamed = [each.line for each in several if names[held[each.line]] != bytes(each.name_index)]
    for line in renamed:
        del held[line]
    if renamed:
        take(import_id, sheet_of(SheetName.DOCUMENTS.value), _NO_HOLDER, lines=renamed)
    _mark(import_id, held)
    return write_known_documents(import_id, at, held)


def _mark(import_id: UUID, held: dict[int, UUID]) -> None:
    """Refuse what another customer has by now, mark what the holder has; take both out of what is put in force."""
    met = rows(_MET, {"import": import_id, "lines": list(held), "holders": list(held.values())})
    for each in met:
        del held[each["line"]]
    if taken := [each["line"] for each in met if each["taken"]]:
        take(import_id, sheet_of(SheetName.DOCUMENTS.value), _TAKEN, lines=taken)
    if known := {each["line"]: each["known_id"] for each in met if not each["taken"]}:
        rows(_KNOWN, {"import": import_id, "lines": list(known), "ids": list(known.values())})


DOCUMENTS = KnownRows("s.line, h.known_id AS holder_id, s.identity_key AS key, h.name_index", _LEFT, _put)
