"""Freezes of accounts that the bank has (原有账户的冻结), a piece of an import at a time.

A payment from or to the account waits for the piece, and nothing else.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from accounts.models import Account
from accounts.stock.operations.known_rows import KnownRows, begin_piece
from accounts.stock.operations.writing import write_known_freezes
from accounts.vocabulary import AccountStatus
from config.kernel.database.clock import bank_now
from config.kernel.database.sql import rows

_LEFT = """
FROM accounts_stagedfreeze s
JOIN accounts_stagedaccount a ON a.import_id = s.import_id AND a.ref = s.account_ref
JOIN accounts_account b ON b.id = a.known_id
WHERE s.import_id = %s AND s.outcome IS DISTINCT FROM 'refused' AND s.known_id IS NULL AND a.outcome = 'known'
  AND b.status <> 'closed' AND NOT EXISTS (SELECT FROM accounts_freeze f WHERE f.id = s.id)
"""

# Of a few lines, the orders that the counter has entered since they were checked.
_MET = """
SELECT m.line, f.id FROM unnest(%(lines)s::int[], %(accounts)s::uuid[]) AS m(line, account_id)
JOIN accounts_stagedfreeze s ON s.import_id = %(import)s AND s.line = m.line
JOIN accounts_freeze f ON f.account_id = m.account_id AND f.authority = s.authority AND f.order_no = s.order_no
"""
_KNOWN = """
UPDATE accounts_stagedfreeze s SET known_id = m.id, outcome = 'known'
FROM unnest(%(lines)s::int[], %(ids)s::uuid[]) AS m(line, id) WHERE s.import_id = %(import)s AND s.line = m.line
"""


def _put(import_id: UUID, several: list[Any], locked: Callable[[], None]) -> int:
    """Put freezes in force.

    One of an account that was closed meanwhile is left to the check of the whole import; one that the counter has entered
    meanwhile is known.
    """
    if not begin_piece(import_id, bank_now(), several[-1].line):
        return 0
    accounts = Account.objects.select_for_update(no_key=True).filter(pk__in={each.account_id for each in several})
    status = dict(accounts.order_by("pk").values_list("pk", "status"))
    locked()
    frozen = {each.line: each.account_id for each in several if status[each.account_id] != AccountStatus.CLOSED}
    _mark(import_id, frozen)
    return write_known_freezes(import_id, frozen)


def _mark(import_id: UUID, frozen: dict[int, UUID]) -> None:
    """Mark the orders that are on file as known; take them out of what is put in force."""
    met = rows(_MET, {"import": import_id, "lines": list(frozen), "accounts": list(frozen.values())})
    known = {each["line"]: each["id"] for each in met}
    for line in known:
        del frozen[line]
    if known:
        rows(_KNOWN, {"import": import_id, "lines": list(known), "ids": list(known.values())})


FREEZES = KnownRows("s.line, a.known_id AS account_id", _LEFT, _put)
