from typing import IO, Any, cast

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from rich.console import Console

from config.kernel.progress import progress_bar
from config.kernel.vault.key_marks import OtherKeys
from config.kernel.vault.reindexing import BankIsOpen, carry_over, index_tables
from config.kernel.vault.resealing import NotTheOwner, need_owner


class Command(BaseCommand):
    """Convert every blind index to the last key of BANK_INDEX_KEY (更换索引密钥), while the bank is closed."""

    # The command is needed to replace a weak key, which the checks would refuse.
    requires_system_checks = []
    help = "Convert all blind indexes to a new key appended to BANK_INDEX_KEY; as the owner, while the bank is closed."

    def handle(self, *args: Any, **options: Any) -> None:
        connection.ensure_connection()
        console = Console(file=cast("IO[str]", self.stdout._out), highlight=False)
        try:
            need_owner([*(table.name for table in index_tables()), "kernel_keymark"])
            with progress_bar(console) as progress:
                bars: dict[str, Any] = {}

                def tell(table: str, done: int, total: int) -> None:
                    if table not in bars:
                        bars[table] = progress.add_task(table, total=total)
                    progress.update(bars[table], completed=done)

                done = carry_over(tell=tell)
        except (NotTheOwner, BankIsOpen, OtherKeys) as refused:
            raise CommandError(f"{refused} Nothing was changed.") from None
        self.stdout.write(f"{done:,} rows are indexed with the new key." if done else "No index key is new.")
