from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, cast

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError
from rich.console import Console
from rich.live import Live
from rich.progress import Progress

from accounts.queries.transfer_sides import clearing_totals
from benchmarks.bank.arguments import above_zero
from benchmarks.bank.audit import Audit
from benchmarks.bank.books import Check
from benchmarks.bank.client import Bank, KeysMissing, NoAnswer, read_keys
from benchmarks.bank.drawing import Curve, draw_curves
from benchmarks.bank.orders import Orders, OrdersRefused, cards_of_stock, read_orders
from benchmarks.bank.people import NotPrepared, all_accounts
from benchmarks.bank.replay import Replay, ReplayStopped
from benchmarks.bank.report import Report
from benchmarks.bank.tally import HEAD, Screen, Tally, rows
from benchmarks.bank.traffic import Plan, Traffic, release_all
from config.kernel.intake.tables import TableError
from config.kernel.law.money import format_yuan
from config.oversight.queries.proof import prove
from transfers.queries.steps import count_known, releases_of
from transfers.vocabulary import TransferStatus

NO_DATABASE = "账簿未查：此处的数据库不是该银行的。The books were not asked: this database is not that bank's."


class Command(BaseCommand):
    """Act as many machines at once against a running bank, and prove the results.

    With `--orders` it replays a file of orders instead and compares every bank's total.
    """

    help = "Simulate ATMs over HTTP, or replay a file of orders; exit code 1 unless everything is proved."

    def add_arguments(self, parser: CommandParser) -> None:
        where = parser.add_argument_group("where")
        where.add_argument("--demo", type=Path, default=Path("var/demo/demo.json"), help="demo.json of a running demo")
        where.add_argument("--keys", type=Path, help="a JSON file of keys by name instead (atm, teller, auditor, ...)")
        where.add_argument("--url", help="the bank's address; the demo's by default")
        load = parser.add_argument_group("load")
        load.add_argument("--terminals", type=above_zero, default=16)
        load.add_argument("--people", type=above_zero, default=24, help="customers who use the terminals")
        load.add_argument("--seconds", type=above_zero, default=60)
        load.add_argument("--transfers", type=above_zero, help="stop after so many acts")
        load.add_argument("--speed", type=above_zero, help="acts per second, all terminals together")
        load.add_argument("--seed", type=int, default=7)
        load.add_argument(
            "--release", action="store_true", help="move the sandbox clock past the last due instant at the end"
        )
        replay = parser.add_argument_group("replay")
        replay.add_argument("--orders", type=Path, help="order_ref,payer_account,payee_bank,payee_account,amount")
        replay.add_argument("--stock", type=Path, help="load customers.csv, accounts.csv, cards.csv from here first")
        parser.add_argument("--into", type=Path, default=Path("var/atm"), help="where summary and picture are put")

    def handle(self, *args: Any, **options: Any) -> None:
        console = Console(file=cast("IO[str]", self.stdout._out), highlight=False)
        try:
            found = read_keys(options["keys"] or options["demo"])
            session = Session(console, options, found)
            with session.bank:
                report = session.replay() if options["orders"] else session.simulate()
        except (KeysMissing, NoAnswer, NotPrepared, OrdersRefused, ReplayStopped, TableError) as error:
            raise CommandError(str(error)) from None
        place = options["into"] / f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}"
        place.mkdir(parents=True)
        files = report.write(place)
        console.print(report.readable(), markup=False, soft_wrap=True)
        console.print("\n".join(map(str, files)), soft_wrap=True)
        console.print("证明成立 proved" if report.kept else "未能证明 not proved")
        if report.exit_code:
            raise SystemExit(report.exit_code)


