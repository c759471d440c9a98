import signal
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from benchmarks.bank.report import Report
from benchmarks.drills.chaos.faults import faketime_library
from benchmarks.drills.chaos.observer import PARTS
from benchmarks.drills.chaos.run import Run, report
from benchmarks.drills.command import DrillCommand, Setting


class Command(DrillCommand):
    """Run a sandbox bank under faults, and judge it (故障演练).

    Clients pay, cancel and read while processes are killed, sessions are cut, rows are locked and the clock moves.
    The history of every hold must be explained by some order, money must be constant in every observation,
    acknowledged transfers must exist, and each of fifteen named situations must have occurred.
    """

    help = "Break a sandbox under traffic and judge the outcome; exit code 1 for a broken promise, 4 if every promise was kept but a required situation did not occur."
    what = "A bank is run under faults"
    parts = PARTS
    waits = True
    numbers = {"seconds": (60, "minimum time in which faults occur")}
    into = "var/chaos"

    def hold(self, setting: Setting) -> Report:
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _stop)  # runs `finally`: additional programs end with the run
        run = Run(
            setting.answer,
            superuser(),
            settings.REDIS_CLIENT_URL,
            setting.processes,
            place=setting.place,
            seed=setting.options["seed"],
            hold_seconds=settings.ORDINARY_ARRIVAL_SECONDS,
            say=self.stdout.write,
        )
        clock = "48 h ahead" if faketime_library() else "not moved: libfaketime is not installed"
        return report(run.run(setting.options["seconds"]), run.history, {"clock of a worker": clock})


def superuser() -> dict[str, Any]:
    """Return the connection arguments of psycopg for the superuser of the sandbox's own server.

    :raises CommandError: when the server is not reached by a socket, because only a socket proves that it is on this
        machine.
    """
    place = settings.DATABASES["default"]
    if not str(place["HOST"]).startswith("/"):
        raise CommandError("The database that is broken must be on this machine: DATABASE_URL names no socket.")
    found = {"host": place["HOST"], "port": place["PORT"], "dbname": place["NAME"], "user": "postgres"}
    return {name: value for name, value in found.items() if value}


def _stop(number: int, _: object) -> None:
    # Once only: the end of the run must not be interrupted again.
    signal.signal(number, signal.SIG_IGN)
    sys.exit(1)
