"""A bank behind PgBouncer in transaction mode, which shares server sessions between transactions."""

import shutil
import socket
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from benchmarks.drills.temporary_bank import run_in_temporary_bank
from config.stack.postgres import DATABASE, ROLE, Postgres
from config.stack.process import Process, Server, private_directory, socket_directory

PORT = 6432
MISSING = 3
#: Settings requested at the connection, which PgBouncer does not pass on: they are set on the role instead.
OF_THE_ROLE: Mapping[str, str] = {
    "statement_timeout": "20s",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "10s",
    "client_connection_check_interval": "1s",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "10s",
    "timezone": "UTC",
    "plan_cache_mode": "force_generic_plan",
}
CONFIGURATION = """
[databases]
{database} = host={server}
[pgbouncer]
unix_socket_dir = {sockets}
listen_addr =
listen_port = {port}
auth_type = trust
auth_file = {users}
pool_mode = transaction
default_pool_size = 20
max_client_conn = 1000
max_prepared_statements = 500
ignore_startup_parameters = options
"""


class Pooler(Server):
    """A PgBouncer in front of a server.

    Invariant: no TCP port is opened, and no file is readable by another user.

    :param state_dir: folder for configuration and log.
    """

    title = "PgBouncer"
    start_seconds = 20

    def __init__(self, state_dir: Path, server: Postgres, program: Path) -> None:
        self.state_dir = private_directory(state_dir.resolve())
        self.sockets = socket_directory(self.state_dir, "pb")
        users = self.state_dir / "users.txt"
        users.write_text(f'"{ROLE}" ""\n')
        self.configuration = self.state_dir / "pgbouncer.ini"
        self.configuration.write_text(
            CONFIGURATION.format(database=DATABASE, server=server.sockets, sockets=self.sockets, port=PORT, users=users)
        )
        self.process = Process(
            "pgbouncer",
            [program, self.configuration],
            log=self.state_dir / "logs" / "pgbouncer.log",
            mapped=server.mapped,
        )

    @property
    def url(self) -> str:
        """Return the address for ``DATABASE_URL``."""
        return f"postgresql://{ROLE}@/{DATABASE}?host={quote(str(self.sockets), safe='')}&port={PORT}"

    def start(self) -> None:
        """Start and wait until it answers."""
        self.process.start()
        self.wait_ready()

    def ready(self) -> bool:
        """Return whether its socket accepts connections."""
        with suppress(OSError), socket.socket(socket.AF_UNIX) as client:
            client.connect(str(self.sockets / f".s.PGSQL.{PORT}"))
            return self.process.alive()
        return False


def drill(*words: str) -> int:
    """Run `manage.py hold_drill` in a temporary bank behind PgBouncer.

    :returns: the command's exit code; 3 if PgBouncer is not installed.
    :raises StackError: when a server or the bank does not start.
    """
    program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    if program is None:
        sys.stderr.write("No PgBouncer here: nothing was drilled. On Debian: apt install pgbouncer\n")
        return MISSING
    place = Path(tempfile.mkdtemp(prefix="bank-pool-"))
    server = Postgres(place)
    try:
        with server:
            for name, value in OF_THE_ROLE.items():
                server.psql(f"ALTER ROLE {ROLE} SET {name} = '{value}'")
            with Pooler(place / "pool", server, Path(program)) as pooler:
                return run_in_temporary_bank(
                    "hold_drill",
                    *words,
                    DATABASE_URL=pooler.url,
                    BANK_ORDINARY_ARRIVAL_SECONDS="3",
                    DEMO_WITHOUT="day",
                )
    finally:
        shutil.rmtree(place, ignore_errors=True)
