import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.kernel.integrity.dumps import DumpError, backup


class Command(BaseCommand):
    """Write the database into one file (备份); the file contains sealed personal data and no key."""

    requires_system_checks = []
    help = "Write the database into a new file that only its owner can read."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        began = time.monotonic()
        try:
            digest = backup(file, self.stdout.write)
        except DumpError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{file}: {file.stat().st_size:,} bytes in {time.monotonic() - began:.1f} s, sha256 {digest}")
