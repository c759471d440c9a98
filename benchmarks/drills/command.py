"""Base of all drill commands: refuse any bank but a local sandbox, prove the books, write a report."""

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from redis import Redis

from benchmarks.bank.arguments import above_zero
from benchmarks.bank.client import Bank, KeysMissing, NoAnswer, read_keys
from benchmarks.bank.people import NotPrepared
from benchmarks.bank.report import Report
from benchmarks.drills.processes import Processes
from config.kernel.database.clock import sandbox_installed
from config.kernel.database.sql import rows
from config.kernel.trail.decisions import POLICY_VERSION
from config.oversight.queries.proof import prove

#: A drill that moves no clock waits until its holds end by themselves.
LONGEST_HOLD_SECONDS = 10
#: Addresses at which a bank may be broken.
LOCAL = {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True, slots=True)
class Setting:
    """The bank of a drill.

    :ivar answer: the demo's answer file: address and keys.
    :ivar place: folder for further files.
    :ivar options: other options of the command.
    """

    answer: Mapping[str, Any]
    processes: Processes
    place: Path
    options: Mapping[str, Any]


class DrillCommand(BaseCommand):
    """Hold a drill in a sandbox.

    :cvar what: name of the drill for the message that it needs a sandbox.
    :cvar parts: names of the processes that a supervisor must keep running.
    :cvar waits: whether the drill waits for holds, which must then be short.
    :cvar numbers: the drill's own arguments (whole numbers above zero) with defaults and help.
    """

    what: ClassVar[str]
    parts: ClassVar[tuple[str, ...]] = ()
    waits: ClassVar[bool] = False
    numbers: ClassVar[Mapping[str, tuple[int, str]]] = {}
    into: ClassVar[str] = "var/drills"

    def hold(self, setting: Setting) -> Report:
        """Hold the drill and judge it.

        :raises NotPrepared, NoAnswer: when the bank refuses a step that the drill needs.
        """
        raise NotImplementedError

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--demo", type=Path, default=Path("var/demo/demo.json"), help="demo.json of a running demo")
        parser.add_argument("--processes", type=Path, help="its processes.json; next to demo.json by default")
        for name, (default, words) in self.numbers.items():
            parser.add_argument(f"--{name}", type=above_zero, default=default, help=words)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--into", type=Path, default=Path(self.into), help="where the report is put")

    def handle(self, *args: Any, **options: Any) -> None:
        answer = sandbox_of(options["demo"], self.what)
        processes = self._kept_running(options["processes"] or options["demo"].parent / "processes.json")
        if self.waits and settings.ORDINARY_ARRIVAL_SECONDS > LONGEST_HOLD_SECONDS:
            raise CommandError(f"Start the bank with BANK_ORDINARY_ARRIVAL_SECONDS of {LONGEST_HOLD_SECONDS} at most.")
        began_at = datetime.now(UTC)
        name = type(self).__module__.rpartition(".")[2].replace("_", "-")
        place = options["into"] / f"{name}-{began_at:%Y%m%dT%H%M%SZ}"
        place.mkdir(parents=True)
        asked = about(began_at, {name: options[name] for name in (*self.numbers, "seed")})
        try:
            report = self.hold(Setting(answer, processes, place, options))
        except (NoAnswer, NotPrepared) as refused:
            raise CommandError(f"The drill was not held: {refused}") from None
        # The earlier connection may have ended with its server.
        connection.close()
        report.about = {**asked, **report.about}
        report.invariants = {each.invariant.name: each.holds for each in prove()}
        files = report.write(place)
        self.stdout.write(report.readable())
        self.stdout.write("\n".join(str(each) for each in files))
        if code := report.exit_code:
            raise SystemExit(code)

    def _kept_running(self, pids_file: Path) -> Processes:
        """Return the bank's processes.

        :raises CommandError: when a process that the drill needs is missing.
        """
        processes = Processes(pids_file)
        try:
            for name in self.parts:
                processes.pid(name)
        except (OSError, ValueError, KeyError):
            raise CommandError(f"{pids_file}: does not name {', '.join(self.parts)}.") from None
        return processes


def about(began_at: datetime, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return arguments, versions and settings of a drill for its report."""
    with Redis.from_url(settings.REDIS_CLIENT_URL) as redis:
        cache: Any = redis.info("server")
    return {
        "began_at": began_at.isoformat(timespec="seconds"),
        **asked,
        "policy": POLICY_VERSION,
        "python": platform.python_version(),
        **{name: version(name) for name in ("django", "celery", "psycopg")},
        "postgresql": rows("SHOW server_version")[0]["server_version"],
        "cache": f"{cache.get('server_name', 'redis')} {cache.get('valkey_version', cache['redis_version'])}",
        "watcher_grace_ms": settings.WATCHER_GRACE_MILLISECONDS,
        "batch": settings.RELEASE_BATCH_SIZE,
    }


def sandbox_of(demo: Path, what: str) -> dict[str, Any]:
    """Return a demo's answer file if its bank is a sandbox on this machine; write nothing.

    The setting `SANDBOX` of this process is not enough. The database must have a sandbox's clock, and the bank at the
    address must answer with a sandbox's clock.

    :param what: name of the drill for the message.
    :raises CommandError: when it is no sandbox, on another machine, or does not answer.
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
