from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from config.kernel.integrity.catalog.definitions import definitions
from config.kernel.integrity.catalog.guards import guard_lines


class Command(BaseCommand):
    """Print the guards of this database, for a comparison with `diff`."""

    help = "Print triggers, functions, constraints, unique indexes and NOT NULL of this database, sorted, in full."

    def add_arguments(self, parser: CommandParser) -> None:
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--whole", action="store_true", help="also print every column, index, sequence and grant")
        which.add_argument("--digests", action="store_true", help="print the digests of guards; as the owner")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["digests"]:
            lines = guard_lines()
        else:
            lines = [line for each in definitions(whole=options["whole"]) for line in each.lines()]
        self.stdout.write("\n".join(lines))
