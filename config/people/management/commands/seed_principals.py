import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from config.kernel.database.transactions import owned
from config.kernel.vault.key_marks import WritingCommand
from config.people.demo_users import ensure_cast


class Command(WritingCommand):
    """Create the demo's principals and write their keys to a file; valid keys are kept."""

    help = "Ensure the demo's principals and write their keys to a file only its owner reads."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--keys-file", type=Path, required=True)

    def handle(self, *args: Any, keys_file: Path, **options: Any) -> None:
        if not settings.SANDBOX:
            raise CommandError("The demo's principals and their known keys exist in a sandbox only.")
        known: dict[str, str] = json.loads(keys_file.read_text()) if keys_file.exists() else {}
        with owned():
            keys = ensure_cast(known)
        draft = keys_file.with_suffix(".new")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(keys, indent=2) + "\n")
        draft.replace(keys_file)
