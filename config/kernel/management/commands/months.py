from datetime import UTC, datetime
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import OperationalError

from config.kernel.database.sql import rows
from config.kernel.schema import months
from config.kernel.schema.owners import OwnersCommand

_MAY = "SELECT FROM pg_tablespace WHERE spcname = %s AND has_tablespace_privilege(oid, 'CREATE')"


class Command(OwnersCommand):
    """Create monthly partitions ahead, close past ones, or list all (按月分区); run by the tables' owner."""

    help = "Create the monthly partitions of decisions in advance and list all; with --close, close past ones."

    def add_arguments(self, parser: CommandParser) -> None:
        act = parser.add_mutually_exclusive_group()
        act.add_argument("--list", action="store_true", help="change nothing; any role may run it")
        act.add_argument("--close", action="store_true", help="freeze the past months")
        parser.add_argument("--tablespace", default="", help="with --close: the tablespace of closed months")

    def handle(self, *args: Any, **options: Any) -> None:
        today, tablespace = datetime.now(UTC).date(), options["tablespace"]
        if tablespace and not options["close"]:
            raise CommandError("--tablespace is for months that are closed: with --close.")
        if tablespace and not rows(_MAY, [tablespace]):
            raise CommandError(
                f"{tablespace} is no tablespace of this server, or not one to write into. As a superuser: "
                f"GRANT CREATE ON TABLESPACE {tablespace} TO the tables' owner."
            )
        if not months.partitions():
            raise CommandError("There is no table of decisions yet: run `manage.py migrate`.")
        try:
            if not options["list"] and (made := months.make_ahead(today)):
                self.stdout.write(f"made: {', '.join(made)}")
            for name in months.close(today, tablespace) if options["close"] else ():
                self.stdout.write(f"closed: {name}")
        except OperationalError as error:
            raise CommandError(f"{str(error).splitlines()[0]}: run it again.") from error
        self.stdout.write(f"{months.TABLE}: {months.months_ahead()} months ahead")
        for each in months.described(today):
            state = "closed" if each["over"] and each["frozen"] else ""
            size = f"{each['estimate']:,} rows  {each['bytes'] / 1_000_000:,.1f} MB"
            self.stdout.write(f"  {each['name']}  {size}  {state}  {each['tablespace']}".rstrip())
