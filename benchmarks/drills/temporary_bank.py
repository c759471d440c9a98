"""A temporary bank for one command, independent of other running banks, removed at the end."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from config.stack import state
from config.stack.demo import HOST, ROOT
from config.stack.process import StackError, in_child, say, wait_until

START_SECONDS = 120
#: Time for a stopped command to clean up.
STOP_SECONDS = 30


def run_in_temporary_bank(command: str, *words: str, **settings: str) -> int:
    """Start a fresh bank, run a management command in its environment, and remove the bank.

    :param command: command of manage.py; `--demo` passes it the path of the bank's answer file.
    :param settings: further variables of the bank's environment.
    :returns: the exit code of the command.
    :raises StackError: when the bank does not start
    """
    with running_bank(settings) as (state_dir, environment):
        argv = [sys.executable, str(ROOT / "manage.py"), command, "--demo", str(state_dir / state.ANSWER), *words]
        code = run_to_end(argv, environment)
        if code:
            kept = Path(tempfile.mkdtemp(prefix="bank-logs-"))
            shutil.copytree(state_dir / "logs", kept, dirs_exist_ok=True)
            say(f"The logs of this bank are in {kept}.")
    return code


def run_to_end(argv: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run a command and return its exit code; when stopped, let it end its own processes first."""
    command = subprocess.Popen(
        argv, cwd=ROOT, env=environment, preexec_fn=in_child(os.getpid(), signal.SIGTERM, mapped=False)
    )
    try:
        return command.wait()
    finally:
        command.terminate()
        try:
            command.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            command.kill()
            command.wait()


@contextmanager
def running_bank(settings: Mapping[str, str], *, quiet: bool = False) -> Iterator[tuple[Path, dict[str, str]]]:
    """Run a fresh bank; yield its state directory and the environment of its processes.

    :param settings: further variables of its environment.
    :param quiet: suppress its output while it starts.
    :raises StackError: when it does not start
    """
    state_dir = Path(tempfile.mkdtemp(prefix="bank-own-"))
    environment = {
        **os.environ,
        "STATE_DIR": str(state_dir),
        "PORT": str(free_port()),
        "DATABASE_URL": "",
        "REDIS_URL": "",
        **settings,
    }
    demo = subprocess.Popen(
        [sys.executable, "-m", "config.stack", "demo"],
        cwd=ROOT,
        env=environment,
        start_new_session=True,
        stdout=subprocess.DEVNULL if quiet else None,
    )
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))  # runs `finally`: the bank must not outlive its command
    try:
        wait_until_open(demo, state_dir / state.ANSWER)
        yield state_dir, environment | state.read_shell_lines(state_dir / state.ENVIRONMENT)
    finally:
        demo.terminate()
        demo.wait()
        shutil.rmtree(state_dir, ignore_errors=True)


def wait_until_open(demo: "subprocess.Popen[bytes]", answer: Path) -> None:
    """Wait until the bank has written its answer file.

    :raises StackError: when the bank ends instead, or takes too long
    """
    wait_until(lambda: answer.exists() or demo.poll() is not None, seconds=START_SECONDS)
    if not answer.exists():
        raise StackError("The bank of its own did not open.")


def free_port() -> int:
    """Return a port that is free at this moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port
