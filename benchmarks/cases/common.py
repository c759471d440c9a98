"""What every benchmark stands on: a server of its own, a migrated bank, pgbench beside it."""

import base64
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from config.stack.postgres import Postgres, binaries
from config.stack.valkey import Valkey

ENVIRONMENT = {
    "DJANGO_SETTINGS_MODULE": "config.settings.local",
    # One role does everything here, which outside a sandbox no process would start under.
    "SANDBOX": "1",
    "BANK_SECRET_KEY": "only-for-benchmarks-" + "0123456789" * 5,
    "BANK_FIELD_KEYS": f"1:{base64.b64encode(bytes(range(32))).decode()}",
    "BANK_INDEX_KEY": base64.b64encode(bytes(range(32, 64))).decode(),
    "BANK_STATEMENT_TIMEOUT": "300s",
}


@contextmanager
def bank(*, broker: bool = False) -> Iterator[Postgres]:
    """Start PostgreSQL (and Valkey), migrate a bank in it, and let Django use it."""
    state = Path(tempfile.mkdtemp(prefix="bank-bench-"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, state, ignore_errors=True)
        postgres = stack.enter_context(Postgres(state))
        os.environ.update(ENVIRONMENT)
        os.environ["DATABASE_URL"] = postgres.url
        os.environ["REDIS_URL"] = stack.enter_context(Valkey(state)).url if broker else "redis://127.0.0.1:1/0"

        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", interactive=False, verbosity=0)
        yield postgres


def past_the_guards(tables: str, *statements: str) -> str:
    """Return a script that writes to some tables with their triggers asleep: stock that no ledger brought.

    :param tables: their names, with blanks between them.
    """
    asleep, awake = (
        [f"ALTER TABLE {table} {verb} TRIGGER USER" for table in tables.split()] for verb in ("DISABLE", "ENABLE")
    )
    return ";\n".join(
        each.strip().rstrip(";") for each in (*asleep, *statements, "SET CONSTRAINTS ALL IMMEDIATE", *awake)
    )


class Pgbench:
    """The yardstick: pgbench on the same server, its TPC-B in a database of its own.

    Scale 50 keeps eight clients from waiting for one branch's row.

    :param sockets: where the server listens.
    """

    def __init__(self, sockets: Path, *, scale: int = 50) -> None:
        self.sockets = sockets
        self._run("createdb", "pgbench")
        self._run("pgbench", "--initialize", "--quiet", "--scale", str(scale), "pgbench")

    def tpcb(self, seconds: int, *, clients: int) -> tuple[float, float]:
        """Return the transactions per second of a run, and the CPU microseconds of each, pgbench's included."""
        meter = Meter()
        found, _ = self._rate("pgbench", seconds, clients, "--builtin", "tpcb-like")
        time.sleep(0.5)  # the clients' backends end a moment after them, and are counted once they have
        return found, meter.microseconds(found * seconds)

    def file(
        self, script: Path, seconds: int, *, database: str, clients: int, protocol: str = "simple", **variables: int
    ) -> tuple[float, int]:
        """Return the transactions per second of a script of ours, and how many there were."""
        words = ["--file", str(script), "--protocol", protocol]
        words += [f"--define={name}={value}" for name, value in variables.items()]
        found = self._rate(database, seconds, clients, *words)
        time.sleep(0.5)  # as above
        return found

    def _rate(self, database: str, seconds: int, clients: int, *words: str) -> tuple[float, int]:
        fixed = ["--no-vacuum", "--client", str(clients), "--jobs", str(min(2, clients)), "--time", str(seconds)]
        return rate(self._run("pgbench", *words, *fixed, database))

    def _run(self, program: str, *words: str) -> str:
        environment = {**os.environ, "PGHOST": str(self.sockets), "PGUSER": "bank"}
        done = subprocess.run(
            [binaries() / program, *words], env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SystemExit(f"{program} failed:\n{done.stderr}")
        return done.stdout


def rate(printed: str) -> tuple[float, int]:
    """Return the transactions per second that pgbench printed, and their number."""
    found = re.search(r"^tps = ([0-9.]+)", printed, re.MULTILINE)
    number = re.search(r"^number of transactions actually processed: ([0-9]+)", printed, re.MULTILINE)
    if found is None or number is None or "failed transactions: 0 " not in printed:
        raise SystemExit(f"pgbench printed no rate:\n{printed}")
    return float(found[1]), int(number[1])


def progress(console: Console) -> Progress:
    """Return bars of what is being made."""
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
    )


def spread(values: list[float], form: str = ".0f") -> str:
    """Return a median with its range, as a person reads it."""
    return f"{median(values):{form}} [{min(values):{form}}-{max(values):{form}}]"


class Meter:
    """CPU time of a process and all it started, servers too: what a busy machine does not distort.

    :param pid: this process unless another is named.
    """

    def __init__(self, pid: int | None = None) -> None:
        self.pid = os.getpid() if pid is None else pid
        self.before = self.seconds(self.pid)

    def microseconds(self, operations: float) -> float:
        """Return the CPU time per operation since the start."""
        return (self.seconds(self.pid) - self.before) / operations * 1e6

    @staticmethod
    def seconds(pid: int) -> float:
        """Return the CPU time of a process and all it started since each began."""
        children: dict[int, list[int]] = {}
        ticks: dict[int, int] = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    fields = (entry / "stat").read_text().rpartition(")")[2].split()
                except OSError:
                    continue
                children.setdefault(int(fields[1]), []).append(int(entry.name))
                # Its own time, and that of children which have ended.
                ticks[int(entry.name)] = sum(map(int, fields[11:15]))
        found, todo = 0, [pid]
        while todo:
            each = todo.pop()
            found += ticks.get(each, 0)
            todo += children.get(each, [])
        return found / os.sysconf("SC_CLK_TCK")
