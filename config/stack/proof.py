"""The proof on real input: a bank of its own, a bank's stock and orders, every clearing account compared."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from config.stack import state
from config.stack.demo import HOST, ROOT
from config.stack.errors import StackError
from config.stack.process import say

START_SECONDS = 120
FILES = ("customers.csv", "accounts.csv", "cards.csv", "orders.csv")


def prove(folder: Path) -> int:
    """Start a fresh bank beside any that runs, replay the folder's orders in it, take it away again.

    :param folder: holds customers.csv, accounts.csv, cards.csv and orders.csv
    :returns: the exit code of the replay: 0 when every bank's total is right
    :raises StackError: when a file is missing or the bank does not start
    """
    if missing := [name for name in FILES if not (folder / name).is_file()]:
        raise StackError(f"{folder} holds no {', '.join(missing)}. Say where they are: make proof ORDERS=<folder>.")
    state_dir = Path(tempfile.mkdtemp(prefix="bank-proof-"))
    environment = {
        **os.environ,
        "STATE_DIR": str(state_dir),
        "PORT": str(free_port()),
        "DATABASE_URL": "",
        "REDIS_URL": "",
    }
    demo = subprocess.Popen(
        [sys.executable, "-m", "config.stack", "demo"], cwd=ROOT, env=environment, start_new_session=True
    )
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))  # through `finally`: the bank must not outlive its proof
    code = 1
    try:
        wait_until_open(demo, state_dir / state.ANSWER)
        environment |= state.read_shell_lines(state_dir / state.ENVIRONMENT)
        replay = [sys.executable, str(ROOT / "manage.py"), "simulate_atm", "--demo", str(state_dir / state.ANSWER)]
        replay += ["--orders", str(folder / "orders.csv"), "--stock", str(folder)]
        code = subprocess.run(replay, cwd=ROOT, env=environment, check=False).returncode
    finally:
        demo.terminate()
        demo.wait()
        if code:
            say(f"The logs of this bank are in {state_dir / 'logs'}.")
        else:
            shutil.rmtree(state_dir, ignore_errors=True)
    return code


def wait_until_open(demo: "subprocess.Popen[bytes]", answer: Path) -> None:
    """Wait until the bank has written where it answers.

    :raises StackError: when it ends instead, or takes too long
    """
    deadline = time.monotonic() + START_SECONDS
    while not answer.exists():
        if demo.poll() is not None or time.monotonic() > deadline:
            raise StackError("The bank for the proof did not open.")
        time.sleep(0.1)


def free_port() -> int:
    """Return a port that nobody has at this moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port
