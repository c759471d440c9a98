"""The last one out: ends what a killed supervisor left behind.

Run as a module with the supervisor's pipe as standard input. The kernel tells every child that its parent died,
but a child may be stuck, or have helpers that are not told; this process sees the pipe close, waits a little, and
kills what is left. It holds the state directory's lock meanwhile, so a new start waits for a clean place.
"""

import contextlib
import os
import shutil
import signal
import sys
from pathlib import Path

from config.stack.process import group_exists, wait_until

PATIENCE_SECONDS = 12


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
