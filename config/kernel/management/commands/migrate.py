"""Django's command, for which words are no part of the schema, and which is for the owner of the tables."""

from typing import Any

from django.core.management.commands.migrate import Command as DjangoCommand

from config.kernel.foundations import as_owner
from config.kernel.schema_changes import SchemaAutodetector


class Command(DjangoCommand):
    """See `config.kernel.schema_changes`."""

    autodetector = SchemaAutodetector

    def handle(self, *args: Any, **options: Any) -> None:
        with as_owner():
            super().handle(*args, **options)
