"""A complete demo bank on one machine, started by one command."""

import base64
import contextlib
import hmac
import http.client
import os
import shlex
import shutil
import signal
import sys
import time
from pathlib import Path

from config.first_version import OLDER, RECORDED
from config.stack import state
from config.stack.postgres import APPLICATION, DATABASE, Postgres
from config.stack.process import Process, StackError, private_directory, say
from config.stack.supervisor import Stopped, Supervisor
from config.stack.valkey import Valkey


class Parent:
    """The process that started this one, usually make.

    A terminal sends Ctrl-C to make and to this process alike. make does not pass on a SIGINT that was sent to it
    alone: it only stops catching it and waits for this process forever. This state is visible from outside, and
    so is the death of make.
    """

    def __init__(self) -> None:
        self.pid = os.getppid()
        self.is_make = self.read("comm").strip() in {"make", "gmake"}
        self.caught = self.catches(signal.SIGINT)

    def gave_up(self) -> bool:
        """Return whether make was interrupted or killed; other parents are not watched."""
        if not self.is_make:
            return False
        return os.getppid() != self.pid or (self.caught and not self.catches(signal.SIGINT))

    def catches(self, number: signal.Signals) -> bool:
        """Return whether the parent has a handler for the signal."""
        for line in self.read("status").splitlines():
            name, _, mask = line.partition(":")
            if name == "SigCgt":
                return bool(int(mask, 16) >> (number - 1) & 1)
        return False

    def read(self, name: str) -> str:
        """Return one of the kernel's files about the parent; empty if it is unreadable."""
        try:
            return Path(f"/proc/{self.pid}/{name}").read_text()
        except OSError:
            return ""


ROOT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
READY_SECONDS = 60
SETTLED_SECONDS = 1.5  # a process that cannot work has ended by then
LARGEST_LOG_BYTES = 16 * 1024 * 1024


