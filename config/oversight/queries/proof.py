"""The proof (对账): every invariant of the bank over one snapshot of its tables.

What the database's constraints forbid is asked again here: a constraint that was dropped, or a row
that was written around it, must not stay unseen.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from accounts.queries.invariants_customers import CUSTOMERS
from accounts.queries.invariants_ledger import LEDGER
from config.kernel.invariants import Finding, Invariant
from config.kernel.kernel_invariants import KERNEL
from config.kernel.sql import rows
from config.kernel.transactions import owned
from transfers.queries.invariants import TRANSFERS
from transfers.queries.invariants_money import MONEY

INVARIANTS: tuple[Invariant, ...] = tuple(
    sorted((*KERNEL, *LEDGER, *CUSTOMERS, *TRANSFERS, *MONEY), key=lambda invariant: invariant.name)
)


def prove(invariants: tuple[Invariant, ...] = INVARIANTS) -> list[Finding]:
    """Ask every invariant over one snapshot; nothing is locked and nothing is changed."""
    with _snapshot():
        return [_find(invariant) for invariant in invariants]


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
    with owned():
        rows("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        rows("SET LOCAL statement_timeout = '15min'")
        yield
