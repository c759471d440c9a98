"""A bank that grows: accounts with holder and card, and held transfers, written in sets, their indexes built afterwards.

Rows are inserted while the indexes of their tables rest, and each index is then built as a whole, which at ten million rows
takes a tenth of the time. Nobody else is in the bank meanwhile.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from config.stack.postgres import Postgres

#: Begin a part of the work, by its name and length; what it returns tells how much more is done.
type Begin = Callable[[str, int], Callable[[int], None]]

#: So many accounts order and are paid, and so many have transfers that are held and released, evenly among all.
ORDERING, RELEASING = 5_000, 100_000
EACH_FEN = 100_000_000
CHUNK = 250_000
PEOPLE = ("accounts_customer", "accounts_identity", "accounts_account", "accounts_card")
TRANSFERS = ("transfers_transfer", "transfers_event")
_BEGUN = """
CREATE TABLE IF NOT EXISTS bench_key (n int PRIMARY KEY, number_index bytea NOT NULL);
CREATE UNLOGGED TABLE IF NOT EXISTS bench_person (n int, customer_id uuid, account_id uuid, card_id uuid);
"""
_FASTER = """
SET session_replication_role = replica; SET synchronous_commit = off; SET work_mem = '256MB';
SET maintenance_work_mem = '1GB'; SET statement_timeout = 0
"""
_PEOPLE = (
    "TRUNCATE bench_person",
    """
    INSERT INTO bench_person SELECT n, uuidv7(), uuidv7(), uuidv7() FROM generate_series(%(first)s, %(last)s) n
    """,
    """
    INSERT INTO accounts_customer (id, kind, status, name, name_index, created_at)
    SELECT customer_id, 'individual', 'active', '\\x00', %(name)s, now() FROM bench_person
    """,
    """
    INSERT INTO accounts_identity (id, customer_id, key)
    SELECT uuidv7(), customer_id, sha256(('person ' || n)::bytea) FROM bench_person
    """,
    """
    INSERT INTO accounts_account (id, customer_id, account_number, kind, account_class, class_slot, status, opened_at,
                                  balance_fen, held_fen)
    SELECT account_id, customer_id, '6000' || lpad(n::text, 12, '0'), 'bank', 'I', 1, 'open', now(), %(fen)s, 0
    FROM bench_person
    """,
    """
    INSERT INTO accounts_card (id, account_id, customer_id, product, status, slot, issued_at, number, number_index)
    SELECT card_id, account_id, customer_id, 'debit', 'active', 1, now(), '\\x00',
           coalesce(k.number_index, sha256(('card ' || n)::bytea))
    FROM bench_person LEFT JOIN bench_key k USING (n)
    """,
)
#: Those of the accounts whose transfers are released, by numbers from 0 on.
_PARTIES = """
DROP TABLE IF EXISTS bench_account;
CREATE TABLE bench_account AS
SELECT id, account_number, row_number() OVER (ORDER BY random()) - 1 AS n FROM accounts_account
WHERE right(account_number, 12)::int %% %(step)s = 1 %% %(step)s;
CREATE UNIQUE INDEX ON bench_account (n)
"""
_RESTING = "UPDATE pg_index SET indisready = {ready}, indisvalid = {ready} WHERE indrelid IN ({tables})"
#: Due from five hours from now on, within nineteen.
_LATER = "clock_timestamp() - interval '19 hours' * random()"


def who(accounts: int, most: int) -> range:
    """Return the numbers of so many accounts at most, evenly among all."""
    return range(1, accounts + 1, max(1, accounts // most))


class Growing:
    """A bank to which accounts and held transfers are added.

    :param begin: tells of each part of the work.
    """

    def __init__(self, postgres: Postgres, begin: Begin) -> None:
        from benchmarks.cases.release import CLEARING, MAKER
        from config.kernel.database.sql import rows

        self.postgres, self.begin = postgres, begin
        self.accounts = self.held = 0
        rows((_BEGUN + MAKER + CLEARING).replace("%%", "%"))

    def grow(self, accounts: int, held: int) -> None:
        """Add until there are so many accounts, and so many held transfers that are due later."""
        from config.kernel.database.sql import rows

        rows(_FASTER)
        if accounts > self.accounts:
            self._add_accounts(accounts)
        if held > self.held:
            self._add_held(held)
        advance = self.begin("vacuum, analyze", 1)
        rows("VACUUM (ANALYZE)")
        self.postgres.psql("CHECKPOINT")
        advance(1)
        self.leave()

    @staticmethod
    def leave() -> None:
        """Leave the bank, so that it can be copied; the next session has the settings of any."""
        from django.db import connections

        connections.close_all()

    def _add_accounts(self, accounts: int) -> None:
        from benchmarks.cases.bench_bank import BenchBank
        from config.kernel.database.sql import rows
        from config.kernel.vault.sealed import card_key, name_key

        known = set(who(self.accounts, ORDERING))
        wanted = [number for number in who(accounts, ORDERING) if number not in known]
        if min(wanted) <= self.accounts:
            raise SystemExit(f"from {self.accounts} accounts the bank grows to a multiple of them")
        keys = [card_key(BenchBank.card_number(number)) for number in wanted]
        rows("INSERT INTO bench_key SELECT * FROM unnest(%s::int[], %s::bytea[])", [wanted, keys])
        advance = self.begin(f"accounts to {accounts:,}", accounts - self.accounts)
        with self._indexes_resting(PEOPLE):
            for first in range(self.accounts + 1, accounts + 1, CHUNK):
                last = min(first + CHUNK - 1, accounts)
                given = {"first": first, "last": last, "name": name_key(BenchBank.name), "fen": EACH_FEN}
                for statement in _PEOPLE:
                    rows(statement, given)
                advance(last - first + 1)
        self.accounts = accounts
        rows(_PARTIES, {"step": max(1, accounts // RELEASING)})

    def _add_held(self, held: int) -> None:
        from benchmarks.cases.release import held as script
        from config.kernel.database.sql import rows

        advance = self.begin(f"held transfers to {held:,}", held - self.held)
        with self._indexes_resting(TRANSFERS):
            for first in range(self.held, held, CHUNK):
                count = min(CHUNK, held - first)
                rows(script(_LATER), {"count": count, "first": first, "accounts": len(who(self.accounts, RELEASING))})
                advance(count)
        self.held = held

    @contextmanager
    def _indexes_resting(self, tables: Sequence[str]) -> Iterator[None]:
        """Let the indexes of some tables rest, and build them as a whole."""
        from config.kernel.database.sql import rows

        names = ", ".join(f"'{table}'::regclass" for table in tables)
        self.postgres.psql(_RESTING.format(ready="false", tables=names), database="bank")
        yield
        advance = self.begin("indexes", len(tables))
        for table in tables:
            rows(f"REINDEX TABLE {table}")
            advance(1)
        (left,) = rows(f"SELECT count(*) AS n FROM pg_index WHERE NOT indisvalid AND indrelid IN ({names})")
        if left["n"]:
            raise SystemExit(f"{left['n']} indexes were not built")