class Demo:
    """One demo bank: directory, port and processes.

    :param state_dir: contains all of its data
    :param port: of the web server on the loopback address
    :param without: parts to leave out: ``celery``, ``watcher``, ``day`` (the simulated first day of a new bank)
    """

    def __init__(self, state_dir: Path, port: int, *, without: frozenset[str] = frozenset()) -> None:
        self.state_dir = state_dir.resolve()
        self.port = port
        self.without = without
        self.base_url = f"http://{HOST}:{port}"
        self.bank_code = os.environ.get("BANK_CODE") or "DEMOBANK"
        self.sockets: list[Path] = []
        # Environment of the preparation, which runs as the tables' owner; empty for an external database.
        self.owner: dict[str, str] = {}

    def run(self) -> None:
        """Start everything, print the addresses, and keep it running until a stop is requested."""
        began = time.monotonic()
        lock = state.lock(self.state_dir)
        port = state.reserve_port(self.port)
        rotate_logs(self.state_dir / "logs")
        (self.state_dir / state.ANSWER).unlink(missing_ok=True)
        supervisor = Supervisor(self.state_dir / state.PIDS, keep_open=[lock], gave_up=Parent().gave_up)
        try:
            self.start(supervisor)
            self.tell(time.monotonic() - began)
            supervisor.watch()
        except Stopped:
            say("Stopping.")
        finally:
            self.end(supervisor)
            port.close()
            os.close(lock)
        say("Stopped; the data stays. make demo starts it again, make demo-reset begins anew.")

    def start(self, supervisor: Supervisor) -> None:
        """Start servers, prepare the database, start the bank's processes, and wait until the bank is ready."""
        for name in (state.ANSWER, state.ENVIRONMENT, state.OWNER, state.PIDS):
            supervisor.guardian.tell("remove", self.state_dir / name)
        environment = self.start_servers(supervisor)
        state.write_private(self.state_dir / state.ENVIRONMENT, state.shell_lines(environment))
        if self.owner:
            owner = environment | {"DATABASE_URL": self.owner["DATABASE_URL"]}
            state.write_private(self.state_dir / state.OWNER, state.shell_lines(owner))
        keys = self.state_dir / state.KEYS
        prepare = self.process(
            "prepare", "config.stack.prepare", keys, *self.beginning(), environment=environment | self.owner
        )
        supervisor.run(prepare)
        supervisor.stage(*self.processes(environment))
        supervisor.wait_for(
            lambda: supervisor.all_well(for_seconds=SETTLED_SECONDS) and self.ready(),
            what="The bank was not ready",
            seconds=READY_SECONDS,
        )
        state.write_answer(self.state_dir, base_url=self.base_url, bank_code=self.bank_code)

    def beginning(self) -> tuple[str, ...]:
        """Return the parts that a new bank starts without."""
        return ("no-day",) if "day" in self.without else ()

    def start_servers(self, supervisor: Supervisor) -> dict[str, str]:
        """Start PostgreSQL and Valkey unless other servers are configured; return the bank's environment."""
        environment = {
            "DJANGO_SETTINGS_MODULE": "config.settings.local",
            "SANDBOX": "1",
            "BANK_CODE": self.bank_code,
            "BANK_NAME": os.environ.get("BANK_NAME") or "示范银行",
            "DATABASE_URL": os.environ.get("DATABASE_URL", ""),
            "REDIS_URL": os.environ.get("REDIS_URL", ""),
            **({"BROKER_URL": os.environ["BROKER_URL"]} if os.environ.get("BROKER_URL") else {}),
        }
        postgres = None if environment["DATABASE_URL"] else Postgres(self.state_dir)
        valkey = None if environment["REDIS_URL"] else Valkey(self.state_dir)
        if valkey:
            self.sockets.append(valkey.sockets)
            supervisor.guardian.tell("remove", valkey.sockets)
            valkey.launch()
            supervisor.adopt(valkey.process)
            environment["REDIS_URL"] = valkey.url
        if postgres:
            self.sockets.append(postgres.sockets)
            supervisor.guardian.tell("remove", postgres.sockets)
            fresh = postgres.launch()
            supervisor.adopt(postgres.process)
            postgres.wait_ready()
            if fresh:
                postgres.create_database()
            elif is_older(postgres):
                raise StackError(
                    f"The bank in {shown(self.state_dir)} is older than the first version and was left as it is: "
                    "forget it with make demo-reset, or name another place with STATE_DIR."
                )
            postgres.ensure_roles()
            environment["DATABASE_URL"] = postgres.application_url
            self.owner = {"DATABASE_URL": postgres.url, "BANK_APPLICATION_ROLE": APPLICATION}
        environment |= state.secret_environment(self.state_dir)
        if valkey:
            valkey.wait_ready()
        supervisor.check()
        return environment

    def processes(self, environment: dict[str, str]) -> list[Process]:
        """Return the processes of the bank."""

        def celery(name: str, *words: str | Path) -> Process:
            app = ("-A", "config.celery:app")
            return self.process(name, "celery", *app, *words, environment=environment)

        parts = [
            self.process(
                "web",
                "granian",
                *("--interface", "wsgi", "--host", HOST, "--port", str(self.port)),
                *("--workers", "2", "--blocking-threads", "512", "--backpressure", "512", "--no-ws", "--http", "1"),
                *("--respawn-failed-workers", "--respawn-interval", "10", "--workers-kill-timeout", "5"),
                "--no-access-log",
                "config.wsgi:application",
                environment=environment,
            )
        ]
        if "celery" not in self.without:
            quiet = ("--without-gossip", "--without-mingle")
            parts += [
                celery("release", "worker", "-Q", "release", "-c", "2", "-n", "release@%h", *quiet),
                celery("default", "worker", "-Q", "default", "-c", "1", "-n", "default@%h", *quiet),
                celery("beat", "beat", "--pidfile=", "--schedule", self.state_dir / "celerybeat-schedule"),
            ]
        if "watcher" not in self.without:
            watcher: list[str | Path] = [sys.executable, ROOT / "manage.py", "watch_due"]
            parts.append(self.command("watcher", watcher, environment))
        return parts

    def process(self, name: str, module: str, *words: str | Path, environment: dict[str, str]) -> Process:
        """Return a process of the bank that runs a Python module."""
        return self.command(name, [sys.executable, "-m", module, *words], environment)

    def command(self, name: str, argv: list[str | Path], environment: dict[str, str]) -> Process:
        """Return a process of the bank that runs a command."""
        return Process(
            name,
            argv,
            log=self.state_dir / "logs" / f"{name}.log",
            env={**os.environ, "PGAPPNAME": name, **environment},
            cwd=ROOT,
            stop_seconds=8,
        )

    def ready(self) -> bool:
        """Return whether the web server can serve; overdue or parked transfers do not matter."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=5)
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection.request("GET", "/readyz")
            return connection.getresponse().status == http.client.OK
        return False

    def tell(self, seconds: float) -> None:
        """Print the addresses, how to sign in, and example customers; each printed command can be run as it is."""
        place = shown(self.state_dir)
        users = state.read_table(self.state_dir / state.DESK_USERS)
        say(f"The bank is open, after {seconds:.0f} s.")
        say(f"  Desk     {self.base_url}/desk/")
        say(f"           password {users[0][1]} (a click on a role on the sign-in page types it, too)")
        for name, _, seed in users:
            say(f"           {name:<14} one-time code now {one_time_code(seed)}")
        say("           each good once and for about a minute; the next one:")
        say(f"           {self.manage('desk_code', 'teller')}")
        say("  Find     with 1000 at the desk, by document:")
        for name, number, words in state.read_table(self.state_dir / state.CUSTOMERS):
            say(f"           {number}  {name}: {words}")
        say(f"  API      {self.base_url}/api/v1   (documentation: {self.base_url}/api/docs)")
        say(f"  Keys     {place}/{state.ANSWER}   (one per role: teller, supervisor, atm, ...)")
        say(f"  Logs     {place}/logs/")
        say(f"  Commands {self.manage('help')}")
        say("  Stop     Ctrl-C; the data stays. make demo-reset begins anew.")

    def manage(self, *words: str) -> str:
        """Return a shell line that runs a management command on this bank without changing the shell."""
        environment, python, manage = map(
            shlex.quote, map(shown, (self.state_dir / state.ENVIRONMENT, Path(sys.executable), ROOT / "manage.py"))
        )
        return f"(set -a; . {environment}; {python} {manage} {' '.join(words)})"

    def end(self, supervisor: Supervisor) -> None:
        """End everything and delete files of the running demo."""
        for name in (state.ANSWER, state.ENVIRONMENT, state.OWNER):
            (self.state_dir / name).unlink(missing_ok=True)
        supervisor.stop()
        for path in self.sockets:
            shutil.rmtree(path, ignore_errors=True)


def is_older(server: Postgres) -> bool:
    """Return whether the bank on a server is older than the first version."""
    return (
        server.psql(RECORDED, database=DATABASE).strip() == "t" and server.psql(OLDER, database=DATABASE).strip() == "t"
    )


def one_time_code(seed: str) -> str:
    """Return the present one-time code for a seed.

    :source: RFC 6238, with its usual half minute, SHA-1 and six digits.
    """
    digest = hmac.digest(base64.b32decode(seed), int(time.time() // 30).to_bytes(8), "sha1")
    begin = digest[-1] & 15
    return f"{(int.from_bytes(digest[begin : begin + 4]) & 0x7FFFFFFF) % 1_000_000:06d}"


def shown(path: Path) -> str:
    """Return a path as typed in the current directory."""
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def rotate_logs(logs: Path) -> None:
    """Rename large logs; one older part is kept."""
    for log in private_directory(logs).glob("*.log"):
        if log.stat().st_size > LARGEST_LOG_BYTES:
            log.replace(log.with_suffix(".log.1"))


def from_environment() -> Demo:
    """Return the demo described by PORT, STATE_DIR and DEMO_WITHOUT.

    :raises StackError: when one of them is invalid
    """
    port = os.environ.get("PORT") or "8000"
    if not port.isascii() or not port.isdigit() or not 1 <= int(port) <= 65535:
        raise StackError(f"PORT must be a number from 1 to 65535, not {port!r}.")
    without = frozenset(os.environ.get("DEMO_WITHOUT", "").replace(",", " ").split())
    if unknown := without - {"celery", "watcher", "day"}:
        raise StackError(f"DEMO_WITHOUT knows celery, watcher and day, not {' '.join(sorted(unknown))}.")
    return Demo(state_directory(), int(port), without=without)


def state_directory() -> Path:
    """Return STATE_DIR; a relative path starts at the project's root."""
    return ROOT / (os.environ.get("STATE_DIR") or "var/demo")
