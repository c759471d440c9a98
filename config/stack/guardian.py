"""The last one out: ends what a killed supervisor left behind.

Run as a script with the supervisor's pipe as standard input. The kernel tells every child that its parent died,
but a child may be stuck, or have helpers that are not told; this process sees the pipe close, waits a little, and
kills what is left. It holds the state directory's lock meanwhile, so a new start waits for a clean place.
"""

import contextlib
import os
import shutil
import signal
import sys
import time
from pathlib import Path

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
    deadline = time.monotonic() + PATIENCE_SECONDS
    while any(exists(group) for group in groups) and time.monotonic() < deadline:
        time.sleep(0.1)
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


def exists(group: int) -> bool:
    """Return whether the group still has a member."""
    try:
        os.killpg(group, 0)
    except OSError:
        return False
    return True


if __name__ == "__main__":
    main()
