"""What a drill may touch: a sandbox on this machine, by its database and by what answers at its address."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import CommandError

from benchmarks.bank.client import Bank, KeysMissing, NoAnswer, read_keys
from config.kernel.database.clock import sandbox_installed

LOCAL = {"127.0.0.1", "localhost", "::1"}


def sandbox_of(demo: Path, what: str) -> dict[str, Any]:
    """Return a demo's answer, where its bank is a sandbox on this machine; nothing has been written then.

    A process believes its own `SANDBOX`; the database tells whose clock it has, and the bank at the address answers with
    a sandbox's clock or has no such call.

    :param what: is held in a sandbox only, for the message.
    :raises CommandError: where it is no sandbox, is elsewhere or does not answer.
    """
    if not (settings.SANDBOX and sandbox_installed()):
        raise CommandError(f"{what} in a sandbox only.")
    try:
        answer = read_keys(demo)
        if urlsplit(str(answer.get("base_url"))).hostname not in LOCAL:
            raise CommandError(f"{demo}: `base_url` must name a bank on this machine.")
        with Bank(answer["base_url"], answer["keys"]) as bank:
            clock = bank.once("teller", "GET", "/sandbox/clock")
    except (KeysMissing, NoAnswer, ValueError) as missing:
        raise CommandError(str(missing)) from None
    if clock.status != 200:
        raise CommandError(f"The bank at {answer['base_url']} shows no clock of a sandbox: {clock.label}.")
    return answer
