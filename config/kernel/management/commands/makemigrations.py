"""Django's command, for which words are no part of the schema."""

from django.core.management.commands.makemigrations import Command as DjangoCommand

from config.kernel.schema.schema_changes import SchemaAutodetector


class Command(DjangoCommand):
    """See `config.kernel.schema.schema_changes`."""

    autodetector = SchemaAutodetector
