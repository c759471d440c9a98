"""A whole bank for a run: a demo with a place and a port of its own."""

import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import psycopg

from tests.processes import free_port

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def demo(**settings: str) -> Iterator[tuple[Path, dict[str, Any], dict[str, str]]]:
    """Run a demo of its own: all processes of a bank, as a person would start them.

    :param settings: more of the environment.
    :returns: its place, its answer and the environment of its processes.
    """
    place = Path(tempfile.mkdtemp(prefix="bank-run-"))
    environment = {
        **os.environ,
        "PORT": str(free_port()),
        "STATE_DIR": str(place),
        **settings,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "config.stack", "demo"], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL
    )
    try:
        until(lambda: (place / "demo.json").exists() or process.poll() is not None, 180)
        lines = shlex.split((place / "demo.env").read_text().replace("export ", ""), comments=True)
        yield place, json.loads((place / "demo.json").read_text()), dict(line.split("=", 1) for line in lines)
    finally:
        process.terminate()
        process.wait(60)
        shutil.rmtree(place, ignore_errors=True)


def until(true: Any, seconds: float) -> float:
    """Wait until something is true; return how long that took, infinity when the time was over."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        with suppress(psycopg.Error, httpx.TransportError, OSError):
            if true():
                return time.monotonic() - began
        time.sleep(0.1)
    return float("inf")
