"""``manage.py unlock_sign_in NAME``: unlock a user, or an address, so that sign-in is possible at once."""

from ipaddress import ip_address
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import CommandError, CommandParser

from config.frames.desk.lockout import unlock, unlock_address
from config.kernel.models import TrailKind
from config.kernel.trail import trail
from config.kernel.vault.key_marks import WritingCommand
from config.kernel.vault.sealed import user_key


class Command(WritingCommand):
    """Delete the failures of a name and the pause of its second factor, and record it."""

    help = "Unlock the sign-in of a user or of a network address."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="the user's name")
        parser.add_argument("--address", help="also delete the failures of this network address")

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["name"]
        user = User.objects.filter(username=name).first()
        if user is None:
            raise CommandError(f"There is no user {name}.")
        if options["address"]:
            unlock_address(_address(options["address"]))
        counts = unlock(name)
        trail.record(TrailKind.UNLOCK, None, user_id=user.pk, whom=user_key(name))
        self.stdout.write(f"{name} can sign in again (counts of failures: {counts}).")


def _address(text: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError:
        raise CommandError(f"{text} is no network address.") from None
