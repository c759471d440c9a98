"""The proof (对账): every invariant of the bank, checked over one snapshot of its tables.

What the constraints of the database forbid is checked again here, to detect a dropped constraint or a row
written around it.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any

from django.db import DataError, OperationalError, connection, transaction
from psycopg.errors import QueryCanceled

from accounts.queries import invariants_evidence as accounts_evidence
from accounts.queries.invariants_customers import CUSTOMERS, MERGES, PLACES
from accounts.queries.invariants_ledger import LEDGER
from blacklist.queries import invariants as blacklist_invariants
from config.kernel.database.id_times import KERNEL_ID_TIMES, moved_in_time
from config.kernel.database.sql import rows
from config.kernel.database.transactions import owned
from config.kernel.law.text import Text
from config.kernel.models import ProofRun
from config.kernel.proof.factor_invariants import FACTORS
from config.kernel.proof.invariants import Finding, Invariant
from config.kernel.proof.kernel_invariants import KERNEL, opening_all
from config.kernel.proof.people_invariants import PEOPLE
from config.kernel.proof.proofs import RUNS, proofs_run
from config.kernel.wings import of_wings
from transfers.queries import invariants_evidence as transfers_evidence
from transfers.queries.invariants import MONEY, TRANSFERS

_ID_TIMES = (
    *KERNEL_ID_TIMES,
    *blacklist_invariants.ID_TIMES,
    *accounts_evidence.ID_TIMES,
    *transfers_evidence.ID_TIMES,
)
_WRITTEN = Invariant(
    "I30",
    "记录编号所含时间与记录所载时间一致（沙箱除外）",
    "The time in an id matches the time in its row (not checked in a sandbox, whose clock is moved)",
    look=partial(moved_in_time, _ID_TIMES),
)
INVARIANTS: tuple[Invariant, ...] = tuple(
    sorted(
        (
            *KERNEL,
            *PEOPLE,
            *FACTORS,
            *RUNS,
            *LEDGER,
            *CUSTOMERS,
            *MERGES,
            *PLACES,
            *chain.from_iterable(of_wings("accounts", "queries.invariants", "INVARIANTS")),
            *TRANSFERS,
            *MONEY,
            *accounts_evidence.EVIDENCE,
            *transfers_evidence.EVIDENCE,
            *blacklist_invariants.CERTIFICATES,
            _WRITTEN,
        ),
        key=lambda invariant: invariant.name,
    )
)


def with_all_sealed(tell: Callable[[str, int, int], object]) -> tuple[Invariant, ...]:
    """Return the invariants, with that of the keys for all sealed values instead of a sample.

    :param tell: called with table, rows examined and rows in total.
    """
    whole = opening_all(tell)
    return tuple(whole if each.name == whole.name else each for each in INVARIANTS)


def prove(invariants: tuple[Invariant, ...] = INVARIANTS) -> list[Finding]:
    """Check every invariant over one snapshot; nothing is locked or changed."""
    with _snapshot():
        return [_find(invariant) for invariant in invariants]


@dataclass(frozen=True, slots=True)
class ProofLine:
    """The result of one invariant in a run.

    :ivar text: the invariant in the reader's language.
    :ivar broken: number of rows that violate it.
    :ivar ids: the first of them.
    """

    name: str
    text: Text | str
    broken: int
    ids: list[str]
    ms: int


def last_proof() -> ProofRun | None:
    """Return the newest finished run of the proof; None without one."""
    return proofs_run().first()


def lines_of_proof(run: ProofRun) -> list[ProofLine]:
    """Return the result of each invariant, violated ones first; a former invariant has only its name."""
    words = {each.name: Text(each.zh, each.en) for each in INVARIANTS}
    findings: list[dict[str, Any]] = run.findings or []
    lines = [
        ProofLine(each["name"], words.get(each["name"], ""), each["broken"], each["ids"], each["ms"])
        for each in findings
    ]
    return sorted(lines, key=lambda line: (not line.broken, line.name))


def _find(invariant: Invariant) -> Finding:
    began = time.monotonic()
    try:
        with transaction.atomic():
            found = invariant.look() if invariant.look else (str(row["id"]) for row in rows(invariant.sql))
            ids = tuple(sorted(set(found)))
    except DataError:
        # A value that the bank never writes, such as a text instead of an amount; the other invariants are still checked.
        ids = ("a value that cannot be read",)
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled):
            raise
        # Recorded as a finding, because a repeated query would take as long.
        ids = ("not answered in time",)
    return Finding(invariant, ids, time.monotonic() - began)


@contextmanager
def _snapshot() -> Iterator[None]:
    # Inside a transaction of the caller its view is used; otherwise all queries share one snapshot, so that a change
    # during the run is visible to all of them or to none.
    if connection.in_atomic_block:
        yield
        return
    with owned():
        rows("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        rows("SET LOCAL statement_timeout = '15min'")
        yield
