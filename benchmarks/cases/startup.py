"""CPU of a start against a bare Django project with the same apps: setup, web, worker, migrate, demo.

    python -m benchmarks startup [--rounds 5] [--demos 1] [--json]

The steps in turns are: `django.setup()`; a web server with one worker until it answers `/readyz`; a Celery worker
with one child until it is ready; `migrate` on an empty database, with PostgreSQL's share; and, in a copy of the
tracked files, `make demo` until the bank is open, first without an environment (packages come from this machine's
caches), then again. Seconds of CPU include descendants. Elapsed seconds are printed for the demo and are reliable
only on an idle machine.
"""

import http.client
import os
import shutil
import subprocess
import sys
import tempfile
import time
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from benchmarks.bank.report import Measurement, Report
from benchmarks.cases import bare_project
from benchmarks.cases.banks import ENVIRONMENT, url_of
from benchmarks.cases.common import Meter
from benchmarks.drills.temporary_bank import free_port
from config.stack.demo import ROOT
from config.stack.postgres import ROLE, Postgres
from config.stack.process import wait_until
from config.stack.valkey import Valkey

LONGEST_SECONDS = 300
BY_THE_CLOCK = ", by the clock"
#: Goals: maximum multiple of the bare project's CPU; seconds of CPU; elapsed seconds.
GOAL_TIMES = {"django.setup()": 2}
GOAL_SECONDS = {"migrate": 6, f"make demo, first{BY_THE_CLOCK}": 15, f"again{BY_THE_CLOCK}": 5}
type Figures = dict[str, list[float]]


def measure(words: Namespace, report: Report, _: object) -> None:
    """Start both projects in turns."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ |= ENVIRONMENT
    found: dict[str, Figures] = {"ours": {}, "bare": {}}

    def keep(name: str, more: dict[str, float]) -> None:
        for what, value in more.items():
            found[name].setdefault(what, []).append(value)

    with ExitStack() as stack:
        servers = stack.enter_context(running_servers())
        bare = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bank-bare-")))
        from config.settings import base

        bare_project.write(bare, base.INSTALLED_APPS, base.MIDDLEWARE)
        places = {"ours": ROOT, "bare": bare}
        # One round more than counted: the first one compiles files and migrates.
        for turn in range(words.rounds + 1):
            for name, place in places.items():
                taken = servers.round(name, place)
                if turn:
                    keep(name, taken)
        for _ in range(words.demos):
            for name, place in places.items():
                keep(name, demos(place, without="" if name == "ours" else "watcher"))
    for what, ours in found["ours"].items():
        times, seconds = GOAL_TIMES.get(what), GOAL_SECONDS.get(what)
        unit = "s" if what.endswith(BY_THE_CLOCK) else "s of CPU"
        report.lines.append(
            Measurement(
                f"start: {what}", ours, unit, found["bare"][what], "bare Django", most=times or seconds,
                absolute=times is None,
            )
        )  # fmt: skip


class Servers:
    """The servers for the measured processes."""

    def __init__(self, postgres: Postgres, valkey: Valkey) -> None:
        self.postgres = postgres
        self.log = postgres.state_dir / "log"
        os.environ |= {"DATABASE_URL": postgres.url, "REDIS_URL": valkey.url}

    def round(self, name: str, place: Path) -> dict[str, float]:
        """Measure each kind of start once, in seconds of CPU."""
        for each in (f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name} OWNER {ROLE}"):
            self.postgres.psql(each)
        os.environ["DATABASE_URL"] = url_of(self.postgres, name)
        port = free_port()
        whole = Meter()
        migrate = self.cpu(place, "manage.py", "migrate", "--verbosity", "0")
        time.sleep(0.5)  # its server process ends a moment later and counts only then
        return {
            "migrate": whole.spent(),
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
        """Return the CPU of a Python process of a project until its end, or until a condition is true."""
        with self.log.open("wb") as log:
            process = subprocess.Popen([sys.executable, *words], cwd=place, stdout=log, stderr=log)
            if until:
                wait_for(lambda: process.poll() is not None or until())
                seconds = Meter.of(process.pid)
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
    found: dict[str, float] = {}
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
            found |= {name: Meter.of(process.pid), f"{name}{BY_THE_CLOCK}": time.monotonic() - began}
            if process.poll() is not None:
                raise SystemExit(f"make demo of {place} ended.")
            process.terminate()
            process.wait()
    return found


def wait_for(true: Callable[[], bool]) -> None:
    """Wait until a condition is true; abort the run if it takes too long."""
    if not wait_until(true, seconds=LONGEST_SECONDS):
        raise SystemExit(f"WRONG RESULT: not there after {LONGEST_SECONDS} s")


def answers(port: int) -> bool:
    """Return whether a web server answers that it is ready."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    with suppress(OSError, http.client.HTTPException):
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.client.OK
    return False
