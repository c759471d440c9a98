"""A bank that works on request, in a separate process with its own connection."""

import importlib
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol


class Peer(Protocol):
    """A bank that can be measured: it moves one fen at a time from account to account."""

    def ways(self) -> Mapping[str, tuple[Callable[[], None], int]]:
        """Return by name the functions that make transfers, and the number of transfers of one call."""

    def wrong(self, calls: int) -> list[str]:
        """Return the errors found after some transfers."""


class HoldingPeer(Peer, Protocol):
    """A peer with held transfers, which the other packages do not have."""

    def release(self, number: int) -> dict[str, float]:
        """Release transfers due at one instant; return their number (`calls`), `seconds` and `cpu` seconds."""


def begin(name: str, accounts: int) -> tuple[list[str], Callable[..., Any]]:
    """Create a bank; return its ways, and the function that works, releases and finally checks."""
    peer: HoldingPeer = importlib.import_module(f"benchmarks.cases.peers.{name}").seeded(accounts)
    ways, calls = peer.ways(), 0

    def work(what: str, amount: float = 0) -> Any:
        nonlocal calls
        if what == "check":
            return peer.wrong(calls)
        if what == "release":
            done = peer.release(int(amount))
        else:
            one, each = ways[what]
            began, cpu, count = time.perf_counter(), time.process_time(), 0
            while (wall := time.perf_counter() - began) < amount:
                one()
                count += each
            done = {"calls": count, "seconds": wall, "cpu": time.process_time() - cpu}
        calls += int(done["calls"])
        return done

    return list(ways), work
