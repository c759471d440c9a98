"""Overload: send more orders than the bank can accept, while customers cancel transfers.

    python -m benchmarks overload [--seconds 10] [--times 0.5 1 2 4] [--cancels 10] [--json]

Orders arrive at a constant rate, without waiting for answers. The rate is a multiple of what a first run with 64
connections accepts. Meanwhile ten transfers a second are cancelled. The command fails for wrong results, and when a
cancellation failed although orders were accepted.
"""

import asyncio
import json
import time
from argparse import Namespace
from collections.abc import Iterator
from functools import partial

from benchmarks.bank.report import Measurement, Report
from benchmarks.cases.banks import Web
from benchmarks.cases.load import Arrivals, Load, Orders, exchange, post, run
from benchmarks.cases.seeds import UNRESERVED, card_number, seed
from config.kernel.database.sql import rows
from config.stack.postgres import Postgres

#: Number of accounts whose transfers are cancelled.
CANCELLING = 1000


def measure(words: Namespace, report: Report, postgres: Postgres) -> None:
    """Measure the full rate, then offer fractions and multiples of it."""
    key = seed(words.accounts)
    orders = partial(Orders, key, words.accounts)
    with Web(postgres) as web:
        run(web.port, orders(1).alone(), connections=64, seconds=2)
        load = run(web.port, orders(2).alone(), connections=64, seconds=5)
        full = len(load.answers) / load.seconds
        print(f"64 connections: {full:.0f} accepted a second")
        for number, times in enumerate(words.times, 3):
            waiting = asyncio.run(held(web.port, key, words.cancels * words.seconds + 5))
            offered = Arrivals(web.port, times * full, orders(number).alone())
            cancels = Arrivals(web.port, words.cancels, cancellations(key, waiting))
            asyncio.run(send_both(offered, cancels, words.seconds))
            hand_over(times, offered.load, cancels.load, full, report)
    report.promise("accounts reserve what held transfers hold", not rows(UNRESERVED)[0]["count"])


async def held(port: int, key: str, number: int) -> list[tuple[str, str]]:
    """Create held transfers for cancelling; return each with its payer's card."""
    orders, found = Orders(key, CANCELLING, seed=time.time_ns()), []
    connection = await asyncio.open_connection("127.0.0.1", port)
    for place in range(number):
        payer = 1 + place % CANCELLING
        sent = post("/transfers", key, orders.order(payer), orders.once())
        while (answer := await exchange(*connection, sent))[0] == 503:  # noqa: ASYNC110 - it is another process
            await asyncio.sleep(0.1)  # requests of the previous run are still being processed
        status, body = answer
        if status != 201:
            raise SystemExit(f"an order was answered {status}")
        found.append((json.loads(body)["id"], card_number(payer)))
    return found


def cancellations(key: str, waiting: list[tuple[str, str]]) -> Iterator[bytes]:
    """Yield requests that cancel accepted transfers."""
    while waiting:
        transfer_id, card = waiting.pop()
        body = {"applicant": {"card_number": card}}
        yield post(f"/transfers/{transfer_id}/cancel", key, body, f"cancel-{transfer_id}")


async def send_both(orders: Arrivals, cancels: Arrivals, seconds: int) -> None:
    """Send orders and cancellations at the same time for some seconds."""
    until = time.perf_counter() + seconds
    await asyncio.gather(orders.run(until), cancels.run(until))


def hand_over(times: float, orders: Load, cancels: Load, full: float, report: Report) -> None:
    """Add the results of orders and cancellations to the report."""
    statuses, count = orders.statuses, len(cancels.answers)
    report.promise(f"orders at {times} times are answered 201 or 503", set(statuses) <= {201, 503})
    report.promise(f"cancellations during {times} times the full rate are carried out", set(cancels.statuses) == {200})
    report.note(f"- at {times} times: {dict(statuses)}; cancellations: {dict(cancels.statuses)}")
    what = f"orders at {times} times the full rate"
    report.lines += [
        Measurement(f"{what}: offered", [len(orders.answers) / orders.seconds], "a second", [full], "64 connections"),
        Measurement(f"{what}: accepted", [statuses[201] / orders.seconds], "a second", [full], "64 connections"),
        Measurement(f"{what}: p50", [orders.latency(50, 201)], "ms"),
        Measurement(f"{what}: p99", [orders.latency(99, 201)], "ms"),
        Measurement("cancellations meanwhile: done", [cancels.statuses[200]], "cancellations", least=count),
        Measurement("cancellations meanwhile: p50", [cancels.latency(50)], "ms"),
        Measurement("cancellations meanwhile: p99", [cancels.latency(99)], "ms"),
    ]
