from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.kernel.vault.key_marks import OtherKeys, write_missing_marks


class Command(BaseCommand):
    # A weak key is why somebody runs it.
    requires_system_checks = []
    help = "Mark the keys of this environment in the database, where one is new; nothing is sealed with it before."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            marked = write_missing_marks()
        except OtherKeys as refused:
            raise CommandError(str(refused)) from None
        for name in marked:
            self.stdout.write(f"marked: {name}")
        if not marked:
            self.stdout.write("Every key has its mark.")
