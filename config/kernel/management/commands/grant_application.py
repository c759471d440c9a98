from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.kernel.database.sql import rows
from config.kernel.schema.grants import grant_application, withhold_functions


class Command(BaseCommand):
    """Grant the application's role its rights, without ownership; run by the tables' owner after each migrate."""

    help = "Grant a role exactly the rights that the application needs. Run it as the owner, after every migrate."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("role")

    def handle(self, *args: Any, role: str, **options: Any) -> None:
        if not rows("SELECT FROM pg_roles WHERE rolname = %s AND rolname <> current_user", [role]):
            raise CommandError(f"{role} must be a role of this server, and another one than the tables' owner.")
        grant_application(role)
        if left := withhold_functions(role):
            self.stderr.write(
                f"{role} may still fill the disk and end sessions by functions of the server. "
                "As a superuser, run once in this database:"
            )
            for statement in left:
                self.stderr.write(f"{statement};")
