"""How fast is acceptance? `POST /transfers` over HTTP against pgbench with plain statements, in one run.

    python -m benchmarks.accept [--rounds 5] [--seconds 4] [--accounts 20000]

Both write the same rows to the same server, alternating; the ratio is taken per round, because a
shared machine's absolute figures are worth little. Exits non-zero for wrong results only: an answer
that is not 201, money reserved that no transfer accounts for.
"""

import argparse
import json
import statistics
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from random import Random

from benchmarks.bench_bank import BenchBank, Web
from benchmarks.common import Pgbench
from benchmarks.http_load import request, run

GOAL = 0.15
CONNECTIONS = 16
SCRIPT = Path(__file__).with_name("accept.sql")


def requests(bank: BenchBank, key: str, accounts: int, seed: int) -> Iterator[bytes]:
    """Return transfers of one fen between random accounts, each under a key of its own."""
    chance = Random(seed)
    for number in count():
        payer, payee = chance.sample(range(1, accounts + 1), 2)
        body = json.dumps(
            {
                "payer": {"card_number": bank.card_number(payer)},
                "payee": {"account_number": bank.account_number(payee), "name": bank.name},
                "amount": "0.01",
            }
        ).encode()
        headers = {
            "Authorization": f"Bearer {key}",
            "Idempotency-Key": f"{seed}-{number}",
            "Content-Type": "application/json",
        }
        yield request("POST", "/api/v1/transfers", headers, body)


def main() -> int:
    """Run, print the table, return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--accounts", type=int, default=20_000)
    given = parser.parse_args()
    with BenchBank() as bank:
        key = bank.seed(given.accounts)
        pgbench = Pgbench(bank.postgres, scale=1)
        ratios: list[float] = []
        wrong: list[str] = []
        with Web(bank) as web:
            run(web.port, requests(bank, key, given.accounts, 10_000), connections=CONNECTIONS, seconds=2)
            print(f"{'round':>5} {'HTTP/s':>8} {'p50 ms':>7} {'p99 ms':>7} {'pgbench/s':>10} {'ratio':>6}")
            for number in range(given.rounds):
                plain = pgbench.file(SCRIPT, given.seconds, database="bank", clients=8, accounts=given.accounts)
                load = run(
                    web.port,
                    requests(bank, key, given.accounts, number),
                    connections=CONNECTIONS,
                    seconds=given.seconds,
                )
                if set(load.statuses) != {201}:
                    wrong.append(f"answers {dict(load.statuses)}")
                ratios.append(load.rate / plain)
                print(
                    f"{number + 1:>5} {load.rate:>8.0f} {load.percentile(0.5):>7.1f} {load.percentile(0.99):>7.1f} "
                    f"{plain:>10.0f} {ratios[-1]:>6.3f}"
                )
        wrong += bank.held_without_transfer()
    median = statistics.median(ratios)
    verdict = "reached" if median >= GOAL else "MISSED"
    print(f"acceptance over HTTP / pgbench plain statements: {median:.3f} (goal {GOAL}: {verdict})")
    for each in wrong:
        print(f"WRONG: {each}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
