from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from transfers.queries.fraud_warnings import warnings_at


class Command(BaseCommand):
    """Print the warnings of fraud of each channel with their version (防范诈骗提示)."""

    help = "Print what each channel warns of, with the version that its transfers keep."

    def handle(self, *args: Any, **options: Any) -> None:
        for channel in settings.WARNINGS:
            shown = warnings_at(channel)
            self.stdout.write(f"{channel} {shown.version} {' '.join(shown.kinds)}\n{shown.text.zh}\n{shown.text.en}\n")
