"""CPU that a start takes, beside a bare Django project with the same third-party apps: setup, web, worker, migrate, demo.

    python -m benchmarks.cases.start [--rounds 5] [--demos 1] [--json]

In turns: `django.setup()`; a web server with one worker until it has answered `/readyz`; a Celery worker with one child
until it is ready; `migrate` on an empty database, PostgreSQL's share included; and, in a copy of the files that git
knows, `make demo` until the bank is open, first without an environment (packages come from the caches of this machine), then
again. Seconds of CPU are of a process with all it started; those of the clock are printed for the demo, and worth
something on a quiet machine only.
"""

import argparse
import http.client
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from statistics import median

from benchmarks.cases import bare_project
from benchmarks.cases.common import ENVIRONMENT, Meter, spread
from benchmarks.cases.report import Line, Report, asks_json
from benchmarks.drills.own import free_port
from config.stack.postgres import ROLE, Postgres
from config.stack.valkey import Valkey

ROOT = Path(__file__).resolve().parents[2]
LONGEST_SECONDS = 300
#: What each is held to: times the bare project's, seconds of CPU, seconds of the clock.
GOALS = {
    "django.setup()": "2 times",
    "migrate": "6 s",
    "make demo, first": "15 s of the clock",
    "again": "5 s of the clock",
}
type Figures = dict[str, list[float]]


def main() -> int:
    """Run, print the table, return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--demos", type=int, default=1)
    asks_json(parser)
    words = parser.parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ |= ENVIRONMENT
    with Report("start", words.json) as report, ExitStack() as stack:
        servers = stack.enter_context(running_servers())
        bare = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bank-bare-")))
        from config.settings import base

        bare_project.write(bare, base.INSTALLED_APPS, base.MIDDLEWARE)
        places = {"ours": ROOT, "bare": bare}
        found: dict[str, Figures] = {name: {} for name in places}
        # One more than counts: the first compiles what is not compiled yet, and migrates.
        for turn in range(words.rounds + 1):
            for name, place in places.items():
                keep(found[name] if turn else {}, servers.round(name, place))
        for _ in range(words.demos):
            for name, place in places.items():
                keep(found[name], demos(place, without="" if name == "ours" else "watcher"))
        tell(found["ours"], found["bare"], report)
    return report.status


def keep(found: Figures, more: dict[str, float]) -> None:
    """Add the figures of a round."""
    for name, value in more.items():
        found.setdefault(name, []).append(value)


class Servers:
    """The servers that processes are started against."""

    def __init__(self, postgres: Postgres, valkey: Valkey) -> None:
        self.postgres = postgres
        self.log = postgres.state_dir / "log"
        os.environ |= {"DATABASE_URL": postgres.url, "REDIS_URL": valkey.url}

    def round(self, name: str, place: Path) -> dict[str, float]:
        """Measure each kind of start once, in seconds of CPU."""
        for each in (f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name} OWNER {ROLE}"):
            self.postgres.psql(each)
        os.environ["DATABASE_URL"] = self.postgres.url.replace(f"/{ROLE}?", f"/{name}?")
        port = free_port()
        whole = Meter()
        migrate = self.cpu(place, "manage.py", "migrate", "--verbosity", "0")
        time.sleep(0.5)  # its backend ends a moment after it, and is counted once it has
        return {
            "migrate": whole.microseconds(1) / 1e6,
            "migrate, Python alone": migrate,
            "django.setup()": self.cpu(place, "-c", "import django; django.setup()"),
            "a web process's first answer": self.cpu(
                place, *("-m", "granian", "--interface", "wsgi", "--port", str(port), "config.wsgi:application"),
                until=lambda: answers(port),
            ),
            "a worker": self.cpu(
                place, *("-m", "celery", "-A", "config.celery:app", "worker", "-Q", "default", "-c", "1"),
                *("--without-gossip", "--without-mingle", "--loglevel", "INFO"),
                until=lambda: b"ready." in self.log.read_bytes(),
            ),
        }  # fmt: skip

    def cpu(self, place: Path, *words: str, until: Callable[[], bool] | None = None) -> float:
        """Return what a Python process of a project takes to its end, or until something is true."""
        with self.log.open("wb") as log:
            process = subprocess.Popen([sys.executable, *words], cwd=place, stdout=log, stderr=log)
            if until:
                wait_for(lambda: process.poll() is not None or until())
                seconds = Meter.seconds(process.pid)
                if process.poll() is not None:
                    raise SystemExit(f"{words} ended:\n{self.log.read_text()}")
                process.terminate()
                process.wait()
                return seconds
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{words} failed:\n{self.log.read_text()}")
        return used.ru_utime + used.ru_stime


@contextmanager
def running_servers() -> Iterator[Servers]:
    """Run PostgreSQL and Valkey."""
    with tempfile.TemporaryDirectory(prefix="bank-bench-") as state, ExitStack() as stack:
        yield Servers(stack.enter_context(Postgres(Path(state))), stack.enter_context(Valkey(Path(state))))


def demos(place: Path, *, without: str) -> dict[str, float]:
    """Measure the first `make demo` of a fresh clone of a project, and the second one.

    :param without: see `DEMO_WITHOUT` of the stack.
    """
    found = {}
    with tempfile.TemporaryDirectory(prefix="bank-clone-") as folder:
        clone = Path(folder) / "clone"
        if place == ROOT:
            files = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
            for name in filter(None, files.stdout.split("\0")):
                if (ROOT / name).exists():
                    (clone / name).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy2(ROOT / name, clone / name)
        else:
            shutil.copytree(place, clone, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("make demo, first", "again"):
            settings = {"PORT": str(free_port()), "STATE_DIR": "var/demo", "DEMO_WITHOUT": without}
            environment = os.environ | settings | {"DATABASE_URL": "", "REDIS_URL": ""}
            began = time.monotonic()
            process = subprocess.Popen(["make", "demo"], cwd=clone, env=environment, stdout=subprocess.DEVNULL)
            wait_for(lambda: process.poll() is not None or (clone / "var/demo/demo.json").exists())  # noqa: B023
            found |= {name: Meter.seconds(process.pid), f"{name}, by the clock": time.monotonic() - began}
            if process.poll() is not None:
                raise SystemExit(f"make demo of {place} ended.")
            process.terminate()
            process.wait()
    return found


def wait_for(true: Callable[[], bool]) -> None:
    """Look every twentieth of a second; end the run where it takes too long."""
    deadline = time.monotonic() + LONGEST_SECONDS
    while not true():
        if time.monotonic() > deadline:
            raise SystemExit(f"WRONG RESULT: not there after {LONGEST_SECONDS} s")
        time.sleep(0.05)


def answers(port: int) -> bool:
    """Return whether a web server answers that it is ready."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    with suppress(OSError, http.client.HTTPException):
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.client.OK
    return False


def tell(ours: Figures, bare: Figures, report: Report) -> None:
    """Print the table and hand over its lines."""
    print(f"{'seconds of CPU':<32}{'ours':>20}{'bare':>20}{'ratio':>8}  goal")
    for name, values in ours.items():
        ratio, goal = median(values) / median(bare[name]), GOALS.get(name, "")
        print(f"{name:<32}{spread(values, '.2f'):>20}{spread(bare[name], '.2f'):>20}{ratio:>8.1f}  {goal}")
        report.lines.append(
            Line(f"start: {name}", median(values), "s", median(bare[name]), "bare Django", ratio, goal=goal)
        )
        report.figures |= {name: values, f"{name}, bare": bare[name]}


if __name__ == "__main__":
    sys.exit(main())
