from functools import partial
from typing import IO, Any, cast

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from rich.console import Console
from rich.table import Table

from config.kernel.progress import progress_bar
from config.kernel.vault.key_marks import keys_mismatch
from config.kernel.vault.resealing import NotTheOwner, keys_in_use, need_owner, reseal, retire_key, sealed_columns
from config.kernel.vault.sealed import field_key_ids

SHOWN = 20


class Command(BaseCommand):
    """Seal all values again with the first key (重新加密) while the bank works, so that an old key can be removed."""

    # The command is needed to replace a weak key, which the checks would refuse.
    requires_system_checks = []
    help = "Seal all values of older keys with the first key of BANK_FIELD_KEYS; as the owner of the tables."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="only print how many values each key has sealed")
        parser.add_argument("--retire", metavar="KEY", help="delete the mark of a key that seals no value any more")

    def handle(self, *args: Any, **options: Any) -> None:
        connection.ensure_connection()
        if reason := keys_mismatch():
            raise CommandError(reason)
        console = Console(file=cast("IO[str]", self.stdout._out), highlight=False)
        if options["check"]:
            console.print(self._used())
            return
        try:
            need_owner([*{each.model._meta.db_table for each in sealed_columns()}, "kernel_keymark"])
        except NotTheOwner as refused:
            raise CommandError(str(refused)) from None
        if options["retire"]:
            self._retire(options["retire"])
        else:
            self._reseal(console)

    def _reseal(self, console: Console) -> None:
        first, done, closed = field_key_ids()[0], 0, list[str]()
        with progress_bar(console) as progress:
            for column, used in keys_in_use().items():
                if others := used.total() - used[first]:
                    bar = progress.add_task(str(column), total=others)
                    result = reseal(column, on_rows=partial(progress.advance, bar))
                    done, closed = done + result.done, closed + result.closed
        self.stdout.write(f"{done:,} values were sealed with key {first}.")
        if closed:
            shown = "\n".join(f"  {place}" for place in closed[:SHOWN])
            raise CommandError(f"{len(closed):,} values open with no key of BANK_FIELD_KEYS:\n{shown}")

    def _retire(self, key_id: str) -> None:
        if key_id == field_key_ids()[0]:
            raise CommandError(f"Key {key_id} is the one that seals.")
        if left := {str(column): used[key_id] for column, used in keys_in_use().items() if used[key_id]}:
            counts = ", ".join(f"{name}: {count:,}" for name, count in left.items())
            raise CommandError(f"Values sealed with key {key_id} remain ({counts}). Run `manage.py reseal`.")
        if not retire_key(key_id):
            raise CommandError(f"Key {key_id} has no mark in this database.")
        self.stdout.write(
            f"retired: {key_id}. Take it out of BANK_FIELD_KEYS after one more `manage.py reseal --check`."
        )

    @staticmethod
    def _used() -> Table:
        table = Table("列 column", "密钥 key", "条数 values")
        for column, used in keys_in_use().items():
            for key_id, count in sorted(used.items()):
                table.add_row(str(column), key_id, f"{count:,}")
        return table
