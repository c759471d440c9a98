"""Child processes that are certain to end, and the base class of servers.

Starting a server waits until it answers. `StackError` is the only exception of the package: its text is a
line for a person, not a traceback.
"""

import contextlib
import ctypes
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self


class StackError(Exception):
    """Error of a failed start, in one line, with the remedy."""


PR_SET_PDEATHSIG = 1
NOBODY = 65534
SECONDS_BETWEEN_LOOKS = 0.02


class Process:
    """A child in a process group of its own, with a log file, which ends with its parent.

    Guarantees: when the parent dies, by any signal, the kernel sends ``stop_signal`` to the child; and
    :meth:`stop` leaves no member of the group behind.

    :param name: the name of the log file, and of the child in messages
    :param argv: command and arguments; no shell
    :param log: file for stdout and stderr, appended
    :param stop_signal: the signal for an orderly end of this child
    :param stop_seconds: time for the orderly end before the child is killed
    :param mapped: run in a user namespace where root is ``nobody`` (for servers that refuse root)
    :param before: called before each start, to prepare it
    """

    def __init__(
        self,
        name: str,
        argv: Sequence[str | Path],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        stop_seconds: float = 10,
        mapped: bool = False,
        before: Callable[[], None] | None = None,
    ) -> None:
        self.name = name
        self.argv = [str(word) for word in argv]
        self.log = log
        self.env = None if env is None else dict(env)
        self.cwd = cwd
        self.stop_signal = stop_signal
        self.stop_seconds = stop_seconds
        self.mapped = mapped
        self.before = before
        self.child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Return the process id while the child has not been reaped."""
        return self.child.pid if self.child else None

    def start(self) -> None:
        """Start the child; call it from the main thread only.

        The kernel watches the death of the thread that started the child.
        """
        if self.before:
            self.before()
        private_directory(self.log.parent)
        with open(os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb") as log:
            try:
                self.child = subprocess.Popen(
                    self.argv,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env=self.env,
                    cwd=self.cwd,
                    start_new_session=True,
                    umask=0o077,
                    preexec_fn=in_child(os.getpid(), self.stop_signal, mapped=self.mapped),
                )
            except subprocess.SubprocessError:
                raise StackError(cannot_start(self.name, mapped=self.mapped)) from None
            except OSError as error:
                raise StackError(f"Cannot start {self.name}: {error.strerror}: {self.argv[0]}") from None

    def alive(self) -> bool:
        """Return whether the child itself still runs; its helpers are not checked."""
        return self.child is not None and self.child.poll() is None

    def signal_group(self, number: signal.Signals) -> None:
        """Send a signal to the child and all of its helpers."""
        if self.child:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.child.pid, number)

    def ask_to_stop(self) -> None:
        """Send the signal for an orderly end, without waiting."""
        if self.child and self.alive():
            self.child.send_signal(self.stop_signal)

    def stop(self) -> None:
        """Send the signal for an orderly end, wait, then kill the rest of the group."""
        self.ask_to_stop()
        self.wait_or_kill(self.stop_seconds)

    def wait_or_kill(self, seconds: float) -> None:
        """Wait for the requested end, then kill the rest of the group."""
        if self.child:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.child.wait(seconds)
            self.kill()

    def kill(self, *, waits: bool = True) -> None:
        """Kill the child and its helpers at once (SIGKILL).

        :param waits: whether to wait until the helpers are gone and to forget the child; otherwise call it
            again later.
        """
        if not self.child:
            return
        self.signal_group(signal.SIGKILL)
        self.child.wait()
        if not waits:
            return
        wait_until(lambda: not group_exists(self.child.pid), seconds=5)  # type: ignore[union-attr]
        self.child = None

    def tail(self, lines: int = 12) -> str:
        """Return the end of the log, for a message about a failed start."""
        try:
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
        except OSError:
            return ""


def in_child(parent: int, death_signal: signal.Signals, *, mapped: bool) -> Callable[[], None]:
    """Return the function that runs in the child between fork and exec."""
    libc = ctypes.CDLL(None, use_errno=True)
    maps_group = os.getgid()

    def prepare() -> None:
        if mapped:
            os.unshare(os.CLONE_NEWUSER)
            for name, line in (
                ("setgroups", "deny"),
                ("uid_map", f"{NOBODY} 0 1"),
                ("gid_map", f"{NOBODY} {maps_group} 1"),
            ):
                with open(f"/proc/self/{name}", "w") as file:
                    file.write(line)
        # Last, because a change of credentials clears it.
        libc.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return prepare


def run_once(argv: Sequence[str | Path], *, name: str, mapped: bool = False) -> str:
    """Run a command and return its output; a failure is a StackError with its last output."""
    try:
        done = subprocess.run(
            [str(word) for word in argv],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            start_new_session=True,
            umask=0o077,
            preexec_fn=in_child(os.getpid(), signal.SIGKILL, mapped=mapped),
            check=False,
        )
    except subprocess.SubprocessError:
        raise StackError(cannot_start(name, mapped=mapped)) from None
    if done.returncode:
        words = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise StackError(f"{name} failed: {words[-1] if words else f'exit {done.returncode}'}")
    return done.stdout


def cannot_start(name: str, *, mapped: bool) -> str:
    """Return the message for a child that died before exec."""
    if mapped:
        return (
            f"Cannot start {name} as root: this machine does not allow user namespaces. "
            "Run as an ordinary user, or set DATABASE_URL to a PostgreSQL of your own."
        )
    return f"Cannot start {name}."


def group_exists(group: int) -> bool:
    """Return whether the process group still has a process, except dead ones that wait for their parent."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, ValueError, IndexError):
                state, _, pgrp = (entry / "stat").read_text().rpartition(")")[2].split()[:3]
                if int(pgrp) == group and state not in "ZX":
                    return True
    return False


