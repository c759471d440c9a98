from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from config.frames.desk.demo_users import ADMINISTRATORS, PASSWORD, seed_of
from config.kernel.database.transactions import owned
from config.kernel.vault.key_marks import WritingCommand
from config.people.demo_users import ensure_users


class Command(WritingCommand):
    """Create desk users for the demo's persons, and print how they sign in."""

    help = "Ensure the demo's desk users and print names, password and seeds (sandbox only)."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.SANDBOX:
            raise CommandError("Demo users exist in a sandbox only.")
        with owned():
            names = ensure_users()
        for name in [*names, *ADMINISTRATORS]:
            self.stdout.write(f"{name}\t{PASSWORD}\t{seed_of(name)}")
