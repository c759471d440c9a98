"""Real processes of the bank on the test database: web server, Celery workers and beat, watcher."""

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import httpx
from django.db import connection

from config.stack.process import Process, wait_until

ROOT = Path(__file__).resolve().parents[1]
#: What a process of Celery says when it is at work.
READY = {"worker": "ready.", "beat": "is starting."}


def environment(database: str = "") -> dict[str, str]:
    """Return the environment of a process that uses the test's database, or another on its server."""
    place = connection.settings_dict
    host = quote(str(place["HOST"]), safe="")
    port = f"&port={place['PORT']}" if place["PORT"] else ""
    account = quote(str(place["TEST"].get("ROLE") or place["USER"])) + (
        f":{quote(str(place['PASSWORD']))}" if place["PASSWORD"] else ""
    )
    return {
        **os.environ,
        "DATABASE_URL": f"postgresql://{account}@/{database or place['NAME']}?host={host}{port}",
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
        "PYTHONUNBUFFERED": "1",
    }


def python(name: str, *words: str, log: Path, **more: str) -> Process:
    """Return a Python process, not yet started."""
    return Process(
        name, [sys.executable, *words], log=log / f"{name}.log", env=environment() | more, cwd=ROOT, stop_seconds=10
    )


def worker(log: Path, name: str = "worker", concurrency: int = 2, *, queue: str = "release", **more: str) -> Process:
    """Return a worker of a queue, not yet started."""
    words = ("-Q", queue, "-c", str(concurrency), "-n", f"{name}@tests", "--without-gossip", "--without-mingle")
    return python(name, "-m", "celery", "-A", "config.celery:app", "worker", *words, log=log, **more)


def beat(log: Path, **more: str) -> Process:
    """Return beat, not yet started."""
    words = ("--pidfile=", "--schedule", str(log / "schedule"))
    return python("beat", "-m", "celery", "-A", "config.celery:app", "beat", *words, log=log, **more)


def web(log: Path, port: int, **more: str) -> Process:
    """Return a web server like the demo's, not yet started."""
    words = ("--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--workers", "1", "--no-ws")
    more_words = ("--blocking-threads", "512", "--http", "1", "--no-access-log", "config.wsgi:application")
    return python("web", "-m", "granian", *words, *more_words, log=log, **more)


def free_port() -> int:
    """Return an unused port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(url: str) -> bool:
    """Return whether a web server answers at a URL."""
    try:
        return httpx.get(f"{url}/healthz", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def watcher(log: Path, **more: str) -> Process:
    """Return a watcher, not yet started."""
    return python("watcher", "manage.py", "watch_due", log=log, **more)


@contextmanager
def running(*processes: Process) -> Iterator[None]:
    """Run processes within the block and end all of them afterwards."""
    try:
        for process in processes:
            process.start()
        for process in processes:
            for word in {*READY} & {*process.argv}:
                is_ready = wait_until(lambda each=process, says=READY[word]: says in each.tail(50), seconds=60)
                assert is_ready, process.tail(50)
        yield
    finally:
        # An orderly end has tests of its own; a worker would finish its wake-ups of the next seconds first.
        for process in processes:
            process.kill()
