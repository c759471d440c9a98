"""Two database servers, primary and standby, and a bank that connects to the one that accepts writes."""

import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from benchmarks.drills.temporary_bank import running_bank
from config.stack import state
from config.stack.demo import ROOT
from config.stack.postgres import DATABASE, ROLE, Postgres
from config.stack.process import StackError, run_once, say, wait_until

#: Name under which a standby replicates; the primary waits for it with each commit.
STANDBY = "standby"
PATIENCE_SECONDS = 60
FAIL_OVER, REBUILD = "fail-over", "rebuild"
_FOLLOWS = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'"


class Pair:
    """A primary and its synchronous standby; after a failover they have changed places.

    :param place: folder of both servers.
    """

    def __init__(self, place: Path) -> None:
        self.primary, self.standby = Postgres(place / "a"), Postgres(place / "b")
        # The order of the hosts does not matter: a client asks each whether it accepts writes.
        hosts = ",".join(quote(str(each.sockets), safe="") for each in (self.primary, self.standby))
        self.url = f"postgresql://{ROLE}@/{DATABASE}?host={hosts}&target_session_attrs=read-write"

    def __enter__(self) -> Self:
        """Start both."""
        self.primary.start()
        self.rebuild()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Kill both servers and delete their sockets."""
        for server in (self.standby, self.primary):
            server.process.kill()
            shutil.rmtree(server.sockets, ignore_errors=True)

    def fail_over(self) -> None:
        """Kill the primary, then promote the standby; never in the other order, or two servers would accept writes.

        A killed process no longer runs, even while the kernel finishes its writes to a busy disk. So the standby is
        promoted without waiting for that.
        """
        self.primary.process.kill(waits=False)
        self.standby.psql(f"SELECT pg_promote(true, {PATIENCE_SECONDS})")
        self.primary.process.kill()
        self.primary, self.standby = self.standby, self.primary

    def rebuild(self) -> None:
        """Create a standby on the other server; from then on each commit waits for it.

        :raises StackError: when it does not replicate.
        """
        shutil.rmtree(self.standby.data, ignore_errors=True)
        self.standby.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        followed = f"host={self.primary.sockets} user=postgres application_name={STANDBY}"
        run_once(
            [
                self.primary.bin / "pg_basebackup",
                f"--dbname={followed}",
                f"--pgdata={self.standby.data}",
                "--checkpoint=fast",
                "--wal-method=stream",
                "--write-recovery-conf",
            ],
            name="pg_basebackup",
            mapped=self.primary.mapped,
        )
        self.standby.launch()
        # The promoted server does not wait for a standby until its own exists; otherwise it could not write.
        self.primary.psql(f"ALTER SYSTEM SET synchronous_standby_names = '{STANDBY}'")
        self.primary.psql("SELECT pg_reload_conf()")
        if not wait_until(lambda: self.primary.psql(_FOLLOWS).strip() == "1", seconds=PATIENCE_SECONDS):
            raise StackError(f"The standby does not follow; the end of its log:\n{self.standby.process.tail()}")


def drill(*words: str) -> int:
    """Run `manage.py failover_drill` in a temporary bank on a pair of servers; return its exit code.

    :raises StackError: when the bank or a server does not start
    """
    place = Path(tempfile.mkdtemp(prefix="bank-pair-"))
    try:
        with (
            Pair(place) as pair,
            running_bank({"DATABASE_URL": pair.url, "DEMO_WITHOUT": "day"}) as (state_dir, environment),
        ):
            ask = f"{sys.executable} -m benchmarks switch {place / 'orders'}"
            argv = [sys.executable, str(ROOT / "manage.py"), "failover_drill"]
            argv += ["--demo", str(state_dir / state.ANSWER), *words]
            argv += ["--fail-over", f"{ask} {FAIL_OVER}", "--rebuild", f"{ask} {REBUILD}"]
            return serve(pair, place / "orders", argv, environment)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def serve(pair: Pair, orders: Path, argv: list[str], environment: dict[str, str]) -> int:
    """Run a command and execute its requests about the pair (`switch`); return its exit code."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(orders))
        listener.listen()
        listener.settimeout(0.1)
        command = subprocess.Popen(argv, cwd=ROOT, env=environment)
        try:
            while command.poll() is None:
                with suppress(TimeoutError):
                    asking, _ = listener.accept()
                    with asking:
                        answer(pair, asking)
        finally:
            command.kill()
            command.wait()
    return command.returncode


def answer(pair: Pair, asking: socket.socket) -> None:
    """Execute one request about the pair, and send the result."""
    asking.settimeout(5)
    act = {FAIL_OVER: pair.fail_over, REBUILD: pair.rebuild}[asking.recv(64).decode()]
    try:
        act()
    except StackError as error:
        asking.sendall(str(error).encode())
    else:
        asking.sendall(b"done")


def switch(orders: str, act: str) -> int:
    """Ask the running drill for a failover or a new standby; wait until it is done."""
    with socket.socket(socket.AF_UNIX) as asking:
        asking.settimeout(2 * PATIENCE_SECONDS)
        began = time.monotonic()
        asking.connect(orders)
        asking.sendall(act.encode())
        result = asking.recv(4096).decode()
    say(f"{act}: {result}, {time.monotonic() - began:.1f} s")
    return int(result != "done")
