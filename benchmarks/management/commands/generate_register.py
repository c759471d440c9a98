import csv
from argparse import ArgumentTypeError
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import chain
from pathlib import Path
from shutil import copyfileobj
from typing import IO, Any, cast

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.table import Table

from accounts.queries.customer_samples import sampled_customers
from benchmarks.bank.arguments import above_zero
from benchmarks.generators.register import ListMaker, ListTally
from benchmarks.generators.stock import LATEST
from benchmarks.management.commands.generate_stock import share
from blacklist.imports.operations.rows import COLUMNS, SHEET
from config.kernel.progress import progress_bar
from config.kernel.trail.sheets import workbook

#: The columns of a made-up list.
WRITTEN = (*(each.code for each in COLUMNS.required), "document_country")


class Command(BaseCommand):
    """Generate a list of certificates (生成名单) for `load_list`, of customers and of other persons."""

    help = (
        "Write a made-up list of certificates as CSV or XLSX: some name documents, accounts and cards of this bank's "
        "customers, most name strangers, some rows are wrong. The same seed and customers make the same list. It holds "
        "customers' data in plain and is for a sandbox alone."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--rows", type=above_zero, required=True, help="how many rows")
        parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same list")
        parser.add_argument("--to", type=Path, required=True, help="the file to write: .csv or .xlsx")
        parser.add_argument("--customers", type=share, default=0.05, help="how many rows are of customers, 0 to 0.5")
        parser.add_argument("--errors", type=share, default=0.01, help="how many rows are wrong, 0 to 0.5")
        parser.add_argument("--until", type=day, default=LATEST, help=f"the last day of certification, {LATEST}")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.SANDBOX:
            raise CommandError("A made-up list holds customers' data in plain: it is for a sandbox alone (SANDBOX=1).")
        console = Console(file=cast("IO[str]", self.stdout._out), highlight=False)
        maker = ListMaker(options["rows"], options["seed"], errors=options["errors"], until=options["until"])
        customers = sampled_customers(round(options["rows"] * options["customers"]), maker.random)
        try:
            with progress_bar(console) as progress:
                bar = progress.add_task("行 rows", total=maker.rows)

                def lines() -> Iterator[tuple[str, ...]]:
                    for row in maker.made(customers, options["customers"]):
                        yield tuple(row.get(column, "") for column in WRITTEN)
                        progress.advance(bar)

                write(options["to"], lines())
        except OSError as error:
            raise CommandError(f"{options['to']}: {error.strerror}") from None
        show(console, maker.tally)


def day(text: str) -> date:
    """Parse a date.

    :raises ArgumentTypeError: when the text is no date.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no day, YYYY-MM-DD") from None


def write(path: Path, rows: Iterable[tuple[str, ...]]) -> None:
    """Write a list with its header, in the format of the file's extension.

    :raises CommandError: when the extension is unknown.
    """
    whole = chain([WRITTEN], rows)
    match path.suffix:
        case ".csv":
            with path.open("w", encoding="utf-8-sig", newline="") as file:
                csv.writer(file).writerows(whole)
        case ".xlsx":
            with path.open("wb") as book:
                copyfileobj(workbook(whole, name=SHEET), book)
        case _:
            raise CommandError(f"{path}: a list is written as .csv or .xlsx.")


def show(console: Console, tally: ListTally) -> None:
    """Print the statistics of the list."""
    table = Table("所列 named", "行 rows")
    for what, count in sorted(tally.rows.items()):
        table.add_row(" ".join(what.words), f"{count:,}")
    console.print(table)
    console.print(f"认定书 certificates: {tally.papers:,}")
