from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.frames.desk.demo_users import code_of


class Command(BaseCommand):
    """Print a demo user's one-time code."""

    help = "Print the present one-time code of a demo user (sandbox only)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")

    def handle(self, *args: Any, name: str, **options: Any) -> None:
        if not settings.SANDBOX:
            raise CommandError("Demo users exist in a sandbox only.")
        self.stdout.write(code_of(name))
