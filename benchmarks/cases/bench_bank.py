"""A throw-away bank to measure: its own PostgreSQL and Valkey, seeded with sets."""

import os
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Self
from urllib.request import urlopen

from benchmarks.cases.common import bank

ROOT = Path(__file__).resolve().parents[2]


#: Counts the accounts that reserve more or less than their held transfers.
UNRESERVED = """
SELECT count(*) AS count FROM accounts_account a LEFT JOIN (
    SELECT payer_account_id, sum(amount_fen) AS held FROM transfers_transfer WHERE status = 'held' GROUP BY 1
) t ON t.payer_account_id = a.id WHERE a.held_fen <> coalesce(t.held, 0)
"""


class BenchBank:
    """A migrated database, its sockets in the environment, Django set up."""

    name = "测试"

    def __enter__(self) -> Self:
        self.stack = ExitStack()
        self.postgres = self.stack.enter_context(bank())
        return self

    def __exit__(self, *failure: object) -> None:
        from django.db import connections

        connections.close_all()
        self.stack.close()

    @staticmethod
    def card_number(number: int) -> str:
        return f"6228480{number:09d}"

    @staticmethod
    def account_number(number: int) -> str:
        return f"6000{number:012d}"

    def seed(self, accounts: int, *, balance_fen: int = 10**12) -> str:
        """Make customers with an account, a card and money each; return a terminal's key."""
        from accounts.models import Account, Card, Customer, Identity
        from config.kernel.access.keys import digest_of
        from config.kernel.database.clock import bank_now
        from config.kernel.database.sql import rows
        from config.kernel.models import Role
        from config.kernel.vault.sealed import card_key, identity_key, name_key
        from tests import people

        at, index = bank_now(), name_key(self.name)
        numbers = range(1, accounts + 1)
        customers = [Customer(kind="individual", name=self.name, name_index=index, created_at=at) for _ in numbers]
        Customer.objects.bulk_create(customers, batch_size=2000)
        Identity.objects.bulk_create(
            [
                Identity(customer=each, key=identity_key(f"bench-{n}"))
                for n, each in zip(numbers, customers, strict=True)
            ],
            batch_size=2000,
        )
        made = [
            Account(
                customer=each,
                account_number=self.account_number(n),
                kind="bank",
                account_class="I",
                class_slot=1,
                opened_at=at,
                balance_fen=balance_fen,
            )
            for n, each in zip(numbers, customers, strict=True)
        ]
        rows("ALTER TABLE accounts_account DISABLE TRIGGER USER")
        Account.objects.bulk_create(made, batch_size=2000)
        rows("ALTER TABLE accounts_account ENABLE TRIGGER USER")
        cards = [
            Card(
                account=each,
                customer_id=each.customer_id,
                product="debit",
                status="active",
                slot=1,
                issued_at=at,
                number=self.card_number(n),
                number_index=card_key(self.card_number(n)),
            )
            for n, each in zip(numbers, made, strict=True)
        ]
        Card.objects.bulk_create(cards, batch_size=2000)
        key = people.key(people.principal("bench", Role.ATM))
        rows("CREATE TABLE bench_numbers (n int PRIMARY KEY, number_index bytea, account_number text)")
        rows(
            "INSERT INTO bench_numbers SELECT * FROM unnest(%s::int[], %s::bytea[], %s::text[])",
            [list(numbers), [card.number_index for card in cards], [each.account_number for each in made]],
        )
        rows(
            "CREATE TABLE bench_caller AS SELECT %s::bytea AS digest, %s::bytea AS name_index", [digest_of(key), index]
        )
        rows("VACUUM ANALYZE")
        return key

    @staticmethod
    def key(role: str) -> str:
        """Return the key of somebody of a role."""
        from tests import people

        return people.key(people.ensure(f"bench-{role}", role))

    @staticmethod
    def identity(number: int) -> bytes:
        """Return the key of a customer's identity."""
        from config.kernel.vault.sealed import identity_key

        return identity_key(f"bench-{number}")

    @staticmethod
    def customers() -> list[str]:
        """Return the ids of the customers, the one of the first account first."""
        from config.kernel.database.sql import rows

        return [
            str(row["id"]) for row in rows("SELECT customer_id AS id FROM accounts_account ORDER BY account_number")
        ]

    def copy(self, name: str) -> None:
        """Make a second bank on the same server, as this one stands."""
        from django.db import connections

        connections.close_all()
        self.postgres.psql(f"CREATE DATABASE {name} TEMPLATE bank OWNER bank")

    def wrong_results(self, calls: int, database: str = "bank") -> list[str]:
        """Return what is wrong after so many calls.

        :returns: rows that are not one for each call, and how many accounts reserve more or less than their
            held transfers.
        """
        tables = ("transfers_transfer", "transfers_event", "kernel_decision", "kernel_idempotencykey")
        counted = {
            table: int(self.postgres.psql(f"SELECT count(*) FROM {table}", database=database)) for table in tables
        }
        wrong = [f"{calls} calls made {n} rows of {table}" for table, n in counted.items() if n != calls]
        return wrong + _held_otherwise(int(self.postgres.psql(UNRESERVED, database=database)))

    @staticmethod
    def unreserved() -> list[str]:
        """Return how many accounts reserve more or less than their held transfers, if any."""
        from config.kernel.database.sql import rows

        return _held_otherwise(rows(UNRESERVED)[0]["count"])


def _held_otherwise(count: int) -> list[str]:
    return [f"{count} accounts hold what no transfer holds"] if count else []


class Web:
    """The web server as the demo runs it, on a free port.

    :param database: another one on the bank's server.
    :param quiet: drop what it logs.
    """

    def __init__(
        self, bank: BenchBank, *, workers: int = 2, threads: int = 512, database: str = "bank", quiet: bool = False
    ) -> None:
        self.environment = os.environ | {"DATABASE_URL": bank.postgres.url.replace("/bank?", f"/{database}?")}
        self.output = subprocess.DEVNULL if quiet else None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.command = [
            sys.executable, "-m", "granian", "--interface", "wsgi", "config.wsgi:application", "--host", "127.0.0.1",
            "--port", str(self.port), "--workers", str(workers), "--blocking-threads", str(threads),
            "--backpressure", str(threads), "--no-ws", "--http", "1", "--log-level", "warning",
        ]  # fmt: skip

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(
            self.command, cwd=ROOT, env=self.environment, stdout=self.output, stderr=self.output
        )
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                with urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=1):
                    return self
            except OSError:
                time.sleep(0.05)
        self.__exit__()
        raise RuntimeError("the web server did not start")

    def __exit__(self, *failure: object) -> None:
        self.process.terminate()
        self.process.wait(20)
