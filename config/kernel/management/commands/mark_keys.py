from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.kernel.vault.key_marks import OtherKeys, write_missing_marks


class Command(BaseCommand):
    # The command is needed to replace a weak key, which the checks would refuse.
    requires_system_checks = []
    help = "Mark new keys of this environment in the database, before anything is sealed with them."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            marked = write_missing_marks()
        except OtherKeys as refused:
            raise CommandError(str(refused)) from None
        for name in marked:
            self.stdout.write(f"marked: {name}")
        if not marked:
            self.stdout.write("Every key has its mark.")
