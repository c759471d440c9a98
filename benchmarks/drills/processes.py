"""Break a running bank of a sandbox: kill its processes with their children, empty its broker."""

import json
import os
import signal
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from redis import Redis, RedisError


class Processes:
    """The processes of a bank by their names, as whoever keeps them running writes them into a file.

    :param pids_file: a JSON object of names and process ids; a process that was started anew stands in it anew.
    """

    def __init__(self, pids_file: Path) -> None:
        self.pids_file = pids_file

    def pid(self, name: str) -> int:
        """Return a process's id.

        :raises KeyError: for a process that is not there.
        """
        found: int = json.loads(self.pids_file.read_text())[name]
        return found

    def family(self, name: str) -> list[int]:
        """Return a process and all it has started."""
        pid = self.pid(name)
        return [pid, *below(pid)]

    def includes(self, name: str, pid: int) -> bool:
        """Return whether a process that is alive is the named one or was started by it.

        Asked from the child upwards: a list of children leaves some out while others end.
        """
        return self.pid(name) in above(pid)

    def kill(self, *names: str) -> int:
        """Kill processes with all they have started, at once; return how many there were."""
        pids = [pid for name in names for pid in self.family(name)]
        send(pids, signal.SIGKILL)
        return len(pids)


def above(pid: int) -> Iterator[int]:
    """Yield a process that is alive, who started it, and so on upwards."""
    with suppress(OSError):
        while pid:
            # Behind the name in brackets, which may be anything: the state, then the parent.
            parent = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
            yield pid
            pid = parent


def below(pid: int) -> Iterator[int]:
    """Return the processes that a process has started, and theirs."""
    with suppress(OSError):
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            yield int(child)
            yield from below(int(child))


def send(pids: Iterable[int], number: int) -> None:
    """Send a signal to processes; one that is gone needs none."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def is_broker_of(processes: Processes, url: str) -> bool:
    """Say whether a broker is the one whose process is known; one whose process nobody keeps running may be any."""
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
    """Take everything out of a broker; return how many keys there were."""
    with Redis.from_url(url, socket_timeout=5, socket_connect_timeout=5) as redis:
        keys = int(redis.dbsize())
        redis.flushall()
    return keys
