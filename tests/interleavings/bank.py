"""A bank for interleaving tests: created once, and restored row by row after each order."""

import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import psycopg
from django.test import override_settings

from config.kernel.requests import idempotency
from config.kernel.requests.micro_batches import MicroBatches
from config.oversight.queries.proof import INVARIANTS, prove
from tests import evidence
from tests.clock import NOON, Clock
from tests.interleavings.acts import DUE, Act, Cast, acts_of, founded, release
from tests.interleavings.instants import Record
from tests.interleavings.orders import Orders
from tests.interleavings.sessions import Session, Unit, sessions
from tests.interleavings.steps import CLOCK, Catalog, catalog
from tests.races import SECONDS
from tests.roles import superuser
from transfers.api import order_sets

BEFORE_DUE, AFTER_ALL = timedelta(hours=1), timedelta(days=2)
#: Asked after each order; that a sample of what is sealed can be opened says nothing about an order.
ASKED = tuple(each for each in INVARIANTS if each.sql)
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_SEALED = re.compile(r"\\\\x[0-9a-f]{58,}")
#: How late a release was depends on how busy the machine is.
_LATENESS = re.compile(r"lateness_ms|le_\w+|over|total_ms")
_INSTANT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d):\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


@dataclass(slots=True)
class Bank:
    """A bank that is restored row by row after each order.

    :ivar acts: acts of the sessions by name; the due release comes first.
    """

    acts: dict[str, Act]
    clock: Clock
    sessions: list[Session]
    server: "psycopg.Connection[Any]"
    known: Catalog
    ids: frozenset[str]
    written: frozenset[str] = frozenset({CLOCK})
    _at_work: list[Session] = field(default_factory=list)

    def orders(self, *acts: str, most: int) -> Orders:
        """Return the orders of concurrent acts, at most `most`."""
        # The due instant is a step of its own where an act may precede or follow it: elsewhere it has passed already.
        falls_due = "cancel" in acts
        work = [
            act
            for name in acts
            for act in self.acts[name if name != "release" or falls_due else "release what is due"]()
        ]
        self._at_work = self.sessions[: len(work)]

        def begin() -> list[list[Unit]]:
            self.clock.run_from(DUE - BEFORE_DUE if falls_due else DUE)
            return work

        return Orders(self._at_work, begin, self.server, most)

    def put_back(self) -> None:
        """Restore the state before the acts."""
        statements = [
            f"DELETE FROM {each}; INSERT INTO {each} OVERRIDING SYSTEM VALUE SELECT * FROM kept.{each}"
            for each in sorted(self.written)
        ]
        self.server.execute(
            "BEGIN; SET LOCAL session_replication_role = replica; " + "; ".join(statements) + "; COMMIT"
        )

    def learn_written_tables(self) -> None:
        """Find the changed tables; only these are restored and compared."""
        asked = " UNION ALL ".join(
            f"SELECT '{each}' WHERE EXISTS (TABLE {each} EXCEPT ALL TABLE kept.{each}) "
            f"OR EXISTS (TABLE kept.{each} EXCEPT ALL TABLE {each})"
            for each in sorted(self.known.tables - self.written)
        )
        self.written |= {name for (name,) in self.server.execute(asked)}

    def result(self) -> str:
        """Return the outcomes of the sessions, independent of their numbering, and all written rows.

        Left out are values that differ each time, such as ids and sealed values, and differences of instants
        below an hour.
        """
        asked = " UNION ALL ".join(
            f"SELECT '{each}' AS name, to_jsonb(t) AS row FROM {each} t" for each in sorted(self.written - {CLOCK})
        )
        outcomes = sorted(map(str, (each.outcomes for each in self._at_work)))
        return "\n".join(
            [
                str(outcomes),
                *sorted(
                    f"{name} {self._comparable(row)}" for name, row in self.server.execute(asked) if not _is_stale(row)
                ),
            ]
        )

    def _comparable(self, row: dict[str, Any]) -> str:
        # A number that is counted up, and what the server's own clock says.
        left_out = {"created_at"} | {name for name in ("id",) if isinstance(row.get(name), int)}
        left_out |= {"at"} if "bank_at" in row else set()
        row = {name: value for name, value in row.items() if name not in left_out and not _LATENESS.match(name)}
        text = json.dumps(row, sort_keys=True, ensure_ascii=False)
        text = _UUID.sub(lambda found: found[0] if found[0] in self.ids else "*", text)
        return _SEALED.sub("*", _INSTANT.sub(r"\1", text))

    def finish_releases(self) -> None:
        """Release what is due now, then everything that falls due later."""
        for at in (None, DUE + AFTER_ALL):
            if not self.server.execute("SELECT FROM transfers_transfer WHERE status = 'held' LIMIT 1").rowcount:
                return
            if at is not None:
                self.clock.run_from(at)
            release()

    def contradictions(self) -> list[str]:
        """Return the acts that contradict the state at their instant."""
        return Record(self.server).contradictions()

    @staticmethod
    def broken() -> list[str]:
        """Return the violated invariants."""
        return [each.invariant.name for each in prove(ASKED) if not each.holds]


@contextmanager
def bank(clock: Clock, more: Callable[[Cast], dict[str, Act]] = lambda _: {}) -> Iterator[Bank]:
    """Create the bank; needs a transactional test.

    :param more: prepares and returns additional acts.
    """
    clock.set(NOON)
    cast = founded(clock)
    acts = acts_of(cast) | more(cast)
    clock.set(DUE - BEFORE_DUE)
    evidence.write_missing()
    known = catalog()
    with closing(superuser()) as server:
        server.autocommit = True
        server.execute("DROP SCHEMA IF EXISTS kept CASCADE; CREATE SCHEMA kept")
        server.execute("; ".join(f"CREATE TABLE kept.{each} AS TABLE {each}" for each in known.tables))
        ids = set()
        for each in known.tables:
            for (row,) in server.execute(f"SELECT to_jsonb(t)::text FROM {each} t"):
                ids |= set(_UUID.findall(row))
        # How long a repeat waits for the first, or a set for a lock, is no part of an order: on a busy machine it may be long.
        try:
            with (
                patch.object(idempotency, "WAIT", f"{SECONDS}s"),
                patch.object(order_sets, "_WAIT", SECONDS),
                patch.object(order_sets, "_WAIT_AGAIN", SECONDS),
                patch.object(order_sets, "_PARTS_SECONDS", SECONDS),
                # Of all orders together these would be too many.
                override_settings(KEY_MISSES_PER_MINUTE=sys.maxsize),
                # As if each session were in a process of its own: they meet in the database alone.
                patch.object(MicroBatches, "do", lambda self, item: self.work([item])),
                sessions(3, known) as made,
            ):
                yield Bank(acts, clock, made, server, known, frozenset(ids))
        finally:
            server.execute("DROP SCHEMA kept CASCADE")


def _is_stale(row: dict[str, Any]) -> bool:
    """Return whether a row shows that a proposal was found stale under its locks."""
    return row.get("code") == "APPROVAL_STALE" and "policy_version" in row
