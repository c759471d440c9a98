"""A bank in a process and on a connection of its own, that works when it is told to.

    python -m benchmarks.cases.peers.worker NAME ACCOUNTS

A line on standard input is a way of working and for how many seconds, or `release` and how many; the answer is a line of
JSON. The last line is `check`: what is wrong with the rows.
"""

import importlib
import json
import sys
import time
from collections.abc import Callable, Mapping
from typing import Protocol


class Peer(Protocol):
    """What can be measured: money from account to account, one fen at a time."""

    def ways(self) -> Mapping[str, tuple[Callable[[], None], int]]:
        """Return by name what does some transfers, and how many."""

    def release(self, number: int) -> dict[str, float]:
        """Release what falls due at one instant; return how many (`calls`), `seconds` and seconds of `cpu` here."""

    def wrong(self, calls: int) -> list[str]:
        """Return what is wrong after so many transfers."""


def main(name: str, accounts: int) -> None:
    """Seed, say so, and work until told to check."""
    peer: Peer = importlib.import_module(f"benchmarks.cases.peers.{name}").seeded(accounts)
    ways, calls = peer.ways(), 0
    _say({"ways": list(ways)})
    for line in sys.stdin:
        way, _, seconds = line.strip().rpartition(" ")
        if line.strip() == "check":
            _say({"wrong": peer.wrong(calls), "calls": calls})
            return
        if way == "release":
            released = peer.release(int(seconds))
            calls += int(released["calls"])
            _say({**released})
            continue
        work, each = ways[way]
        began, cpu, done = time.perf_counter(), time.process_time(), 0
        while (wall := time.perf_counter() - began) < float(seconds):
            work()
            done += each
        calls += done
        _say({"calls": done, "seconds": wall, "cpu": time.process_time() - cpu})


def _say(told: dict[str, object]) -> None:
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
