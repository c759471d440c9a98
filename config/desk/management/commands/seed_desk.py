from typing import Any

from config.desk.demo_users import PASSWORD, SUPERUSER, ensure_users, seed_of
from config.kernel.key_marks import WritingCommand
from config.kernel.transactions import owned


class Command(WritingCommand):
    """Give the demo's people a place at the desk, and say how they sign in."""

    help = "Ensure the demo's desk users and print names, password and seeds (sandbox only)."

    def handle(self, *args: Any, **options: Any) -> None:
        with owned():
            names = ensure_users()
        for name in [*names, SUPERUSER]:
            self.stdout.write(f"{name}\t{PASSWORD}\t{seed_of(name)}")
