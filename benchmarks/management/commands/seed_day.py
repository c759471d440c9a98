import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.utils import timezone
from django.utils.module_loading import import_string

from benchmarks.bank.client import Bank
from benchmarks.bank.day import HOURS, BankDay
from config.kernel.database.clock import bank_now, begin_earlier, catch_up, runs_behind
from config.kernel.database.sql import rows
from config.kernel.law.dates import SHANGHAI
from config.kernel.vault.key_marks import WritingCommand
from transfers.operations.release import release_due
from transfers.vocabulary import ReleasedBy

#: The day itself, and time for the next morning.
BEFORE = timedelta(hours=HOURS + 2)
MADE = "SELECT EXISTS (SELECT FROM transfers_transfer) AS made"


class Command(WritingCommand):
    """Simulate a day of a new sandbox bank before it opens (模拟营业日), by calls to its API.

    `begin` sets back the clock of a bank without decisions. `live` makes the calls inside this process, releases due
    transfers as usual, and then lets the clock follow the database's.
    """

    help = "begin: set the clock of a new sandbox a day back. live: simulate that day if the clock was set back; then let the clock catch up."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("act", choices=["begin", "live"])
        parser.add_argument("--keys-file", type=Path)

    def handle(self, *args: Any, act: str, keys_file: Path | None, **options: Any) -> None:
        if not settings.SANDBOX:
            raise CommandError("A day is lived in a sandbox only.")
        if act == "begin":
            begin_earlier(BEFORE)
        elif runs_behind():
            # An interrupted day is not continued.
            if keys_file is not None and not rows(MADE)[0]["made"]:
                live(json.loads(keys_file.read_text()))
            catch_up()


def live(keys: dict[str, str]) -> None:
    """Simulate the day from the bank's present instant on."""
    inside = httpx.WSGITransport(import_string(settings.WSGI_APPLICATION))
    day = BankDay(
        Bank("http://127.0.0.1", keys, transport=inside),
        due=lambda: release_due(released_by=ReleasedBy.CELERY),
        lead=0.05,
    )
    day.live(bank_now().astimezone(SHANGHAI))
    # The hours left until the opening pass as well, and transfers due in them are posted then.
    day.release_until(timezone.now())
