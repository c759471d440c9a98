"""A bank with RabbitMQ instead of Valkey as broker, with quorum queues."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from benchmarks.drills.temporary_bank import free_port, run_in_temporary_bank
from config.stack.process import Process, Server, private_directory, say

MISSING = 3
HOST = "127.0.0.1"
#: Debian's path of the script itself; the one on the PATH requires a user of its own.
PLACES = os.pathsep.join(("/usr/lib/rabbitmq/bin", "/usr/local/sbin", "/opt/rabbitmq/sbin"))
CONFIGURATION = """
listeners.tcp.1 = {host}:{port}
default_user = {user}
default_pass = {password}
loopback_users.guest = true
log.console = true
log.console.level = warning
log.file = false
vm_memory_high_watermark.absolute = 256MB
"""


class Rabbit(Server):
    """A RabbitMQ of one node on this machine.

    :param state_dir: folder for configuration, data and log.
    """

    title = "RabbitMQ"
    start_seconds = 90

    def __init__(self, state_dir: Path, program: Path) -> None:
        self.state_dir = private_directory(state_dir.resolve())
        self.sockets = private_directory(self.state_dir / "sockets")
        self.port, self._name_port, nodes_port = free_port(), free_port(), free_port()
        self._password = os.urandom(16).hex()
        configuration = self.state_dir / "rabbitmq.conf"
        configuration.write_text(CONFIGURATION.format(host=HOST, port=self.port, user="bank", password=self._password))
        configuration.chmod(0o600)
        plugins = self.state_dir / "plugins"
        plugins.write_text("[].\n")
        self._control = program.with_name("rabbitmqctl")
        self._environment = {
            **os.environ,
            "HOME": str(self.state_dir),
            "RABBITMQ_NODENAME": f"bank{self.port}@localhost",
            "RABBITMQ_CONFIG_FILE": str(configuration),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(plugins),
            "RABBITMQ_MNESIA_BASE": str(self.state_dir / "data"),
            "RABBITMQ_LOG_BASE": str(self.state_dir / "logs"),
            "RABBITMQ_DIST_PORT": str(nodes_port),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            "ERL_EPMD_PORT": str(self._name_port),
            "ERL_EPMD_ADDRESS": HOST,
        }
        log = self.state_dir / "logs" / "rabbitmq.log"
        self.process = Process("rabbitmq", [program], log=log, env=self._environment, stop_seconds=30)

    @property
    def url(self) -> str:
        """Return the address for ``BROKER_URL``."""
        return f"amqp://bank:{self._password}@{HOST}:{self.port}//"

    def queues(self) -> dict[str, str]:
        """Return the type of each declared queue by name."""
        words = [str(self._control), "list_queues", "name", "type", "--quiet", "--no-table-headers"]
        listing = subprocess.run(words, env=self._environment, capture_output=True, text=True, check=True, timeout=60)
        return dict(line.split("\t") for line in listing.stdout.splitlines())

    def start(self) -> None:
        """Start and wait until it answers."""
        self.process.start()
        self.wait_ready()

    def stop(self) -> None:
        """Stop it and Erlang's port mapper, which was started with it."""
        super().stop()
        if names := shutil.which("epmd"):
            subprocess.run([names, "-port", str(self._name_port), "-kill"], stdout=subprocess.DEVNULL, check=False)

    def ready(self) -> bool:
        """Return whether it accepts connections and speaks its protocol."""
        with suppress(OSError), socket.create_connection((HOST, self.port), timeout=2) as client:
            client.sendall(b"AMQP\x00\x00\x09\x01")
            return client.recv(8)[:1] == b"\x01"
        return False


def drill(*words: str) -> int:
    """Run `manage.py hold_drill` in a temporary bank with RabbitMQ as broker.

    :returns: the command's exit code; 3 if RabbitMQ is not installed.
    :raises StackError: when the broker or the bank does not start.
    """
    program = shutil.which("rabbitmq-server", path=PLACES)
    if program is None:
        sys.stderr.write("No RabbitMQ here: nothing was drilled. On Debian: apt install rabbitmq-server\n")
        return MISSING
    place = Path(tempfile.mkdtemp(prefix="bank-rabbit-"))
    try:
        with Rabbit(place, Path(program)) as broker:
            code = run_in_temporary_bank(
                "hold_drill",
                *words,
                BROKER_URL=broker.url,
                BANK_ORDINARY_ARRIVAL_SECONDS="3",
                DEMO_WITHOUT="day",
            )
            kind = broker.queues().get("release")
            say(f"The queue of releases at RabbitMQ: {kind or 'none'}.")
            return code if kind == "quorum" else 1
    finally:
        shutil.rmtree(place, ignore_errors=True)
