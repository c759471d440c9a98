"""Common parts of the import commands: refused rows, acting officer, progress, files of refused rows."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, Any, ClassVar, cast
from uuid import UUID

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from rich.console import Console

from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.database.ids import read_id
from config.kernel.database.transactions import perform
from config.kernel.intake.imports import Intake
from config.kernel.intake.tables import TableError
from config.kernel.law.refusals import Refusal
from config.kernel.law.text import Codes
from config.kernel.models import Approval, Principal, Role
from config.kernel.progress import progress_bar
from config.kernel.trail.sheets import csv_lines
from config.kernel.vault.key_marks import WritingCommand


class ImportCommand(WritingCommand):
    """A command that reads files, shows the effects, submits, and carries out approved imports.

    :ivar role: the role that may submit and approve.
    """

    role: ClassVar[Role]
    #: Maximum number of refused rows to print.
    shown: ClassVar = 20

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--by", default="", help=f"in the name of this principal of {self.role}")
        parser.add_argument("--errors", type=Path, help="write every refused row to this CSV file")
        parser.add_argument(
            "--approve-by", default="", help="in a sandbox: approve it by this principal, and carry it out"
        )
        parser.add_argument(
            "--apply", nargs="?", const="all", default="", help="carry out what was approved, or one import"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self.console = Console(file=cast("IO[str]", self.stdout._out), highlight=False)
        if options["approve_by"] and not settings.SANDBOX:
            raise CommandError("--approve-by is for a sandbox: a second person approves at the desk.")
        try:
            self.act(options)
        except TableError as error:
            raise CommandError(f"{error.zh} {error.en}") from None
        except Refusal as refusal:
            raise CommandError(f"{refusal.detail('zh')} {refusal.detail('en')}") from None

    def act(self, options: dict[str, Any]) -> None:
        """Carry out the options of the command line."""
        raise NotImplementedError

    def officer(self, name: str) -> Caller:
        """Return the caller for a principal's name.

        :raises CommandError: when no active principal has this name and the role.
        """
        found = Principal.objects.filter(name=name, active=True, role=self.role).first()
        if found is None:
            raise CommandError(f"--by and --approve-by must name an active principal of {self.role}.")
        return Caller(id=found.id, name=found.name, role=found.role)

    def approve(self, approval: Approval, name: str) -> None:
        """Approve an import as another seeded person of a sandbox."""
        checker = self.officer(name)
        perform(lambda: approvals.approve(approval.id, principal=checker))

    def show_codes(self, intake: Intake[Any], import_id: UUID, outcomes: Iterable[Codes]) -> None:
        """Print, for each outcome, how many rows have each fault code."""
        for outcome in outcomes:
            if codes := intake.faults_by_code(import_id, outcome.value):
                counted = ", ".join(f"{code}: {count:,}" for code, count in codes.items())
                self.console.print(f"{outcome.label}: {counted}")


def id_of(text: str) -> UUID:
    """Return the id of an import.

    :raises CommandError: when the text is not an id.
    """
    found = read_id(text)
    if found is None:
        raise CommandError("An import is named by its id.")
    return found


def write_rows(cells: Iterable[tuple[object, ...]], path: Path) -> None:
    """Write rows as CSV into a file that only its owner can read."""
    path.touch(mode=0o600)
    with path.open("wb") as file:
        file.writelines(csv_lines(cells))


def with_bar[T](work: Callable[[Callable[[int], None]], T], console: Console) -> T:
    """Run work that reports the rows done, and show a progress bar."""
    with progress_bar(console) as progress:
        bar = progress.add_task("行 rows", total=None)
        return work(lambda count: progress.advance(bar, count))
