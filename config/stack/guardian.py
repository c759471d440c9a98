"""Guardian process: ends the processes that a killed supervisor left behind.

Runs as a module with a pipe from the supervisor as standard input. The kernel signals every child when its
parent dies, but a child may hang, or have helpers that get no signal; this process notices the closed pipe,
waits a little, and kills the rest. It holds the lock of the state directory meanwhile, so that a new start
waits.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from config.stack.process import group_exists, wait_until

PATIENCE_SECONDS = 12


class Guardian:
    """The guardian process, seen from its supervisor.

    :param keep_open: file descriptors that it keeps open until its end
    """

    def __init__(self, keep_open: Iterable[int] = ()) -> None:
        self.child = subprocess.Popen(
            [sys.executable, "-m", "config.stack.guardian"],
            cwd=Path(__file__).resolve().parents[2],
            stdin=subprocess.PIPE,
            text=True,
            bufsize=1,
            start_new_session=True,
            pass_fds=tuple(keep_open),
        )

    def tell(self, order: str, what: object) -> None:
        """Send a change of the list: started or ended (a process group), remove or removed (a path)."""
        if pipe := self.child.stdin:
            with contextlib.suppress(BrokenPipeError, ValueError):
                pipe.write(f"{order} {what}\n")

    def dismiss(self) -> None:
        """Close the pipe, and wait until the guardian has cleared its list."""
        with contextlib.suppress(BrokenPipeError):
            self.child.communicate()


def main() -> None:
    """Maintain the supervisor's list of groups and files; when the pipe closes, end and delete what is on it."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: dict[int, None] = {}
    leftovers: dict[str, None] = {}
    for line in sys.stdin:
        order, _, what = line.strip().partition(" ")
        if order == "started":
            groups[int(what)] = None
        elif order == "ended":
            groups.pop(int(what), None)
        elif order == "remove":
            leftovers[what] = None
        elif order == "removed":
            leftovers.pop(what, None)
    signal_all(groups, signal.SIGTERM)
    wait_until(lambda: not any(map(group_exists, groups)), seconds=PATIENCE_SECONDS)
    signal_all(groups, signal.SIGKILL)
    for path in map(Path, leftovers):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def signal_all(groups: dict[int, None], number: signal.Signals) -> None:
    """Send a signal to every process group, the last started first."""
    for group in reversed(groups):
        with contextlib.suppress(OSError):
            os.killpg(group, number)


if __name__ == "__main__":
    main()
