import csv
from pathlib import Path
from typing import IO, Any, cast
from uuid import UUID

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from rich.console import Console
from rich.table import Table

from blacklist.imports import operations as imports
from blacklist.imports.desk.pages import ListUndoForm
from blacklist.imports.models import ListImport
from blacklist.imports.operations.rows import COLUMNS, OPTIONAL
from blacklist.imports.queries.lists import BEGINNING, counts_of, faults_by_code, rows_page, status_of, touches_of
from blacklist.imports.vocabulary import ListOutcome, ListStatus
from blacklist.operations.revoke import RevocationDraft
from blacklist.vocabulary import RevocationGround
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.database.clock import bank_now
from config.kernel.database.ids import read_id
from config.kernel.database.transactions import perform
from config.kernel.intake.tables import TableError
from config.kernel.law.refusals import Refusal
from config.kernel.models import Approval, Principal, Role
from config.kernel.progress import progress_bar
from config.kernel.vault.key_marks import WritingCommand

SHOWN, PIECE = 20, 2000
_PAPER = ("doc_no", "revoked_on", "ground", "reason")
_HEADER = ("row", "column", "code", "named", "zh", "en")


class Command(WritingCommand):
    """Register certificates by a list (名单导入): read and check it, show what it would bring, submit, register, undo."""

    help = (
        "Read a list of certificates from a CSV or XLSX file, check it, and show what it would bring; --submit submits it, "
        "--apply registers or undoes what a second person has approved. See docs/lists.md."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, help=f"{','.join(COLUMNS)} [{','.join(OPTIONAL)}]")
        parser.add_argument("--by", default="", help="in the name of this compliance officer")
        parser.add_argument("--dry-run", action="store_true", help="count it; it cannot be submitted")
        parser.add_argument("--submit", action="store_true", help="submit it to a second person")
        parser.add_argument(
            "--approve-by", default="", help="in a sandbox: approve it by this officer, and register it"
        )
        parser.add_argument("--errors", type=Path, help="write every refused row, masked, to this CSV file")
        parser.add_argument("--undo", default="", metavar="ID", help="ask for this list to be undone, on a paper")
        parser.add_argument("--doc-no", default="", help="with --undo: the number of the paper")
        parser.add_argument(
            "--reason", default="", help="with --undo: why; names and numbers of people do not belong here"
        )
        parser.add_argument("--ground", choices=RevocationGround.values, help="with --undo")
        parser.add_argument("--revoked-on", default="", metavar="YYYY-MM-DD", help="with --undo: the day of the paper")
        parser.add_argument(
            "--apply", nargs="?", const="all", default="", help="register or undo what was approved, or one list"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self.console = Console(file=cast("IO[str]", self.stdout._out), highlight=False)
        if options["approve_by"] and not settings.SANDBOX:
            raise CommandError("--approve-by is for a sandbox: a second person approves at the desk.")
        if not any(options[each] for each in ("file", "undo", "apply")):
            raise CommandError("Name the file to be read, or --undo, or --apply.")
        try:
            if options["file"]:
                self.load(options["file"], options)
            if options["undo"]:
                self.undo(_id(options["undo"]), options)
            if options["apply"] == "all":
                self.console.print(f"{self.advance(lambda step: imports.apply_approved(on_rows=step))} 份 (lists)")
            elif options["apply"]:
                self.show(self.apply(_id(options["apply"])))
        except TableError as error:
            raise CommandError(f"{error.zh} {error.en}") from None
        except Refusal as refusal:
            raise CommandError(f"{refusal.detail('zh')} {refusal.detail('en')}") from None

    def load(self, path: Path, options: dict[str, Any]) -> None:
        """Read, check and show a list; submit and register it where that is asked for."""
        maker = _officer(options["by"])
        row: ListImport = self.advance(
            lambda step: imports.stage_list(path, principal=maker, dry_run=options["dry_run"], on_rows=step)
        )
        if options["submit"] or options["approve_by"]:
            if status_of(row, bank_now()) is ListStatus.STAGED:
                _, approval = perform(lambda: imports.propose_list(principal=maker, import_id=row.id))
                if options["approve_by"]:
                    _approve(approval, options["approve_by"])
            if options["approve_by"]:
                row = self.apply(row.id)
        if options["errors"]:
            write_refused(row.id, options["errors"])
        self.show(ListImport.objects.get(pk=row.id))

    def undo(self, import_id: UUID, options: dict[str, Any]) -> None:
        """Ask for a list to be undone; in a sandbox undo it where a second person is named."""
        maker, draft = _officer(options["by"]), _draft(options)
        _, approval = perform(lambda: imports.propose_undo(principal=maker, import_id=import_id, draft=draft))
        if options["approve_by"]:
            _approve(approval, options["approve_by"])
            self.show(self.apply(import_id))

    def apply(self, import_id: UUID) -> ListImport:
        """Register a list, or undo it, with its progress."""
        found: ListImport = self.advance(lambda step: imports.apply_list(import_id, on_rows=step))
        return found

    def advance(self, work: Any) -> Any:
        """Do something that tells how many rows are done, with a bar."""
        with progress_bar(self.console) as progress:
            bar = progress.add_task("行 rows", total=None)
            return work(lambda count: progress.advance(bar, count))

    def show(self, row: ListImport) -> None:
        """Print where a list stands, what becomes of its rows, and why some are refused."""
        self.console.print(f"{row.id} {status_of(row, bank_now()).label}")
        counts = counts_of(row)
        table = Table(*(str(each.text) for each in ListOutcome))
        table.add_row(*(f"{counts[each]:,}" for each in ListOutcome))
        self.console.print(table)
        self.console.print(", ".join(f"{each.text} {count:,}" for each, count in touches_of(row).items()))
        for outcome in (ListOutcome.NEW, ListOutcome.REVIEW, ListOutcome.CHANGED, ListOutcome.REFUSED):
            if codes := faults_by_code(row.id, outcome):
                counted = ", ".join(f"{code}: {count:,}" for code, count in codes.items())
                self.console.print(f"{outcome.label}: {counted}")
        for each in rows_page(row.id, ListOutcome.REFUSED, limit=SHOWN):
            self.console.print(f"  {each.row} {each.column} {each.code} {each.zh} {each.en}")


def write_refused(import_id: UUID, path: Path) -> None:
    """Write the refused rows, masked, for their owner alone, in UTF-8 with the mark that spreadsheets look for."""
    path.touch(mode=0o600)
    after = BEGINNING
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_HEADER)
        while found := rows_page(import_id, ListOutcome.REFUSED, after=after, limit=PIECE):
            writer.writerows((each.row, each.column, each.code, each.named, each.zh, each.en) for each in found)
            after = found[-1].place


def _approve(approval: Approval, name: str) -> None:
    checker = _officer(name)
    perform(lambda: approvals.approve(approval.id, principal=checker))


def _officer(name: str) -> Caller:
    """Return a compliance officer as operations take one.

    :raises CommandError: when there is none of this name who is active.
    """
    found = Principal.objects.filter(name=name, active=True, role=Role.COMPLIANCE).first()
    if found is None:
        raise CommandError("--by and --approve-by must name an active principal of compliance.")
    return Caller(id=found.id, name=found.name, role=found.role)


def _draft(options: dict[str, Any]) -> RevocationDraft:
    """Return the paper on which a list is to be undone, as the desk's form reads it.

    :raises CommandError: for what the form refuses.
    """
    form = ListUndoForm({name: options[name] for name in _PAPER})
    if not form.is_valid():
        told = (f"--{name.replace('_', '-')}: {' '.join(map(str, each))}" for name, each in form.errors.items())
        raise CommandError(" ".join(told))
    return form.draft()


def _id(text: str) -> UUID:
    found = read_id(text)
    if found is None:
        raise CommandError("A list is named by its id.")
    return found
