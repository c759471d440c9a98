from typing import Any

from django.core.management.base import CommandParser

from config.kernel.integrity.restores import mark_restored
from config.kernel.schema.owners import OwnersCommand


class Command(OwnersCommand):
    """Mark this database as restored and unconfirmed, after any kind of restore; repeating it changes nothing."""

    requires_system_checks = []
    help = "Make releases wait after a restore without `manage.py restore`; run it before any process starts."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--source", default="by other means", help="a description of the backup, for people")

    def handle(self, *args: Any, source: str, **options: Any) -> None:
        done = mark_restored(source)
        self.stdout.write("Marked: releases wait for confirm_restore." if done else "The database is already marked.")
