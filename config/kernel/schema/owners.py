"""Base of commands that need the owner of the tables; under another role they end with one sentence."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import ProgrammingError
from psycopg.errors import InsufficientPrivilege


class OwnersCommand(BaseCommand):
    """A command that only the owner of the tables can carry out."""

    def execute(self, *args: Any, **options: Any) -> str | None:
        try:
            return super().execute(*args, **options)
        except ProgrammingError as error:
            if isinstance(error.__cause__, InsufficientPrivilege):
                raise CommandError(f"{error.__cause__.diag.message_primary}: run it as the tables' owner.") from None
            raise
