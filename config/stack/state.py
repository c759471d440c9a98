"""State directory of a demo: used by one demo at a time, private, with secrets created once."""

import base64
import contextlib
import errno
import fcntl
import json
import os
import secrets
import shlex
import shutil
import socket
import time
from collections.abc import Mapping
from pathlib import Path

from config.stack.process import StackError, private_directory

SECRETS = "secrets.env"
ANSWER = "demo.json"
ENVIRONMENT = "demo.env"
OWNER = "owner.env"
KEYS = "keys.json"
DESK_USERS = "desk-users.tsv"
CUSTOMERS = "customers.tsv"
PIDS = "processes.json"
LOCK = "lock"
# Files that a reset deletes; nothing else in the directory is touched.
OURS = (
    *("postgres", "postgres.new", "valkey", "logs"),
    *(SECRETS, ANSWER, ENVIRONMENT, OWNER, KEYS, PIDS, LOCK, DESK_USERS, CUSTOMERS),
    *("celerybeat-schedule", "celerybeat-schedule-shm", "celerybeat-schedule-wal"),
    *(
        "celerybeat-schedule.db",
        "celerybeat-schedule.dat",
        "celerybeat-schedule.dir",
        "celerybeat-schedule.bak",
    ),
)
# Seconds until the last process of a killed demo is gone, at most.
HAND_OVER_SECONDS = 30


def lock(state_dir: Path) -> int:
    """Lock the state directory for this process and return the open lock file.

    :raises StackError: when another demo uses it
    """
    private_directory(state_dir)
    descriptor = os.open(state_dir / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + HAND_OVER_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            holder = os.pread(descriptor, 20, 0).decode().strip()
            if runs(holder) or time.monotonic() > deadline:
                os.close(descriptor)
                raise StackError(
                    f"A demo already runs on {state_dir} (process {holder}). Stop it, or choose another STATE_DIR."
                ) from None
            time.sleep(0.1)
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return descriptor


def runs(pid: str) -> bool:
    """Return whether a process with this id lives."""
    try:
        state = Path(f"/proc/{int(pid)}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, ValueError):
        return False
    return state not in "ZX"


def reserve_port(port: int) -> socket.socket:
    """Take the port for this demo, and return the socket that holds it.

    The web server listens only after the preparations. Until then an abstract socket, whose name goes with its
    process, keeps a second demo from the port.

    :raises StackError: when another process has it
    """
    holder = socket.socket(socket.AF_UNIX)
    try:
        holder.bind(f"\0bank-port-{port}")
        with socket.socket(socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # old connections do not count
            probe.bind(("127.0.0.1", port))
    except OSError as error:
        holder.close()
        if error.errno == errno.EACCES:
            raise StackError(f"Port {port} is for root only. Choose another: make demo PORT=...") from None
        raise StackError(f"Port {port} is taken. Choose another: make demo PORT=...") from None
    return holder


def secret_environment(state_dir: Path) -> dict[str, str]:
    """Return the secrets of this demo; they are created at the first start and kept with the data."""
    path = state_dir / SECRETS
    if not path.exists():
        write_private(
            path,
            shell_lines(
                {
                    "BANK_SECRET_KEY": secrets.token_urlsafe(48),
                    "BANK_FIELD_KEYS": f"1:{random_key()}",
                    "BANK_INDEX_KEY": random_key(),
                }
            ),
        )
    return read_shell_lines(path)


def read_shell_lines(path: Path) -> dict[str, str]:
    """Return the NAME=value lines of a file."""
    pairs = (line.partition("=") for line in path.read_text().splitlines() if "=" in line)
    return {name: "".join(shlex.split(value)) for name, _, value in pairs}


def read_table(path: Path) -> list[list[str]]:
    """Return the rows of a file with columns separated by tabs."""
    return [line.split("\t") for line in path.read_text().splitlines()]


def random_key() -> str:
    """Return 32 random bytes in base64."""
    return base64.b64encode(secrets.token_bytes(32)).decode()


def shell_lines(values: Mapping[str, str]) -> str:
    """Return NAME=value lines that a shell can read."""
    return "".join(f"{name}={shlex.quote(value)}\n" for name, value in values.items())


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, completely or not at all."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)


def write_answer(state_dir: Path, *, base_url: str, bank_code: str) -> None:
    """Write demo.json: the bank's address, its code, and the keys of its persons and machines."""
    keys = json.loads((state_dir / KEYS).read_text())
    answer = {"base_url": base_url, "bank_code": bank_code, "keys": keys.get("keys", keys)}
    write_private(state_dir / ANSWER, json.dumps(answer, indent=2) + "\n")


def reset(state_dir: Path) -> None:
    """Delete all data of a demo.

    :raises StackError: while a demo runs, or when the data is in an external database
    """
    if os.environ.get("DATABASE_URL"):
        raise StackError("DATABASE_URL is set: that database is yours to empty.")
    if not state_dir.exists():
        return
    descriptor = lock(state_dir)
    for name in OURS:
        path = state_dir / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    os.close(descriptor)
    with contextlib.suppress(OSError):
        state_dir.rmdir()
