"""Django's command, for which words are no part of the schema."""

from django.core.management.commands.migrate import Command as DjangoCommand

from config.kernel.schema_changes import SchemaAutodetector


class Command(DjangoCommand):
    """See `config.kernel.schema_changes`."""

    autodetector = SchemaAutodetector
