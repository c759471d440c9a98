"""Django's command, for which words are no part of the schema, and which is for the owner of the tables."""

import sys
from typing import Any

from django.core.management.commands import migrate

from config.kernel.foundations import as_owner, owed
from config.kernel.schema_changes import SchemaAutodetector
from config.kernel.sparse_states import SparseExecutor

# The command takes its executor from nowhere else.
migrate.MigrationExecutor = SparseExecutor  # type: ignore[attr-defined]


class Command(migrate.Command):
    """See `config.kernel.schema_changes` and `config.kernel.sparse_states`."""

    autodetector = SchemaAutodetector

    def handle(self, *args: Any, **options: Any) -> None:
        with as_owner():
            super().handle(*args, **options)
        if options["check_unapplied"] and (untold := owed()):
            self.stdout.write("\n".join(untold))
            sys.exit(1)
