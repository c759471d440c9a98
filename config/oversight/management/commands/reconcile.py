import json
from datetime import datetime
from typing import IO, Any, Self, cast

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError
from django.utils import timezone
from rich.console import Console
from rich.progress import Progress, TaskID
from rich.table import Table

from config.kernel.database.transactions import perform
from config.kernel.proof.invariants import Finding
from config.kernel.proof.proofs import keep_proof
from config.oversight.queries.proof import prove, with_all_sealed

SHOWN_IDS = 5


class Command(BaseCommand):
    """Check every invariant of books and rules (对账); fail and name the rows that violate one."""

    help = "Check every invariant of the bank over one snapshot; exit code 1 when one is violated."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print JSON for a program")
        parser.add_argument("--all", action="store_true", help="open all sealed values, not only a sample")

    def handle(self, *args: Any, **options: Any) -> None:
        began_at = timezone.now()
        if options["all"]:
            with _Bar() as bar:
                findings = prove(with_all_sealed(bar.tell))
        else:
            findings = prove()
        self._keep(findings, began_at, whole=options["all"])
        if options["json"]:
            self.stdout.write(json.dumps([as_json(finding) for finding in findings], ensure_ascii=False, indent=2))
        else:
            Console(file=cast("IO[str]", self.stdout._out), highlight=False).print(as_table(findings))
        if not all(finding.holds for finding in findings):
            raise SystemExit(1)

    def _keep(self, findings: list[Finding], began_at: datetime, *, whole: bool) -> None:
        """Record the run if the database accepts writes; a read-only copy can be proved too."""
        try:
            perform(lambda: keep_proof(findings, began_at=began_at, whole=whole))
        except DatabaseError as error:
            self.stderr.write(f"The run is not kept: {type(error).__name__}")


class _Bar:
    """Progress of opening all sealed values, shown on a terminal only."""

    def __init__(self) -> None:
        self.progress = Progress(console=Console(stderr=True), transient=True)
        self.tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        self.progress.start()
        return self

    def __exit__(self, *failure: object) -> None:
        self.progress.stop()

    def tell(self, table: str, done: int, total: int) -> None:
        """Show the number of rows done of a table."""
        if table not in self.tasks:
            self.tasks[table] = self.progress.add_task(table, total=total)
        self.progress.update(self.tasks[table], completed=done)


def as_json(finding: Finding) -> dict[str, Any]:
    """Return a finding as JSON data."""
    invariant = finding.invariant
    return {
        "name": invariant.name,
        "zh": invariant.zh,
        "en": invariant.en,
        "holds": finding.holds,
        "ids": list(finding.ids),
        "seconds": round(finding.seconds, 4),
    }


def as_table(findings: list[Finding]) -> Table:
    """Return the findings as a table for people."""
    table = Table("", "不变量 invariant", "违反 violated", "ms", title="对账 Reconciliation")
    for finding in findings:
        violated = "–" if finding.holds else f"{len(finding.ids)}: {', '.join(finding.ids[:SHOWN_IDS])}"
        style = "" if finding.holds else "bold red"
        words = f"{finding.invariant.zh}\n[dim]{finding.invariant.en}[/dim]"
        table.add_row(finding.invariant.name, words, violated, f"{finding.seconds * 1000:.0f}", style=style)
    return table
