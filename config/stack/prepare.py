"""Update the demo's database in one process: schema, grants, sandbox clock, persons with their keys.

Run as ``python -m config.stack.prepare KEYS_FILE [no-day]``, as the owner of the tables;
``BANK_APPLICATION_ROLE`` names the bank's role if it is different. It runs several management commands with
one start of Django.
"""

import os
import sys
from pathlib import Path

from config.stack import state


def main(keys_file: str, *without: str) -> None:
    """Migrate, install the sandbox clock, grant, and create missing principals and the small bank.

    For a new bank a first day is simulated, unless that is left out.
    """
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", interactive=False)
    call_command("sandbox_clock", "install")
    if "no-day" not in without:
        call_command("seed_day", "begin")
    if application := os.environ.get("BANK_APPLICATION_ROLE"):
        call_command("grant_application", application)
    call_command("seed_principals", "--keys-file", keys_file)
    for command, file_name in (("seed_bank", state.CUSTOMERS), ("seed_desk_users", state.DESK_USERS)):
        with Path(keys_file).with_name(file_name).open("w") as lines:
            call_command(command, stdout=lines)
    call_command("seed_day", "live", "--keys-file", keys_file)


if __name__ == "__main__":
    main(*sys.argv[1:])
