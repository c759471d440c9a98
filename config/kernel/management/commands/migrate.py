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
from config.kernel.integrity.foundations import as_owner, owed
from config.kernel.schema.schema_changes import SchemaAutodetector
from config.kernel.schema.sparse_states import SparseExecutor

#: Whoever changes the schema has it: what is started on two hosts at once is done once.
ALONE = 0x4D494752
_LOOKS_EVERY = 0.5
# The command takes its executor from nowhere else.
migrate.MigrationExecutor = SparseExecutor  # type: ignore[attr-defined]


class Command(migrate.Command):
    """See `config.kernel.schema.schema_changes` and `config.kernel.schema.sparse_states`."""

    autodetector = SchemaAutodetector
    # What a schema rests on; Django's others import every page, and `check` asks them.
    requires_system_checks = (Tags.models, Tags.database, Tags.security)

    def execute(self, *args: Any, **options: Any) -> Any:
        # Asked before the checks, which read tables of this version.
        if rows(RECORDED)[0]["recorded"] and rows(OLDER)[0]["older"]:
            raise CommandError("This database is older than the first version: nothing was changed; name an empty one.")
        # The checks that come before the command ask, too, who is at work.
        with as_owner():
            return super().execute(*args, **options)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["check_unapplied"] or options["plan"]:
            super().handle(*args, **options)
        else:
            with migrating_alone(self.stdout):
                super().handle(*args, **options)
        if options["check_unapplied"] and (untold := owed()):
            self.stdout.write("\n".join(untold))
            sys.exit(1)


@contextmanager
def migrating_alone(stdout: Any) -> Iterator[None]:
    """Let no two commands change the schema at once, also on two hosts; wait for the other one and say so."""
    # Looked for, not waited for inside a statement: an index that is built beside the bank's work waits until every
    # statement that began before it has ended.
    said = False
    while True:
        with session_lock(ALONE) as mine:
            if mine:
                yield
                return
        if not said:
            stdout.write("Somebody else migrates this database; waiting until that is done.")
            stdout.flush()
            said = True
        time.sleep(_LOOKS_EVERY)
