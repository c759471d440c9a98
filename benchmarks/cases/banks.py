"""Banks for measuring: one migrated database on a temporary server, or all processes of a demo."""

import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit
from urllib.request import urlopen

from benchmarks.drills.processes import Processes
from benchmarks.drills.temporary_bank import free_port, running_bank
from config.stack.demo import ROOT
from config.stack.postgres import DATABASE, ROLE, Postgres
from config.stack.process import wait_until
from config.stack.state import ANSWER, OWNER, PIDS, read_shell_lines

ENVIRONMENT = {
    "DJANGO_SETTINGS_MODULE": "config.settings.local",
    # One database role does everything here; outside a sandbox no process would start under it.
    "SANDBOX": "1",
    "BANK_SECRET_KEY": "only-for-benchmarks-" + "0123456789" * 5,
    "BANK_FIELD_KEYS": f"1:{base64.b64encode(bytes(range(32))).decode()}",
    "BANK_INDEX_KEY": base64.b64encode(bytes(range(32, 64))).decode(),
    "BANK_STATEMENT_TIMEOUT": "300s",
    "REDIS_URL": "redis://127.0.0.1:1/0",
}
#: Seconds until an ordinary transfer arrives in a whole bank.
HOLD_SECONDS = 5
THREADS = "512"


@contextmanager
def database() -> Iterator[Postgres]:
    """Start PostgreSQL, create a migrated bank in it, and connect Django to it."""
    state = Path(tempfile.mkdtemp(prefix="bank-bench-"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, state, ignore_errors=True)
        postgres = stack.enter_context(Postgres(state))
        os.environ |= ENVIRONMENT | {"DATABASE_URL": postgres.url}
        stack.enter_context(django_set_up(migrated=True))
        yield postgres


@dataclass(frozen=True, slots=True)
class WholeBank:
    """All processes of a demo.

    :ivar url: address of the database for the owner of the tables, who may write rows without a ledger.
    """

    url: str
    port: int
    processes: Processes


@contextmanager
def whole_bank() -> Iterator[WholeBank]:
    """Start all processes of a demo without a simulated day; connect Django as the owner of the tables."""
    settings = {"DEMO_WITHOUT": "day", "BANK_ORDINARY_ARRIVAL_SECONDS": str(HOLD_SECONDS)}
    with running_bank(settings, quiet=True) as (place, environment):
        url = read_shell_lines(place / OWNER)["DATABASE_URL"]
        os.environ |= environment | {"DATABASE_URL": url, "BANK_STATEMENT_TIMEOUT": "300s"}
        port = urlsplit(json.loads((place / ANSWER).read_text())["base_url"]).port or 80
        with django_set_up():
            yield WholeBank(url, port, Processes(place / PIDS))


@contextmanager
def django_set_up(*, migrated: bool = False) -> Iterator[None]:
    """Set up Django on the database of the environment; close its connections at the end."""
    import django
    from django.core.management import call_command
    from django.db import connections

    django.setup()
    if migrated:
        call_command("migrate", interactive=False, verbosity=0)
    yield
    connections.close_all()


def url_of(postgres: Postgres, name: str) -> str:
    """Return the address of another database on a server."""
    return postgres.url.replace(f"/{DATABASE}?", f"/{name}?")


def copy_bank(postgres: Postgres, name: str, *, of: str = DATABASE) -> None:
    """Copy a bank's database on the same server; the source must have no connections."""
    from django.db import connections

    connections.close_all()
    postgres.psql(f"DROP DATABASE IF EXISTS {name}")
    postgres.psql(f"CREATE DATABASE {name} TEMPLATE {of} OWNER {ROLE}")


class Web:
    """The web server as the demo runs it, on a free port.

    :param name: name of the bank's database on the server.
    :param more: further variables of its environment.
    """

    def __init__(self, postgres: Postgres, name: str = DATABASE, *, more: Mapping[str, str] | None = None) -> None:
        self.environment = os.environ | {"DATABASE_URL": url_of(postgres, name)} | dict(more or {})
        self.port = free_port()
        self.command = [
            sys.executable, "-m", "granian", "--interface", "wsgi", "config.wsgi:application", "--host", "127.0.0.1",
            "--port", str(self.port), "--workers", "2", "--blocking-threads", THREADS,
            "--backpressure", THREADS, "--no-ws", "--http", "1", "--log-level", "warning",
        ]  # fmt: skip

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(
            self.command, cwd=ROOT, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        if not wait_until(self._answers, seconds=60):
            self.__exit__()
            raise RuntimeError("the web server did not start")
        return self

    def _answers(self) -> bool:
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=1):
                return True
        except OSError:
            return False

    def __exit__(self, *failure: object) -> None:
        self.process.terminate()
        self.process.wait(20)
