from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from accounts.operations.banks import COLUMNS, read_banks, replace_banks
from config.kernel.database.transactions import owned
from config.kernel.intake.tables import RowFault, TableError
from config.kernel.vault.key_marks import WritingCommand


class Command(WritingCommand):
    """Load the directory of banks (行名行号) from a CSV or XLSX file: all of it or, with a row refused, nothing."""

    help = "Load the directory of banks that the desk searches. A bank the file does not name is not offered any more."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help=str(COLUMNS))

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        faults: list[RowFault] = []
        try:
            found = read_banks(file, faults.append)
        except (OSError, TableError) as fault:
            raise CommandError(str(fault)) from fault
        for each in faults:
            self.stderr.write(f"{each.file}:{each.line} {each.column} {each.code} {each.en}")
        if faults:
            raise CommandError(f"{len(faults)} rows are refused; nothing was loaded.")
        if not found:
            raise CommandError("The file names no bank; nothing was loaded.")
        with owned():
            loaded = replace_banks(found)
        self.stdout.write(
            f"{loaded.row_count} banks, {loaded.written_count} new or renamed, {loaded.delisted_count} no longer offered"
        )
