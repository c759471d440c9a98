"""Django's command, for which words are no part of the schema, and which is for the owner of the tables."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.checks import Tags
from django.core.management.base import CommandError
from django.core.management.commands import migrate

from config.first_version import OLDER, RECORDED
from config.kernel.database.bulk import session_lock
from config.kernel.database.sql import rows
from config.kernel.integrity.foundations import as_owner, unwritten_data
from config.kernel.schema.schema_changes import SchemaAutodetector
from config.kernel.schema.sparse_states import SparseExecutor

#: Advisory lock for changes of the schema, so that two hosts do not change it at once.
ALONE = 0x4D494752
_LOOKS_EVERY = 0.5
# Django's command offers no other way to replace its executor.
migrate.MigrationExecutor = SparseExecutor  # type: ignore[attr-defined]


class Command(migrate.Command):
    """See `config.kernel.schema.schema_changes` and `config.kernel.schema.sparse_states`."""

    autodetector = SchemaAutodetector
    # Only the checks that a schema needs: Django's others import every page, and `check` runs them.
    requires_system_checks = (Tags.models, Tags.database, Tags.security)

    def execute(self, *args: Any, **options: Any) -> Any:
        # Before the checks, which read tables of this version.
        if rows(RECORDED)[0]["recorded"] and rows(OLDER)[0]["older"]:
            raise CommandError("This database is older than the first version: nothing was changed; name an empty one.")
        # Around the checks too, because they behave differently for the owner.
        with as_owner():
            return super().execute(*args, **options)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["check_unapplied"] or options["plan"]:
            super().handle(*args, **options)
        else:
            with migrating_alone(self.stdout):
                super().handle(*args, **options)
        if options["check_unapplied"] and (missing := unwritten_data()):
            self.stdout.write("\n".join(missing))
            sys.exit(1)


@contextmanager
def migrating_alone(stdout: Any) -> Iterator[None]:
    """Let no two commands change the schema at once, also on two hosts; wait for the other one and say so."""
    # Polled, not awaited in a statement: an index that is built concurrently waits for the end of every earlier
    # statement.
    said = False
    while True:
        with session_lock(ALONE) as mine:
            if mine:
                yield
                return
        if not said:
            stdout.write("Another migrate is running on this database; waiting for its end.")
            stdout.flush()
            said = True
        time.sleep(_LOOKS_EVERY)
