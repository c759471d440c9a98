"""Tools for benchmarks: CPU of processes, pgbench, work in turns, processes that work on request."""

import multiprocessing
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from config.stack.postgres import ROLE, binaries

#: Begins a part of the work with its name and length; returns the function to call with the amount done.
type Begin = Callable[[str, int], Callable[[int], None]]


class Pgbench:
    """The yardstick: pgbench on the same server, with its TPC-B in a separate database.

    At scale 50, eight clients rarely wait for the row of the same branch.

    :param sockets: directory of the server's socket.
    """

    def __init__(self, sockets: Path, *, scale: int = 50) -> None:
        self.sockets = sockets
        self._run("createdb", "pgbench")
        self._run("pgbench", "--initialize", "--quiet", "--scale", str(scale), "pgbench")

    def tpcb(self, seconds: int, *, clients: int) -> tuple[float, float]:
        """Return transactions per second of a run, and CPU microseconds of each, pgbench included."""
        meter = Meter()
        found, _ = self._rate("pgbench", seconds, clients, "--builtin", "tpcb-like")
        return found, meter.microseconds(found * seconds)

    def file(self, script: Path, seconds: int, *, database: str, clients: int, accounts: int) -> tuple[float, int]:
        """Return transactions per second of a script, and the number of transactions."""
        words = ["--file", str(script), "--protocol", "prepared", f"--define=accounts={accounts}"]
        return self._rate(database, seconds, clients, *words)

    def _rate(self, database: str, seconds: int, clients: int, *words: str) -> tuple[float, int]:
        fixed = ["--no-vacuum", "--client", str(clients), "--jobs", str(min(2, clients)), "--time", str(seconds)]
        printed = self._run("pgbench", *words, *fixed, database)
        time.sleep(0.5)  # the clients' server processes end a moment later and count only then
        found = re.search(r"^tps = ([0-9.]+)", printed, re.MULTILINE)
        number = re.search(r"^number of transactions actually processed: ([0-9]+)", printed, re.MULTILINE)
        if found is None or number is None or "failed transactions: 0 " not in printed:
            raise SystemExit(f"pgbench printed no rate:\n{printed}")
        return float(found[1]), int(number[1])

    def _run(self, program: str, *words: str) -> str:
        environment = {**os.environ, "PGHOST": str(self.sockets), "PGUSER": ROLE}
        done = subprocess.run(
            [binaries() / program, *words], env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SystemExit(f"{program} failed:\n{done.stderr}")
        return done.stdout


class Meter:
    """CPU time of processes with their descendants and servers; other load on the machine does not distort it.

    :param pids: process ids; by default this process.
    """

    def __init__(self, *pids: int | None) -> None:
        self.pids = [pid for pid in pids if pid] or [os.getpid()]
        self.before, self.began = self._all(), time.perf_counter()

    def spent(self) -> float:
        """Return the seconds of CPU since the start."""
        return self._all() - self.before

    def seconds(self) -> float:
        """Return the elapsed seconds since the start."""
        return time.perf_counter() - self.began

    def microseconds(self, operations: float) -> float:
        """Return the CPU time per operation since the start."""
        return self.spent() / (operations or 1) * 1e6

    def _all(self) -> float:
        return sum(self.of(pid) for pid in self.pids)

    @staticmethod
    def of(pid: int) -> float:
        """Return the CPU time of a process and its descendants since each began."""
        children: dict[int, list[int]] = {}
        ticks: dict[int, int] = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    fields = (entry / "stat").read_text().rpartition(")")[2].split()
                except OSError:
                    continue
                children.setdefault(int(fields[1]), []).append(int(entry.name))
                # Its own time, and that of children that have ended.
                ticks[int(entry.name)] = sum(map(int, fields[11:15]))
        found, todo = 0, [pid]
        while todo:
            each = todo.pop()
            found += ticks.get(each, 0)
            todo += children.get(each, [])
        return found / os.sysconf("SC_CLK_TCK")


def in_turns[Way](ways: Mapping[str, Way] | Sequence[tuple[str, Way]], rounds: int) -> Iterator[tuple[int, str, Way]]:
    """Yield each way once a round, in an order that rotates; round 0 is a warm-up."""
    every = list(ways.items() if isinstance(ways, Mapping) else ways)
    for number in range(rounds + 1):
        for at in range(len(every)):
            yield number, *every[(number + at) % len(every)]


@contextmanager
def progress_bars() -> Iterator[Begin]:
    """Display progress bars for the parts of a work."""
    console = Console(width=None if sys.stdout.isatty() else 120)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bars:

        def begin(name: str, total: int) -> Callable[[int], None]:
            bar = bars.add_task(name, total=total)
            return lambda done: bars.advance(bar, done)

        yield begin


class Child:
    """A separate process that works on request.

    :param module: module whose `begin` is called there with the arguments and returns the function that works. Django
        is set up before its import unless it does that itself..
    :param environment: further variables of its environment.
    """

    def __init__(
        self, module: str, *given: Any, environment: Mapping[str, str] | None = None, sets_up: bool = False
    ) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(
            target=_work, args=(theirs, module, given, environment or {}, sets_up), daemon=True
        )
        self.process.start()
        theirs.close()  # otherwise recv() would wait for a process that has ended
        self.ready: Any = self.pipe.recv()

    @property
    def pid(self) -> int:
        """Return its process id."""
        return self.process.pid or 0

    def begin(self, *words: Any) -> None:
        """Send a request without waiting for the result."""
        self.pipe.send(words)

    def answer(self) -> Any:
        """Wait for the result of the request and return it."""
        return self.pipe.recv()

    def ask(self, *words: Any) -> Any:
        """Send a request and return its result."""
        self.begin(*words)
        return self.answer()

    def end(self) -> None:
        """End the process."""
        self.pipe.send(None)
        self.process.join()


def _work(pipe: Any, module: str, given: tuple[Any, ...], environment: Mapping[str, str], sets_up: bool) -> None:
    os.environ |= environment
    if not sets_up:
        import django

        django.setup()
    ready, work = import_module(module).begin(*given)
    pipe.send(ready)
    while (words := pipe.recv()) is not None:
        pipe.send(work(*words))
