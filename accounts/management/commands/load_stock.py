import csv
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any, cast

from django.core.management.base import CommandError, CommandParser
from rich.console import Console
from rich.table import Table

from accounts.operations.stock import LoadRunning, StockLoad
from accounts.operations.stock_files import RowFault, StockFile, StockFileError
from accounts.operations.stock_rows import ACCOUNT_COLUMNS, CARD_COLUMNS, CUSTOMER_COLUMNS, CUSTOMER_OPTIONAL
from config.kernel.key_marks import WritingCommand
from config.kernel.progress import progress_bar

SHOWN_FAULTS = 20


class LoadFaults:
    """What was left out: written to a file as it is found, counted, the first few kept to be shown."""

    def __init__(self, writer: Any) -> None:
        self.writer = writer
        self.first: list[RowFault] = []
        self.by_code: Counter[str] = Counter()

    def add(self, fault: RowFault) -> None:
        """Take a fault."""
        self.by_code[fault.code] += 1
        if len(self.first) < SHOWN_FAULTS:
            self.first.append(fault)
        if self.writer:
            self.writer.writerow(fault.cells())


class Command(WritingCommand):
    """Load stock (存量导入) and say of every row that is left out why."""

    help = "Load customers, accounts and cards from CSV files; the same files again load nothing twice."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--customers", type=Path, required=True, help=",".join(CUSTOMER_COLUMNS))
        parser.add_argument("--accounts", type=Path, required=True, help=",".join(ACCOUNT_COLUMNS))
        parser.add_argument("--cards", type=Path, required=True, help=",".join(CARD_COLUMNS))
        parser.add_argument("--source", default="", help="what the batch is called; the customers file by default")
        parser.add_argument("--errors", type=Path, help="write every row error to this CSV file")
        parser.add_argument("--strict", action="store_true", help="fail when a row was left out")

    def handle(self, *args: Any, **options: Any) -> None:
        console = Console(file=cast("IO[str]", self.stdout._out), highlight=False)
        try:
            customers = StockFile(options["customers"], CUSTOMER_COLUMNS, CUSTOMER_OPTIONAL)
            accounts = StockFile(options["accounts"], ACCOUNT_COLUMNS)
            cards = StockFile(options["cards"], CARD_COLUMNS)
            with ExitStack() as stack:
                faults = LoadFaults(stack.enter_context(error_file(options["errors"])))
                progress = stack.enter_context(progress_bar(console))
                bars = {
                    file.name: progress.add_task(file.name, total=max(file.line_count - 1, 0))
                    for file in (customers, accounts, cards)
                }
                load = StockLoad(
                    (options["source"] or customers.name)[:120],
                    on_fault=faults.add,
                    on_rows=lambda name, count: progress.advance(bars[name], count),
                )
                load.run(customers, accounts, cards)
        except StockFileError as error:
            raise CommandError(str(error)) from None
        except LoadRunning:
            raise CommandError("另一导入正在进行 (another load is running).") from None
        show(console, load, faults, options["errors"])
        if not (load.loaded.total() + load.known.total()) or (options["strict"] and load.faults):
            raise CommandError(f"{load.faults} 处行错误 (row errors).")


@contextmanager
def error_file(path: Path | None) -> Iterator[Any]:
    """Open the file of row errors for its owner alone, in UTF-8 with the mark that spreadsheets look for."""
    if path is None:
        yield None
        return
    path.touch(mode=0o600)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(RowFault.HEADER)
        yield writer


def show(console: Console, load: StockLoad, faults: LoadFaults, errors: Path | None) -> None:
    """Print what was loaded, what was known already, and what is wrong with the rest."""
    table = Table("", "导入 loaded", "已有 known")
    for what in ("customers", "accounts", "cards"):
        table.add_row(what, f"{load.loaded[what]:,}", f"{load.known[what]:,}")
    console.print(table)
    if not faults.by_code:
        return
    console.print(", ".join(f"{code}: {count:,}" for code, count in faults.by_code.most_common()))
    for fault in faults.first:
        console.print(f"  {fault.file}:{fault.line} {fault.column} {fault.code} {fault.zh} {fault.en}")
    if errors:
        console.print(f"  {errors}")
    elif load.faults > SHOWN_FAULTS:
        console.print(f"  … {load.faults - SHOWN_FAULTS:,} more; --errors FILE keeps all of them")
