import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from config.kernel.integrity.dumps import DumpError, restore
from config.kernel.integrity.foundations import unwritten_data
from config.kernel.schema.sql_files import text_in_force

WAITS = (
    "Restored and unconfirmed: nothing is released until `manage.py confirm_restore --by NAME`. "
    "Enter again what was cancelled, frozen and certified since the backup first (docs/recovery.md)."
)


class Command(BaseCommand):
    """Restore a backup into an empty database (恢复); releases wait until a person has confirmed it."""

    requires_system_checks = []
    help = "Restore a backup into the empty database that DATABASE_URL names, as its owner."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        began = time.monotonic()
        try:
            source = restore(file, self.stdout.write)
        except DumpError as error:
            raise CommandError(str(error)) from None
        # A dump does not contain rights on the database as a whole.
        with connection.cursor() as cursor:
            cursor.execute(text_in_force("kernel", "database"))
        self.stdout.write(f"{source}: restored in {time.monotonic() - began:.1f} s")
        executor = MigrationExecutor(connection)
        if plan := executor.migration_plan(executor.loader.graph.leaf_nodes()):
            self.stdout.write(f"The backup is older than this version: run `manage.py migrate` ({len(plan)} to apply).")
        else:
            for missing in unwritten_data():
                self.stdout.write(missing)
        self.stdout.write(WAITS)
