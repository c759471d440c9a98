"""A whole bank for a run: a demo with a place and a port of its own."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import psycopg

from benchmarks.drills.own import own_bank
from config.stack.state import ANSWER


@contextmanager
def demo(**settings: str) -> Iterator[tuple[Path, dict[str, Any], dict[str, str]]]:
    """Run a bank of its own: all processes of a demo.

    :param settings: more of the environment.
    :returns: its place, its answer and the environment of its processes.
    """
    with own_bank(settings, quiet=True) as (place, environment):
        yield place, json.loads((place / ANSWER).read_text()), environment


def until(true: Any, seconds: float) -> float:
    """Wait until something is true; return how long that took, infinity when the time was over."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        with suppress(psycopg.Error, httpx.TransportError, OSError):
            if true():
                return time.monotonic() - began
        time.sleep(0.1)
    return float("inf")
