"""Offer more orders than the bank can take, and let customers cancel meanwhile.

    python -m benchmarks.cases.overload [--seconds 10] [--times 0.5 1 2 4] [--cancels 10] [--json]

Orders arrive at a constant rate, whether those before are answered or not: so many times what a first run with 64
connections accepts. Beside them a customer cancels ten times a second. Exits non-zero when a cancellation was not
carried out although orders were, and for wrong results.
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count

from benchmarks.cases.accept import Orders
from benchmarks.cases.bench_bank import BenchBank, Web
from benchmarks.cases.load import Arrivals, Offered, exchange, request, run
from benchmarks.cases.report import Line, Report, asks_json


def cancellations(key: str, seed: int, take: Callable[[], tuple[str, str]]) -> Iterator[bytes]:
    """Return requests that cancel transfers which were accepted."""
    for number in count():
        transfer_id, card = take()
        headers = {
            "Authorization": f"Bearer {key}",
            "Idempotency-Key": f"cancel-{seed}-{number}",
            "Content-Type": "application/json",
        }
        body = json.dumps({"applicant": {"card_number": card}}).encode()
        yield request("POST", f"/api/v1/transfers/{transfer_id}/cancel", headers, body)


def held(bank: BenchBank, web: Web, key: str, number: int) -> list[tuple[str, str]]:
    """Have transfers accepted that are to be cancelled; return each with its payer's card."""
    cards = [bank.card_number(1 + place % 1000) for place in range(number)]
    orders = Orders(bank, key, 1000, seed=10**6)
    found: list[tuple[str, str]] = []

    async def all_of_them() -> None:
        connection = await asyncio.open_connection("127.0.0.1", web.port)
        for card in cards:
            order = orders.order() | {"payer": {"card_number": card}}
            while order["payee"]["account_number"] == bank.account_number(1 + cards.index(card) % 1000):
                order |= {"payee": orders.order()["payee"]}
            headers = {**orders.headers, "Idempotency-Key": orders.key()}
            sent = request("POST", "/api/v1/transfers", headers, json.dumps(order).encode())
            while (answer := await exchange(*connection, sent))[0] == 503:  # noqa: ASYNC110 - it is another process
                await asyncio.sleep(0.1)  # those of the run before are still being worked on
            status, body = answer
            if status != 201:
                raise SystemExit(f"an order was answered {status}")
            found.append((json.loads(body)["id"], card))

    asyncio.run(all_of_them())
    return found


def main() -> int:
    """Run, print the table, return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--times", type=float, nargs="+", default=[0.5, 1, 2, 4])
    parser.add_argument("--cancels", type=int, default=10)
    parser.add_argument("--accounts", type=int, default=20_000)
    asks_json(parser)
    given = parser.parse_args()
    with Report("overload", given.json) as report, BenchBank() as bank:
        key = bank.seed(given.accounts)
        with Web(bank) as web:
            orders = partial(Orders, bank, key, given.accounts)
            run(web.port, orders(1).alone(), connections=64, seconds=2)
            full = run(web.port, orders(2).alone(), connections=64, seconds=5).rate
            print(f"64 connections: {full:.0f} accepted a second")
            print(f"{'':<24} {'offered':>8} {'done':>8} {'p50 ms':>8} {'p99 ms':>8}  answers")
            for seed, times in enumerate(given.times, 3):
                waiting = held(bank, web, key, given.cancels * given.seconds + 5)
                offered = Arrivals(web.port, times * full, orders(seed).alone(), 201)
                cancels = Arrivals(web.port, given.cancels, cancellations(key, seed, waiting.pop), 200)
                beside(offered, cancels, given.seconds)
                told(times, offered.offered, cancels.offered, given.seconds, full, report)
        report.wrong += bank.unreserved()
    return report.status


def beside(orders: Arrivals, cancels: Arrivals, seconds: int) -> None:
    """Let both arrive for some seconds."""

    async def both() -> None:
        until = time.perf_counter() + seconds
        await asyncio.gather(orders.run(until), cancels.run(until))

    asyncio.run(both())


def told(times: float, orders: Offered, cancels: Offered, seconds: int, full: float, report: Report) -> None:
    """Print what came of both, and hand it over."""
    print(f"{f'orders, {times} times that':<24} {orders.line(seconds, 201)}")
    print(f"{'cancellations beside':<24} {cancels.line(seconds, 200)}", flush=True)
    if set(cancels.load.statuses) != {200}:
        report.wrong.append(f"cancellations beside {times} times: {dict(cancels.load.statuses)}")
    if set(orders.load.statuses) - {201, 503}:
        report.wrong.append(f"orders at {times} times: {dict(orders.load.statuses)}")
    accepted = orders.load.statuses[201] / seconds
    report.lines += [
        Line(
            f"orders at {times} times the full rate", accepted, "a second", full, "64 connections", accepted / full
        ),
        Line(
            f"cancellations beside them: p99, done {cancels.load.statuses[200]} of {cancels.count}",
            cancels.load.percentile(0.99), "ms", goal="all done", met=cancels.load.statuses[200] == cancels.count,
        ),
    ]  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
