"""A bank that works on request, in a process and on a connection of its own."""

import importlib
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol


class Peer(Protocol):
    """What can be measured: money from account to account, one fen at a time."""

    def ways(self) -> Mapping[str, tuple[Callable[[], None], int]]:
        """Return by name what does some transfers, and how many."""

    def wrong(self, calls: int) -> list[str]:
        """Return what is wrong after so many transfers."""


class HoldingPeer(Peer, Protocol):
    """A peer that has held transfers; the packages of others have no such thing."""

    def release(self, number: int) -> dict[str, float]:
        """Release what falls due at one instant; return how many (`calls`), `seconds` and seconds of `cpu` here."""


def begin(name: str, accounts: int) -> tuple[list[str], Callable[..., Any]]:
    """Seed a bank; return its ways, and what works by them, releases, and checks in the end."""
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
