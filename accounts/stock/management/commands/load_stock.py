from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import CommandError, CommandParser
from rich.table import Table

from accounts.stock import operations as stock
from accounts.stock.models import StockImport
from accounts.stock.operations.sheets import sheets
from accounts.stock.queries.dry_run import DryRun, amounts_text, dry_run_of, excess_text, sheet_word
from accounts.stock.queries.imports import STOCK, refused_cells, refused_rows_of
from accounts.stock.vocabulary import ImportStatus, RowOutcome
from config.kernel.database.clock import bank_now
from config.kernel.database.transactions import perform
from config.kernel.intake.command import ImportCommand, id_of, write_rows
from config.kernel.law.money import format_yuan
from config.kernel.models import Role
from config.kernel.progress import progress_bar


class Command(ImportCommand):
    """Import stock (存量导入): read and check files, print the dry run, submit, apply what was approved."""

    help = (
        "Read customers, accounts, cards and what hangs on them from CSV or XLSX files, check them, and show what they "
        "would bring; --by submits it, --apply applies what a second person has approved. See docs/stock.md."
    )
    role = Role.SUPERVISOR

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        for sheet in sheets():
            parser.add_argument(f"--{sheet.name}", type=Path, help=str(sheet.columns))
        parser.add_argument("--workbook", type=Path, help="an XLSX with sheets of these names")
        parser.add_argument("--source", default="", help="what the import is called; the first file by default")
        parser.add_argument("--strict", action="store_true", help="fail when a row was refused")

    def act(self, options: dict[str, Any]) -> None:
        names = ("workbook", *(sheet.name for sheet in sheets()))
        files = {name: path for name in names if (path := options.get(name))}
        if files:
            self.load(files, options)
        elif not options["apply"]:
            raise CommandError("Name the files to be read, or --apply.")
        if options["apply"]:
            self.apply(options["apply"])

    def load(self, files: dict[str, Path], options: dict[str, Any]) -> None:
        """Read and check files and print the dry run; submit and apply them if the options say so."""
        row = self.stage(files, options["source"])
        dry_run = dry_run_of(row)
        if options["errors"]:
            write_rows(refused_cells(row.id), options["errors"])
        status = ImportStatus(STOCK.status_of(row, bank_now()))
        self.console.print(f"{row.id} {status.label}")
        if options["by"] and status is ImportStatus.STAGED and dry_run.new:
            maker = self.officer(options["by"])
            _, approval = perform(lambda: stock.propose_import(principal=maker, import_id=row.id))
            if options["approve_by"]:
                self.approve(approval, options["approve_by"])
                row = self.apply_one(row.id)
                dry_run = dry_run_of(row)
                if options["errors"]:
                    write_rows(refused_cells(row.id), options["errors"])
        self.show(row, dry_run, options["errors"])
        nothing = not sum(each.new + each.review + each.known for each in dry_run.sheets.values())
        if nothing or (options["strict"] and dry_run.refused):
            raise CommandError(f"{dry_run.refused} 处行错误 (row errors).")

    def stage(self, files: dict[str, Path], source: str) -> StockImport:
        """Read files into staging, with a bar for each sheet."""
        with progress_bar(self.console) as progress:
            bars: dict[str, Any] = {}

            def on_rows(name: str, count: int) -> None:
                if name not in bars:
                    bars[name] = progress.add_task(sheet_word(name), total=None)
                progress.advance(bars[name], count)

            check = progress.add_task("校验 checks", total=len(sheets()))
            return stock.stage_files(
                files, source=source, on_rows=on_rows, on_step=lambda _: progress.advance(check, 1)
            )

    def apply(self, which: str) -> None:
        """Apply one import, or all that are approved."""
        if which == "all":
            waiting = list(StockImport.objects.filter(status=ImportStatus.APPLYING).order_by("in_force_at"))
            for each in waiting:
                row = self.apply_one(each.id)
                self.show(row, dry_run_of(row), None)
            if not waiting:
                self.console.print("没有待执行的存量导入 (nothing to apply)")
            return
        row = self.apply_one(id_of(which))
        self.show(row, dry_run_of(row), None)

    def apply_one(self, import_id: UUID) -> StockImport:
        """Apply an import, with a bar of its sheets and one of rows for customers whom the bank has."""
        with progress_bar(self.console) as progress:
            pieces = progress.add_task("原有客户 rows of known customers", total=None, visible=False)
            bar = progress.add_task("入账 applying", total=len(sheets()) + 1)

            def on_piece(count: int) -> None:
                progress.update(pieces, visible=True, advance=count)

            return stock.apply_import(import_id, on_step=lambda _: progress.advance(bar, 1), on_piece=on_piece)

    def show(self, row: StockImport, dry_run: DryRun, errors: Path | None) -> None:
        """Print the dry run of an import, or what it has brought, and its faults."""
        done = row.status == ImportStatus.APPLIED
        table = Table("", "已导入 loaded" if done else "新增 new", "需留意 review", "已有 known", "拒绝 refused")
        for name, each in dry_run.sheets.items():
            fresh = each.new + each.review
            table.add_row(sheet_word(name), *(f"{n:,}" for n in (fresh, each.review, each.known, each.refused)))
        self.console.print(table)
        self.console.print(f"期初余额合计 opening balances: {format_yuan(dry_run.balance_fen)}")
        if dry_run.amounts:
            self.console.print(amounts_text(dry_run))
        if dry_run.excess:
            self.console.print(excess_text(dry_run))
        self.show_codes(STOCK, row.id, (RowOutcome.REVIEW, RowOutcome.REFUSED))
        self.show_faults(row.id, dry_run.refused, errors)

    def show_faults(self, import_id: UUID, count: int, errors: Path | None) -> None:
        """Print the first refused rows."""
        for number, fault in enumerate(refused_rows_of(import_id)):
            if number == self.shown:
                break
            self.console.print(f"  {fault.file}:{fault.line} {fault.column} {fault.code} {fault.zh} {fault.en}")
        if errors:
            self.console.print(f"  {errors}")
        elif count > self.shown:
            self.console.print(f"  … {count - self.shown:,} more; --errors FILE keeps all of them")
