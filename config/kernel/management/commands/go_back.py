from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import connection

from config.kernel.integrity.foundations import as_owner
from config.kernel.management.commands.migrate import migrating_alone
from config.kernel.schema.owners import OwnersCommand
from config.kernel.schema.releases import LAST_MIGRATIONS
from config.kernel.schema.reversals import obstacles
from config.kernel.schema.sparse_states import SparseExecutor


class Command(OwnersCommand):
    """Take the tables of all applications back to an earlier version; if one cannot go back, none does.

    Needs the code of the newer version, which knows the migrations that go back.
    """

    help = "Take the tables of all applications back to an earlier version; checked first; if one cannot go back, none does."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("version", choices=[*LAST_MIGRATIONS], help="the version, without its patch")
        parser.add_argument("--check", action="store_true", help="check only; exit code 1 if there is no way back")

    def handle(self, *args: Any, version: str, check: bool, **options: Any) -> None:
        with as_owner(), migrating_alone(self.stdout):
            say: Any = self._say
            executor = SparseExecutor(connection, say)
            targets = [*LAST_MIGRATIONS[version].items()]
            plan = executor.migration_plan(targets)
            if any(not backwards for _, backwards in plan):
                raise CommandError(f"Nothing was changed: this database is older than version {version}.")
            going = [migration for migration, _ in plan]
            for app in LAST_MIGRATIONS[version]:
                names = [each.name for each in going if each.app_label == app]
                self.stdout.write(f"{app}: {', '.join(names) or 'nothing'} goes back")
            if found := obstacles(executor, going):
                raise CommandError("\n".join(("Nothing was changed, because there is no way back:", *found)))
            if check:
                self.stdout.write("All applications can go back. Nothing was changed.")
            elif plan:
                executor.migrate(targets, plan)

    def _say(self, act: str, migration: Any = None, fake: bool = False) -> None:
        if act == "unapply_success":
            self.stdout.write(f"{migration}: back")
