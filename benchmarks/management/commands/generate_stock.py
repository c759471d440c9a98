import csv
from argparse import ArgumentTypeError
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any, cast

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.table import Table

from benchmarks.bank.arguments import above_zero
from benchmarks.generators.stock import LATEST, StockMaker, StockTally
from config.kernel.law.money import format_yuan
from config.kernel.progress import progress_bar


class Command(BaseCommand):
    """Generate the files of a bank's stock (生成存量数据) for `load_stock`; no database is used."""

    help = "Write a made-up stock as CSV files for anyone to load; the same seed writes the same bytes."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--customers", type=above_zero, required=True, help="how many customers")
        parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same stock")
        parser.add_argument("--to", type=Path, required=True, help="the folder to write into")
        parser.add_argument("--errors", type=share, default=0.01, help="how many faults per good row, 0 to 0.5")

        parser.add_argument(
            "--taken-over",
            type=instant,
            help="the instant of the take-over, with its offset: transfers under way then are made, too",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        console = Console(file=cast("IO[str]", self.stdout._out), highlight=False)
        maker = StockMaker(
            options["customers"],
            options["seed"],
            errors=options["errors"],
            prefix=settings.CARD_PREFIX,
            taken_over=options["taken_over"],
        )
        try:
            write(maker, options["to"], console)
        except OSError as error:
            raise CommandError(f"{options['to']}: {error.strerror}") from None
        show(console, maker.tally)


def instant(text: str) -> datetime:
    """Parse the instant of a take-over, which must be after all generated rows.

    :raises ArgumentTypeError: when the text is no such instant.
    """
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        read = None
    if read is None or read.tzinfo is None or read.date() <= LATEST + timedelta(days=3):
        raise ArgumentTypeError(f"{text!r} is no instant after {LATEST} with its offset")
    return read


def share(text: str) -> float:
    """Parse a share of faults.

    :raises ArgumentTypeError: when the text is no share, or above one half.
    """
    try:
        read = float(text)
    except ValueError:
        read = -1.0
    if not 0 <= read <= 0.5:
        raise ArgumentTypeError(f"{text!r} is not between 0 and 0.5")
    return read


def write(maker: StockMaker, folder: Path, console: Console) -> None:
    """Write the files of a stock, one portion after the other."""
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        writers = {}
        for name, columns in maker.columns.items():
            file = stack.enter_context((folder / f"{name}.csv").open("w", encoding="utf-8", newline=""))
            writers[name] = csv.writer(file)
            writers[name].writerow(columns)
        progress = stack.enter_context(progress_bar(console))
        bar = progress.add_task("客户 customers", total=maker.customers)
        done = 0
        for portion in maker.portions():
            for name, rows in portion.items():
                writers[name].writerows(rows)
            progress.advance(bar, maker.people.count - done)
            done = maker.people.count


def show(console: Console, tally: StockTally) -> None:
    """Print the expected result of a load of these files."""
    table = Table("文件 file", "行 rows", "差错行 with a fault")
    for name in tally.rows:
        faulty = sum(count for planted, count in tally.planted.items() if planted.file == name)
        table.add_row(f"{name}.csv", f"{tally.rows[name]:,}", f"{faulty:,}")
    console.print(table)
    excess = Table("超限 beyond a limit", "客户 customers", "存量 stock", "违规 breaches")
    for limit, found in sorted(tally.excess.items()):
        excess.add_row(
            f"{limit.text.zh} {limit.value}", f"{found.customers:,}", f"{found.stock:,}", f"{found.breaches:,}"
        )
    excess.add_row("合计 any", f"{tally.excess_customers:,}", "", "")
    console.print(excess)
    faults = Table("文件 file", "差错 fault", "列 column", "行 rows")
    for planted, count in sorted(tally.planted.items()):
        faults.add_row(f"{planted.file}.csv", planted.what, planted.column, f"{count:,}")
    console.print(faults)
    console.print(f"余额合计 balances: {format_yuan(tally.balance_fen)}")
    for name, fen in tally.amounts.items():
        console.print(f"{name}: {format_yuan(fen)}, 到账时间已过 due already: {tally.due:,}")
    console.print(f"同名同日 namesakes born on one day: {tally.twins:,}")
    console.print(f"15位证件号码 numbers of 15 digits: {tally.first_generation:,}")
    console.print(f"同一人两次登记 persons registered twice: {tally.twice:,}")
