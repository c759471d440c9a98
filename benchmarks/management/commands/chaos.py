import signal
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from benchmarks.bank.client import NoAnswer
from benchmarks.bank.people import NotPrepared
from benchmarks.drills.chaos import NOT_MET
from benchmarks.drills.chaos.breaking import faketime_library
from benchmarks.drills.chaos.observer import PARTS
from benchmarks.drills.chaos.report import readable, report, write
from benchmarks.drills.chaos.run import Run
from benchmarks.drills.processes import Processes
from benchmarks.drills.sandboxed import sandbox_of
from benchmarks.management.commands.simulate_atm import above_zero
from config.kernel.trail.decisions import POLICY_VERSION
from config.oversight.queries.proof import prove

#: Longer holds would leave nothing to fall due in a run.
LONGEST_HOLD_SECONDS = 10


class Command(BaseCommand):
    """Run a bank of a sandbox under faults, and judge it (故障演练).

    Clients pay, cancel and look while processes die, sessions are cut, rows are locked and the clock moves. Every hold's
    history must have an order that explains it, money must be constant in every look, what was acknowledged must be
    there, and each of fifteen named situations must have come about.
    """

    help = "Break a sandbox under traffic and judge what came of it; exit code 1 unless all was as promised, 4 where all was and a situation did not come about."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--demo", type=Path, default=Path("var/demo/demo.json"), help="demo.json of a running demo")
        parser.add_argument("--processes", type=Path, help="its processes.json; beside demo.json by default")
        parser.add_argument("--seconds", type=above_zero, default=60, help="at least so long things are broken")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--into", type=Path, default=Path("var/chaos"), help="where history and report are put")

    def handle(self, *args: Any, **options: Any) -> None:
        answer, processes = checked(options["demo"], options["processes"])
        database = superuser()
        began_at = datetime.now(UTC)
        place = options["into"] / f"seed-{options['seed']}-{began_at:%Y%m%dT%H%M%SZ}"
        place.mkdir(parents=True)
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _told_to_stop)  # through `finally`: what is started beside the bank ends with the run
        run = Run(
            answer,
            database,
            settings.REDIS_CLIENT_URL,
            processes,
            place=place,
            seed=options["seed"],
            hold_seconds=settings.ORDINARY_ARRIVAL_SECONDS,
            say=self.stdout.write,
        )
        try:
            outcome = run.run(options["seconds"])
        except (NoAnswer, NotPrepared) as refused:
            raise CommandError(f"The run was not held: {refused}") from None
        # That of before has ended with the database.
        connection.close()
        about = {
            "began_at": began_at.isoformat(timespec="seconds"),
            **{name: options[name] for name in ("seed", "seconds")},
            "policy": POLICY_VERSION,
            "batch": settings.RELEASE_BATCH_SIZE,
            "clock of a worker": "48 h ahead" if faketime_library() else "not moved: libfaketime is not installed",
        }
        told = report(outcome, {each.invariant.name: each.holds for each in prove()}, about)
        files = write(told, run.history, place)
        self.stdout.write(readable(told))
        self.stdout.write("\n".join(str(each) for each in files))
        if code := exit_code(told):
            raise SystemExit(code)


def exit_code(judged: Mapping[str, Any]) -> int | None:
    """Return how the command ends by its report: None where all was kept and met."""
    if not judged["kept"]:
        return 1
    return NOT_MET if judged["missing"] else None


def checked(demo: Path, pids_file: Path | None) -> tuple[dict[str, Any], Processes]:
    """Return a demo's answer and its processes.

    :raises CommandError: where this is no sandbox of one's own whose processes are kept running.
    """
    answer = sandbox_of(demo, "A bank is run under faults")
    processes = Processes(pids_file or demo.parent / "processes.json")
    try:
        for name in PARTS:
            processes.pid(name)
    except (OSError, ValueError, KeyError):
        raise CommandError(f"{processes.pids_file}: does not name {', '.join(PARTS)}.") from None
    if settings.ORDINARY_ARRIVAL_SECONDS > LONGEST_HOLD_SECONDS:
        raise CommandError(f"Start the bank with BANK_ORDINARY_ARRIVAL_SECONDS of {LONGEST_HOLD_SECONDS} at most.")
    return answer, processes


def superuser() -> dict[str, Any]:
    """Return how psycopg connects to the sandbox's own server as its superuser.

    :raises CommandError: where the server is not reached by a socket, which it is on this machine only.
    """
    place = settings.DATABASES["default"]
    if not str(place["HOST"]).startswith("/"):
        raise CommandError("The database that is broken must be on this machine: DATABASE_URL names no socket.")
    found = {"host": place["HOST"], "port": place["PORT"], "dbname": place["NAME"], "user": "postgres"}
    return {name: value for name, value in found.items() if value}


def _told_to_stop(number: int, _: object) -> None:
    # Once: what ends meanwhile is not to be interrupted again.
    signal.signal(number, signal.SIG_IGN)
    sys.exit(1)
