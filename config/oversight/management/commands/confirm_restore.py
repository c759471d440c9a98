from typing import IO, Any, cast

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from rich.console import Console

from config.kernel.integrity import restores
from config.kernel.integrity.foundations import as_owner, unwritten_data
from config.kernel.proof.retained_counts import FACTS, STILL_THERE
from config.oversight.management.commands.reconcile import as_table
from config.oversight.queries.proof import prove
from transfers.queries.due_queue import overdue_totals


class Command(BaseCommand):
    """Confirm a restore so that releases continue (恢复确认): runs the proof first, records the responsible person."""

    help = "Confirm that the data lost by a restore has been entered again; then due transfers are released."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--by", required=True, help="the responsible principal: a supervisor or compliance")
        parser.add_argument("--note", default="", help="what was done about the acts since the backup")
        parser.add_argument(
            "--accept-loss",
            action="store_true",
            help=f"accept that the rows which {STILL_THERE.name} reports as missing are lost, and record it",
        )

    def handle(self, *args: Any, by: str, note: str, accept_loss: bool, **options: Any) -> None:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()) or unwritten_data():
            raise CommandError("Run `manage.py migrate` first.")
        waiting = restores.unconfirmed_ids()
        if not waiting:
            raise CommandError("No restore is unconfirmed: releases do not wait.")
        person = restores.confirmer(by)
        if person is None:
            raise CommandError("--by must name an active principal who is a supervisor or of compliance.")
        with as_owner():
            findings = prove()
        Console(file=cast("IO[str]", self.stdout._out), highlight=False).print(as_table(findings))
        (missing,) = (each.ids for each in findings if each.invariant.name == STILL_THERE.name)
        lost = [table for table in missing if table in FACTS]
        violated = [each.invariant.name for each in findings if not each.holds]
        if violated and not (accept_loss and lost and violated == [STILL_THERE.name]):
            hint = f" What {STILL_THERE.name} names is accepted as lost with --accept-loss." if lost else ""
            raise CommandError(f"Not confirmed, releases wait on: {', '.join(violated)} violated.{hint}")
        count, fen = overdue_totals()
        proof: dict[str, Any] = {
            "invariants_held": len(findings) - len(violated),
            "overdue_count": count,
            "overdue_fen": fen,
        }
        if lost:
            proof["lost"] = lost
        restores.confirm(waiting, by=person.id, note=note, proof=proof)
        self.stdout.write(f"Confirmed. {count} transfers that fell due meanwhile are released now.")