def wait_until(true: Callable[[], bool], *, seconds: float) -> bool:
    """Poll until a condition is true or the time is over; return whether it is true."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(SECONDS_BETWEEN_LOOKS)
    return True


def private_directory(path: Path) -> Path:
    """Create a directory that only its owner can read; existing parents are unchanged."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.chmod(0o700)
    return path


def socket_directory(state_dir: Path, kind: str) -> Path:
    """Create a short private folder for Unix sockets, the same at every start.

    The path of a socket may have 107 bytes, so it cannot be in the state directory. A folder that another account
    created is never used.

    :raises StackError: when another account has the folder
    """
    mark = short_mark(str(state_dir.resolve()))
    path = Path("/tmp") / f"bank-{kind}-{os.getuid()}-{mark}"
    with contextlib.suppress(FileExistsError):
        path.mkdir(mode=0o700)
    found = path.lstat()
    if path.is_symlink() or not path.is_dir() or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise StackError(f"{path} belongs to another account or is open to others; remove it and start again.")
    return path


def short_mark(text: str) -> str:
    """Return a short stable hash of a path."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def say(line: str) -> None:
    """Print a line for a person at once; if the disk is full, print it with a later line."""
    try:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError:
        pass


class Server(ABC):
    """A server process with its own sockets; its data is kept after its end.

    :cvar title: its name in messages.
    :cvar start_seconds: maximum time until it answers.
    """

    title: ClassVar[str]
    start_seconds: ClassVar[int]
    process: Process
    sockets: Path

    def __enter__(self) -> Self:
        """Start, and wait until connections are accepted."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop and keep the data."""
        self.stop()

    @abstractmethod
    def start(self) -> None:
        """Start the server and wait until it answers."""

    @abstractmethod
    def ready(self) -> bool:
        """Return whether the running server answers."""

    def wait_ready(self) -> None:
        """Wait until the server answers.

        :raises StackError: when it ended instead, with the end of its log
        """
        wait_until(lambda: self.ready() or not self.process.alive(), seconds=self.start_seconds)
        if not self.ready():
            self.process.kill()
            raise StackError(f"{self.title} did not start; the end of {self.process.log}:\n{self.process.tail()}")

    def stop(self) -> None:
        """Stop in order, with all writes on the disk; the data is kept."""
        self.process.stop()
        shutil.rmtree(self.sockets, ignore_errors=True)