class Session:
    """One run of the command: the bank, its keys, and the console."""

    def __init__(self, console: Console, options: dict[str, Any], found: dict[str, Any]) -> None:
        self.console = console
        self.options = options
        self.keys: dict[str, str] = found["keys"]
        self.url = options["url"] or found.get("base_url") or "http://127.0.0.1:8000"
        self.machines = [name for name in ("atm", "atm_2") if name in self.keys]
        self.bank = Bank(self.url, self.keys)

    def simulate(self) -> Report:
        """Run the terminals, then prove the results."""
        options = self.options
        plan = Plan(
            options["terminals"],
            max(options["people"], 2),
            options["seconds"],
            options["transfers"],
            options["speed"],
            options["seed"],
        )
        traffic = Traffic(plan, self.bank, self.machines)
        with self.console.status("开户 opening accounts"):
            traffic.prepare()
        tally = self.bank.tally = Tally()
        screen = Screen(tally, f"{plan.terminals} 台自助柜员机 terminals")
        with Live(screen, console=self.console, auto_refresh=False) as live:
            traffic.run(live.refresh)
            live.refresh()
        # Before the clock moves and the auditor reads.
        requests, seen = [HEAD, *rows(tally)], picture_of(tally)
        checks: list[Check] = []
        if options["release"] and (last_due := traffic.books.last_due()):
            hindrance = release_all(self.bank, last_due)
            checks.append(Check("时钟越过最后到期 the clock moves past the last due instant", not hindrance, hindrance))
        # The auditor's requests do not count among the terminals' requests.
        with Bank(self.url, self.keys) as bank:
            checks += Audit(traffic.books, all_accounts(traffic.people), bank).checks(released=options["release"])
        return judged_report(
            f"自助柜员机模拟 {plan.terminals} simulated ATMs",
            checks,
            list(traffic.books.made),
            about={name: options[name] for name in ("terminals", "people", "seconds", "transfers", "speed", "seed")},
            tables=[requests],
            notes=[f"{tally.retries:,} 次重试 requests without an answer, sent again with the same key"],
            files={"requests.svg": seen},
        )

    def replay(self) -> Report:
        """Replay the orders, then compare the totals of the banks."""
        orders = read_orders(self.options["orders"])
        cards: dict[str, str] = {}
        if stock := self.options["stock"]:
            files = {name: stock / f"{name}.csv" for name in ("customers", "accounts", "cards")}
            # Two of the seeded supervisors: one submits, the other decides.
            who = {"by": "supervisor", "approve_by": "supervisor_2"}
            call_command("load_stock", **files, **who, source=str(stock.name), stdout=self.console.file)
            cards = cards_of_stock(stock, orders.by_payer())
        with Progress(console=self.console) as progress:

            def show(step: str, total: int) -> Callable[[int], None]:
                task = progress.add_task(step, total=total)
                return lambda count: progress.advance(task, count)

            replay = Replay(orders, self.bank, self.machines, show)
            accepted = replay.run(cards)
        ids = [each.transfer_id for each in accepted]
        checks, table = compare_totals(orders, ids)
        return judged_report(
            f"委托回放 {len(orders.rows):,} orders replayed",
            replay.checks + checks,
            ids,
            tables=[[HEAD, *rows(self.bank.tally)], *table],
            notes=[f"- {seconds:.1f} s  {step}" for step, seconds in replay.seconds.items()],
            files={"requests.svg": picture_of(self.bank.tally)},
        )


def compare_totals(orders: Orders, ids: list[str]) -> tuple[list[Check], list[list[tuple[Any, ...]]]]:
    """Compare the file with the clearing accounts, bank by bank; return the checks and the table."""
    if not is_same_database(ids):
        return [Check("各行清算户 clearing accounts", False, NO_DATABASE)], []
    expected, totals = orders.by_bank(), clearing_totals()
    lines = [(bank, count, fen, totals.get(bank, 0)) for bank, (count, fen) in expected.items()]
    lines.append(("合计 total", *(sum(column) for column in list(zip(*lines, strict=True))[1:])))
    table = [
        ("银行 bank", "笔 orders", "文件合计 file", "清算户 clearing account"),
        *((bank, f"{count:,}", format_yuan(fen), format_yuan(found)) for bank, count, fen, found in lines),
    ]
    unequal = [bank for bank, _, fen, found in lines if fen != found]
    by = Counter(each.released_by for each in releases_of(ids) if each.new_status == TransferStatus.POSTED)
    detail = ", ".join(f"{who or 'nobody'}: {count:,}" for who, count in by.items())
    return [
        Check("各行清算户恰为文件合计 each clearing account is the file's total", not unequal, ", ".join(unequal)),
        Check("全部由 Celery 放款 all released by Celery", by == {"celery": len(ids)}, detail),
    ], [table]


def judged_report(
    title: str, checks: list[Check], ids: list[str], *, tables: Any, notes: list[str], **more: Any
) -> Report:
    """Return the report, including the invariants if the bank's database is at hand."""
    findings = prove() if is_same_database(ids) else []
    return Report(
        title,
        {check.name: check.holds for check in checks},
        details={check.name: check.detail for check in checks},
        against={each.invariant.name: [", ".join(each.ids[:3])] for each in findings if not each.holds},
        invariants={each.invariant.name: each.holds for each in findings},
        tables=tables,
        notes=notes if findings else [*notes, NO_DATABASE],
        **more,
    )


def picture_of(tally: Tally) -> str:
    """Return the chart of answers and latency over time."""
    seconds = tally.over_time()
    return draw_curves(
        "答复与延迟 Answers and latency over time",
        [
            Curve("answers", "答复 answers a second", [(at, count) for at, count, _ in seconds]),
            Curve("latency", "p95 ms", [(at, late) for at, _, late in seconds]),
        ],
    )


def is_same_database(transfer_ids: list[str]) -> bool:
    """Return whether this process's database is the one of the bank under test."""
    try:
        return bool(transfer_ids) and count_known(transfer_ids)[0] == len(set(transfer_ids))
    except DatabaseError:
        return False
