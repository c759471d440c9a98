import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from redis import Redis

from benchmarks.bank.client import Bank
from benchmarks.drills.processes import Processes, empty_broker, is_broker_of
from benchmarks.drills.release import PARTS, Drill, DrillStopped
from benchmarks.drills.release_report import readable, report, write
from benchmarks.drills.sandboxed import sandbox_of
from benchmarks.management.commands.simulate_atm import above_zero
from config.kernel.database.sql import rows
from config.kernel.trail.decisions import POLICY_VERSION
from config.oversight.queries.proof import prove
from transfers.queries.heartbeats import parts_seen
from transfers.vocabulary import Part


class Command(BaseCommand):
    """Hold a drill of releases in a sandbox, and write its evidence (到期入账演练).

    Transfers that a machine accepted fall due while the broker is emptied and everything that releases is killed. What
    keeps the processes running brings them back; the drill waits until all is released, and proves it.
    """

    help = "Break a sandbox while held transfers fall due; exit code 1 unless all was released once, none early."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--demo", type=Path, default=Path("var/demo/demo.json"), help="demo.json of a running demo")
        parser.add_argument("--processes", type=Path, help="its processes.json; beside demo.json by default")
        parser.add_argument("--seconds", type=above_zero, default=20, help="for so long transfers fall due")
        parser.add_argument("--rate", type=above_zero, default=50, help="so many a second")
        parser.add_argument("--seed", type=int, default=7)
        parser.add_argument("--into", type=Path, default=Path("var/drills"), help="where the evidence is put")

    def handle(self, *args: Any, **options: Any) -> None:
        found = sandbox_of(options["demo"], "A drill of releases is held")
        processes = Processes(options["processes"] or options["demo"].parent / "processes.json")
        try:
            for name in PARTS:
                processes.pid(name)
        except (OSError, ValueError, KeyError):
            raise CommandError(f"{processes.pids_file}: does not name {', '.join(PARTS)}.") from None
        if not is_broker_of(processes, settings.REDIS_CLIENT_URL):
            raise CommandError("The broker of this environment is not that bank's.")
        began_at = datetime.now(UTC)
        drill = Drill(
            Bank(found["base_url"], found["keys"]),
            seconds=options["seconds"],
            rate=options["rate"],
            seed=options["seed"],
            break_all=lambda: break_all(processes),
            parts_back=parts_back,
        )
        try:
            evidence = drill.run()
        except DrillStopped as stopped:
            raise CommandError(f"The drill was not held: {stopped}") from None
        asked = {name: options[name] for name in ("seconds", "rate", "seed")}
        told = report(evidence, {each.invariant.name: each.holds for each in prove()}, about(began_at, asked))
        files = write(told, evidence, options["into"] / f"release-drill-{began_at:%Y%m%dT%H%M%SZ}")
        self.stdout.write(readable(told))
        self.stdout.write("\n".join(str(each) for each in files))
        if not told["kept"]:
            raise SystemExit(1)


def break_all(processes: Processes) -> Sequence[str]:
    """Kill everything that releases and empty the broker, twice: what was sent meanwhile is gone, too."""
    keys = empty_broker(settings.REDIS_CLIENT_URL)
    killed = processes.kill(*PARTS)
    keys += empty_broker(settings.REDIS_CLIENT_URL)
    return [
        f"the broker is emptied (FLUSHALL), {keys} keys",
        f"{', '.join(PARTS)} are killed (SIGKILL), {killed} processes",
    ]


def parts_back(seconds: float) -> bool:
    """Say whether watcher and dispatch, which beat sends and a release worker does, were seen within so many seconds."""
    seen = {row["part"] for row in parts_seen() if row["age"] < seconds}
    return {Part.WATCHER.value, Part.DISPATCH.value} <= seen


def about(began_at: datetime, asked: dict[str, Any]) -> dict[str, Any]:
    """Return by what the drill was held: versions, settings, and how it was asked for."""
    with Redis.from_url(settings.REDIS_CLIENT_URL) as redis:
        broker: Any = redis.info("server")
    return {
        "began_at": began_at.isoformat(timespec="seconds"),
        **asked,
        "policy": POLICY_VERSION,
        "python": platform.python_version(),
        **{name: version(name) for name in ("django", "celery", "psycopg")},
        "postgresql": rows("SHOW server_version")[0]["server_version"],
        "broker": f"{broker.get('server_name', 'redis')} {broker.get('valkey_version', broker['redis_version'])}",
        "watcher_grace_ms": settings.WATCHER_GRACE_MILLISECONDS,
        "batch": settings.RELEASE_BATCH_SIZE,
    }
