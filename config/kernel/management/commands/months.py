from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError, ProgrammingError
from psycopg.errors import DeadlockDetected, InsufficientPrivilege, LockNotAvailable, UndefinedObject

from config.kernel import closing, month_creation, months
from config.kernel.foundations import as_owner
from config.kernel.months import Partition
from config.kernel.sql import rows

_MAY = "SELECT has_tablespace_privilege(oid, 'CREATE') AS may FROM pg_tablespace WHERE spcname = %s"
# PostgreSQL 17 only warns who counts another's table.
_OTHERS = "SELECT FROM pg_class WHERE oid = ANY(%s::regclass[]) AND NOT pg_has_role(relowner, 'USAGE')"


class Command(BaseCommand):
    """Make the months to come, tell what there is, close what is over (按月分区); run by the owner of the tables."""

    help = (
        "Make the months to come of the tables that lie in months, list them; with --close, close those that are over."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--list", action="store_true", help="change nothing; any role may")
        parser.add_argument("--close", action="store_true", help="freeze the months that are over")
        parser.add_argument("--tablespace", default="", help="with --close: where closed months are to lie")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["tablespace"] and not options["close"]:
            raise CommandError("--tablespace is for months that are closed: with --close.")
        if options["tablespace"]:
            self._look_at(options["tablespace"])
        today = datetime.now(UTC).date()
        tables = [each for each in months.TABLES if months.in_months(each)]
        try:
            with as_owner():
                if not options["list"]:
                    self._work(tables, today, options["close"], options["tablespace"])
        except ProgrammingError as error:
            if isinstance(error.__cause__, InsufficientPrivilege | UndefinedObject):
                raise CommandError(f"{error.__cause__.diag.message_primary}: run it as the tables' owner.") from None
            raise
        except OperationalError as error:
            what = type(error.__cause__).__name__
            if isinstance(error.__cause__, LockNotAvailable | DeadlockDetected):
                raise CommandError(f"Somebody was in the way all the time ({what}): run it again.") from None
            raise CommandError(f"The database ended it ({what}): run it again.") from error
        for table in tables:
            self._tell(table, today)

    def _look_at(self, tablespace: str) -> None:
        found = rows(_MAY, [tablespace])
        if not found:
            raise CommandError(f"{tablespace} is no tablespace of this server.")
        if not found[0]["may"]:
            raise CommandError(f"As a superuser: GRANT CREATE ON TABLESPACE {tablespace} TO the tables' owner.")

    def _work(self, tables: list[str], today: Any, close: bool, tablespace: str) -> None:
        if rows(_OTHERS, [tables]):
            raise CommandError("The tables are another role's: run it as the tables' owner.")
        for table in tables:
            made = month_creation.make_ahead(table, today)
            if made:
                self.stdout.write(f"made: {', '.join(made)}")
            for part in closing.to_close(table, today, tablespace) if close else []:
                closing.close(part, tablespace)
                self.stdout.write(f"closed: {part.name}")
            months.count(table)

    def _tell(self, table: str, today: Any) -> None:
        self.stdout.write(f"{table}: {months.months_ahead(table, today)} months ahead")
        for part in months.partitions(table):
            self.stdout.write(
                f"  {part.name}  {_state(part, today):8}  {part.estimate:,} rows  {_bytes(part) / 1_000_000:,.1f} MB"
                f"  {part.tablespace}".rstrip()
            )


def _bytes(part: Partition) -> int:
    return int(rows("SELECT pg_total_relation_size(to_regclass(%s)) AS bytes", [part.name])[0]["bytes"])


def _state(part: Partition, today: Any) -> str:
    if part.ends is None:
        return "strays" if not part.empty else "none"
    if part.is_over(today - timedelta(days=1)):
        return "closed" if part.frozen else "over"
    return "open" if part.month is None or part.month <= today else "ahead"
