"""Break a running sandbox bank: kill its processes with their descendants, empty its broker."""

import json
import os
import signal
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from redis import Redis, RedisError


class Processes:
    """The processes of a bank by name, from the file that the supervisor writes.

    :param pids_file: a JSON object of names and process ids; a restarted process is written anew.
    """

    def __init__(self, pids_file: Path) -> None:
        self.pids_file = pids_file

    def pid(self, name: str) -> int:
        """Return the id of a process.

        :raises KeyError: for an unknown process.
        """
        found: int = json.loads(self.pids_file.read_text())[name]
        return found

    def family(self, name: str) -> list[int]:
        """Return the ids of a process and its descendants."""
        pid = self.pid(name)
        return [pid, *below(pid)]

    def includes(self, name: str, pid: int) -> bool:
        """Return whether a living process is the named one or one of its descendants.

        It follows the parents upwards, because a list of children may be incomplete while processes end.
        """
        return self.pid(name) in ancestors(pid)

    def kill(self, *names: str) -> int:
        """Kill processes with all their descendants; return how many there were."""
        pids = [pid for name in names for pid in self.family(name)]
        send(pids, signal.SIGKILL)
        return len(pids)


def ancestors(pid: int) -> Iterator[int]:
    """Yield a living process, its parent, and so on upwards."""
    with suppress(OSError):
        while pid:
            # After the name in brackets, which may contain anything: the state, then the parent.
            parent = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
            yield pid
            pid = parent


def below(pid: int) -> Iterator[int]:
    """Yield the descendants of a process."""
    with suppress(OSError):
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            yield int(child)
            yield from below(int(child))


def send(pids: Iterable[int], number: int) -> None:
    """Send a signal to processes; ignore those that no longer exist."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def is_broker_of(processes: Processes, url: str) -> bool:
    """Return whether a broker is the known process; True if no process is known."""
    try:
        processes.pid("valkey")
    except KeyError:
        return True
    try:
        with Redis.from_url(url, socket_timeout=5, socket_connect_timeout=5) as redis:
            server: Any = redis.info("server")
            return processes.includes("valkey", server["process_id"])
    except RedisError:
        return False


def empty_broker(url: str) -> int:
    """Delete all content of a broker; return the number of keys."""
    with Redis.from_url(url, socket_timeout=5, socket_connect_timeout=5) as redis:
        keys = int(redis.dbsize())
        redis.flushall()
    return keys
