from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from config.kernel.catalog.definitions import definitions


class Command(BaseCommand):
    """Print what guards the bank in this database, a line each, to be compared with `diff`."""

    help = "Print triggers, functions, constraints, unique indexes and NOT NULL of this database, sorted, in full."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--whole", action="store_true", help="print every column, index, sequence and grant, too")

    def handle(self, *args: Any, **options: Any) -> None:
        for each in definitions(whole=options["whole"]):
            for line in each.lines():
                self.stdout.write(line)
