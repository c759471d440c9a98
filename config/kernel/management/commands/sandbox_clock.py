from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from config.kernel.database import clock
from config.kernel.vault.key_marks import WritingCommand


class Command(WritingCommand):
    """Install or remove the sandbox clock of this database."""

    help = "install: make the bank's clock movable (SANDBOX=1 only). remove: restore the production clock."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("act", choices=["install", "remove"])

    def handle(self, *args: Any, act: str, **options: Any) -> None:
        if act == "remove":
            clock.remove_sandbox()
        elif settings.SANDBOX:
            clock.install_sandbox()
        else:
            raise CommandError("The sandbox clock needs SANDBOX=1.")
