"""The proof (对账): every invariant of the bank over one snapshot of its tables.

What the database's constraints forbid is asked again here: a constraint that was dropped, or a row
that was written around it, must not stay unseen.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import connection, transaction

from accounts.queries.invariants_customers import RULES
from accounts.queries.invariants_ledger import LEDGER
from config.kernel.invariants import Finding, Invariant
from config.kernel.kernel_invariants import KEYS
from config.kernel.money import Fen
from config.kernel.sql import rows
from transfers.queries.invariants import TRANSFERS

INVARIANTS: tuple[Invariant, ...] = tuple(
    sorted((*LEDGER, *TRANSFERS, *RULES, *KEYS), key=lambda invariant: invariant.name)
)


def prove(invariants: tuple[Invariant, ...] = INVARIANTS) -> list[Finding]:
    """Ask every invariant over one snapshot; nothing is locked and nothing is changed."""
    with _snapshot():
        return [_find(invariant) for invariant in invariants]


def clearing_totals() -> dict[str, Fen]:
    """Return what each outside bank's clearing account holds (他行清算户余额), by bank code."""
    found = rows(
        "SELECT i.bank_code, coalesce(sum(e.amount_fen), 0) AS fen FROM accounts_internalaccount i "
        "LEFT JOIN accounts_entry e ON e.internal_id = i.id WHERE i.kind = 'clearing' GROUP BY i.bank_code "
        "ORDER BY i.bank_code"
    )
    return {row["bank_code"]: int(row["fen"]) for row in found}


def released_by(transfer_ids: Sequence[str]) -> dict[str, int]:
    """Return how many of these transfers were posted by whom: Celery, the watcher."""
    found = rows(
        "SELECT released_by, count(*) AS n FROM transfers_event "
        "WHERE transfer_id = ANY(%s::uuid[]) AND new_status = 'posted' GROUP BY released_by",
        [list(transfer_ids)],
    )
    return {row["released_by"]: row["n"] for row in found}


def knows_transfers(transfer_ids: Sequence[str]) -> bool:
    """Say whether this database has these transfers: whether it is the one behind an address."""
    found = rows("SELECT count(*) AS n FROM transfers_transfer WHERE id = ANY(%s::uuid[])", [list(transfer_ids)])
    return bool(found[0]["n"] == len(set(transfer_ids)))


def _find(invariant: Invariant) -> Finding:
    began = time.monotonic()
    found = invariant.look() if invariant.look else (str(row["id"]) for row in rows(invariant.sql))
    ids = tuple(sorted(set(found)))
    return Finding(invariant, ids, time.monotonic() - began)


@contextmanager
def _snapshot() -> Iterator[None]:
    # Inside somebody's transaction its own view is asked; alone, all queries share one snapshot,
    # so that what happens meanwhile is in all of them or in none.
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        rows("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        rows("SET LOCAL statement_timeout = '15min'")
        yield
