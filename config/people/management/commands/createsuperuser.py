"""Replacement of Django's command, which would create a superuser without a second person: it always refuses."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

REFUSAL = (
    "A superuser needs two administrators. `manage.py first_administrators NAME1 STAFF1 NAME2 STAFF2` creates the "
    "first two together; these create others in the back office. If no two of them can sign in, "
    "`manage.py break_glass NAME STAFF` creates one."
)


class Command(BaseCommand):
    """Refuse, and name the right command."""

    help = "Refused: see first_administrators."
    requires_system_checks = []

    def run_from_argv(self, argv: list[str]) -> None:
        self.stderr.write(self.style.ERROR(f"CommandError: {REFUSAL}"))
        raise SystemExit(1)

    def handle(self, *args: Any, **options: Any) -> None:
        raise CommandError(REFUSAL)
