from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import CommandError, CommandParser
from rich.table import Table

from blacklist.imports import operations as imports
from blacklist.imports.desk.pages import ListUndoForm
from blacklist.imports.models import ListImport
from blacklist.imports.operations.rows import COLUMNS
from blacklist.imports.queries.lists import LISTS, counts_of, refused_cells, rows_page, status_of, touches_of
from blacklist.imports.vocabulary import ListOutcome, ListStatus
from blacklist.operations.revocations import RevocationDraft
from blacklist.vocabulary import RevocationGround
from config.kernel.database.clock import bank_now
from config.kernel.database.transactions import perform
from config.kernel.intake.command import ImportCommand, id_of, with_bar, write_rows
from config.kernel.models import Role

_PAPER = ("doc_no", "revoked_on", "ground", "reason")


class Command(ImportCommand):
    """Import a list of certificates (名单导入): read, check, show the outcome, submit, register or undo."""

    help = (
        "Read a list of certificates from a CSV or XLSX file, check it, and show what it would bring; --submit submits it, "
        "--apply registers or undoes what a second person has approved. See docs/lists.md."
    )
    role = Role.COMPLIANCE

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file", nargs="?", type=Path, help=str(COLUMNS))
        parser.add_argument("--dry-run", action="store_true", help="count it; it cannot be submitted")
        parser.add_argument("--submit", action="store_true", help="submit it to a second person")
        parser.add_argument("--undo", default="", metavar="ID", help="ask for this list to be undone, on a paper")
        parser.add_argument("--doc-no", default="", help="with --undo: the number of the paper")
        parser.add_argument(
            "--reason", default="", help="with --undo: why; names and numbers of people do not belong here"
        )
        parser.add_argument("--ground", choices=RevocationGround.values, help="with --undo")
        parser.add_argument("--revoked-on", default="", metavar="YYYY-MM-DD", help="with --undo: the day of the paper")

    def act(self, options: dict[str, Any]) -> None:
        if not any(options[each] for each in ("file", "undo", "apply")):
            raise CommandError("Name the file to be read, or --undo, or --apply.")
        if options["file"]:
            self.load(options["file"], options)
        if options["undo"]:
            self.undo(id_of(options["undo"]), options)
        if options["apply"] == "all":
            done = with_bar(lambda step: imports.apply_approved(on_rows=step), self.console)
            self.console.print(f"{done} 份 (lists)")
        elif options["apply"]:
            self.show(self.apply(id_of(options["apply"])))

    def load(self, path: Path, options: dict[str, Any]) -> None:
        """Read, check and show a list; submit and register it if the options ask for it."""
        maker = self.officer(options["by"])
        row = with_bar(
            lambda step: imports.stage_list(path, principal=maker, dry_run=options["dry_run"], on_rows=step),
            self.console,
        )
        if options["submit"] or options["approve_by"]:
            if status_of(row, bank_now()) is ListStatus.STAGED:
                _, approval = perform(lambda: imports.propose_list(principal=maker, import_id=row.id))
                if options["approve_by"]:
                    self.approve(approval, options["approve_by"])
            if options["approve_by"]:
                row = self.apply(row.id)
        if options["errors"]:
            write_rows(refused_cells(row.id, COLUMNS.words), options["errors"])
        self.show(LISTS.get(row.id))

    def undo(self, import_id: UUID, options: dict[str, Any]) -> None:
        """Request that a list is undone; in a sandbox, undo it at once if a second person is named."""
        maker, draft = self.officer(options["by"]), _draft(options)
        _, approval = perform(lambda: imports.propose_undo(principal=maker, import_id=import_id, draft=draft))
        if options["approve_by"]:
            self.approve(approval, options["approve_by"])
            self.show(self.apply(import_id))

    def apply(self, import_id: UUID) -> ListImport:
        """Register or undo an approved list and print its progress."""
        return with_bar(lambda step: imports.apply_list(import_id, on_rows=step), self.console)

    def show(self, row: ListImport) -> None:
        """Print an import's status, the outcome of its rows, and why rows are refused."""
        self.console.print(f"{row.id} {status_of(row, bank_now()).label}")
        counts = counts_of(row)
        table = Table(*(str(each.text) for each in ListOutcome))
        table.add_row(*(f"{counts[each]:,}" for each in ListOutcome))
        self.console.print(table)
        self.console.print(", ".join(f"{each.text} {count:,}" for each, count in touches_of(row).items()))
        outcomes = (ListOutcome.NEW, ListOutcome.REVIEW, ListOutcome.CHANGED, ListOutcome.REFUSED)
        self.show_codes(LISTS, row.id, outcomes)
        for each in rows_page(row.id, ListOutcome.REFUSED, limit=self.shown):
            self.console.print(f"  {each.row} {each.column} {each.code} {each.zh} {each.en}")


def _draft(options: dict[str, Any]) -> RevocationDraft:
    """Return the document on which a list is to be undone, read as the desk's form reads it.

    :raises CommandError: when the form refuses a value.
    """
    form = ListUndoForm({name: options[name] for name in _PAPER})
    if not form.is_valid():
        lines = (f"--{name.replace('_', '-')}: {' '.join(map(str, each))}" for name, each in form.errors.items())
        raise CommandError(" ".join(lines))
    return form.draft()
