"""Growth of a bank: accounts with holder and card, and held transfers, written in sets.

Rows are inserted without indexes, and each index is built afterwards, which takes a tenth of the time at ten million
rows. No other process uses the bank meanwhile.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import connections

from benchmarks.cases.common import Begin
from benchmarks.cases.seeds import add_parties, hold, seed_in_sets
from config.kernel.database.sql import rows
from config.stack.postgres import DATABASE, Postgres

#: Number of accounts that pay and are paid, and of those with held and released transfers, evenly among all.
ORDERING, RELEASING = 5_000, 100_000
CHUNK = 250_000
PEOPLE = ("accounts_customer", "accounts_identity", "accounts_account", "accounts_card")
TRANSFERS = ("transfers_transfer", "transfers_event")
_FASTER = """
SET session_replication_role = replica; SET synchronous_commit = off; SET work_mem = '256MB';
SET maintenance_work_mem = '1GB'; SET statement_timeout = 0
"""
_RESTING = "UPDATE pg_index SET indisready = {ready}, indisvalid = {ready} WHERE indrelid IN ({tables})"
#: Due times: from five hours from now on, within nineteen hours.
_LATER = "clock_timestamp() - interval '19 hours' * random()"


def spread_numbers(accounts: int, most: int) -> range:
    """Return the numbers of at most `most` accounts, spread evenly over all."""
    return range(1, accounts + 1, max(1, accounts // most))


class GrowingBank:
    """A bank to which accounts and held transfers are added."""

    def __init__(self, postgres: Postgres) -> None:
        self.postgres, self.accounts, self.held = postgres, 0, 0

    def grow(self, accounts: int, held: int, begin: Begin) -> None:
        """Add accounts, and held transfers due later, up to given totals."""
        rows(_FASTER)
        if accounts > self.accounts:
            self._add_accounts(accounts, begin)
        if held > self.held:
            self._add_held(held, begin)
        advance = begin("vacuum, analyze", 1)
        rows("VACUUM (ANALYZE)")
        self.postgres.psql("CHECKPOINT")
        advance(1)
        # The database can then be copied; the next session has the usual settings.
        connections.close_all()

    def _add_accounts(self, accounts: int, begin: Begin) -> None:
        known = set(spread_numbers(self.accounts, ORDERING))
        wanted = [number for number in spread_numbers(accounts, ORDERING) if number not in known]
        if min(wanted) <= self.accounts:
            raise SystemExit(f"from {self.accounts} accounts the bank grows to a multiple of them")
        advance = begin(f"accounts to {accounts:,}", accounts - self.accounts)
        with self._indexes_resting(PEOPLE, begin):
            for first in range(self.accounts + 1, accounts + 1, CHUNK):
                last = min(first + CHUNK - 1, accounts)
                seed_in_sets(first, last, used=[number for number in wanted if first <= number <= last])
                advance(last - first + 1)
        self.accounts = accounts
        add_parties(step=max(1, accounts // RELEASING))

    def _add_held(self, held: int, begin: Begin) -> None:
        advance = begin(f"held transfers to {held:,}", held - self.held)
        with self._indexes_resting(TRANSFERS, begin):
            for first in range(self.held, held, CHUNK):
                count = min(CHUNK, held - first)
                hold(count, first, len(spread_numbers(self.accounts, RELEASING)), _LATER)
                advance(count)
        self.held = held

    @contextmanager
    def _indexes_resting(self, tables: Sequence[str], begin: Begin) -> Iterator[None]:
        """Disable the indexes of some tables, and rebuild them at the end."""
        names = ", ".join(f"'{table}'::regclass" for table in tables)
        self.postgres.psql(_RESTING.format(ready="false", tables=names), database=DATABASE)
        yield
        advance = begin("indexes", len(tables))
        for table in tables:
            rows(f"REINDEX TABLE {table}")
            advance(1)
        (left,) = rows(f"SELECT count(*) AS n FROM pg_index WHERE NOT indisvalid AND indrelid IN ({names})")
        if left["n"]:
            raise SystemExit(f"{left['n']} indexes were not built")
