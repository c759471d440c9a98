"""The last one out: ends what a killed supervisor left behind.

Run as a module with the supervisor's pipe as standard input. The kernel tells every child that its parent died,
but a child may be stuck, or have helpers that are not told; this process sees the pipe close, waits a little, and
kills what is left. It holds the state directory's lock meanwhile, so a new start waits for a clean place.
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
    """The guardian as its supervisor sees it.

    :param keep_open: file descriptors that it holds open to its own end
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
        """Tell what there is to clear, or no longer: started, ended (a group); remove, removed (a path)."""
        if pipe := self.child.stdin:
            with contextlib.suppress(BrokenPipeError, ValueError):
                pipe.write(f"{order} {what}\n")

    def dismiss(self) -> None:
        """Let it clear what is still on its list, and wait for it."""
        with contextlib.suppress(BrokenPipeError):
            self.child.communicate()


def main() -> None:
    """Follow the supervisor's list of groups and files; when the pipe closes, clear what is still on it."""
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
    """Send the signal to every group, the last started first."""
    for group in reversed(groups):
        with contextlib.suppress(OSError):
            os.killpg(group, number)


if __name__ == "__main__":
    main()
