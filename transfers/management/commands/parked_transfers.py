import argparse
from typing import IO, Any, cast
from uuid import UUID

from django.core.management.base import CommandError, CommandParser
from rich.console import Console
from rich.table import Table

from config.kernel.law.dates import rfc3339
from config.kernel.vault.key_marks import WritingCommand
from transfers.operations.parking import wake
from transfers.queries.due_queue import parked_transfers
from transfers.tasks import wake_release

SHOWN = 1000


class Command(WritingCommand):
    """List transfers set aside after failed releases, and wake them (已搁置的到期转账)."""

    help = "List held transfers that were set aside, with the reason; --wake has them tried again at once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--wake", nargs="*", metavar="ID", type=_id, help="end the pause of these, or of all when none is named"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["wake"] is None:
            self._list()
            return
        count = wake(options["wake"] or None)
        wake_release()
        self.stdout.write(f"Woken: {count}.")
        if len(options["wake"]) > count:
            raise CommandError(f"Not set aside, or being released just now: {len(options['wake']) - count}.")

    def _list(self) -> None:
        found = parked_transfers(SHOWN)
        table = Table("transfer", "due", "failures", "tried again", "reason")
        for each in found:
            table.add_row(
                str(each["id"]),
                rfc3339(each["due_at"]),
                str(each["attempts"]),
                rfc3339(each["parked_until"]),
                each["parked_reason"],
            )
        Console(file=cast("IO[str]", self.stdout._out), highlight=False, width=200).print(table)
        self.stdout.write(f"{len(found)}{' or more' if len(found) == SHOWN else ''} set aside.")


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise argparse.ArgumentTypeError("not the id of a transfer") from None
