"""A drill runs only against a local sandbox of one bank, and leaves nothing behind."""

import json
import os
import signal
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from threading import enumerate as threads
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from redis import Redis

from benchmarks.bank.people import NotPrepared
from benchmarks.drills.chaos import run as runs
from benchmarks.drills.chaos.run import Run
from benchmarks.drills.command import sandbox_of
from benchmarks.drills.processes import Processes, is_broker_of
from benchmarks.drills.release import Drill
from benchmarks.management.commands import chaos
from config.kernel.database import clock
from config.stack.process import group_exists, wait_until

ROOT = Path(__file__).resolve().parents[2]
KEYS = {"atm": "a", "teller": "t", "auditor": "o"}


@pytest.fixture
def demo(tmp_path):
    """The state file of a demo, and a stub of its bank whose status the test sets, by default 200."""
    said = SimpleNamespace(status=200, asked=[])

    class Clock(BaseHTTPRequestHandler):
        def do_GET(self):
            said.asked.append(self.path)
            self.send_response(said.status)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Clock) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        said.file = tmp_path / "demo.json"
        said.url = f"http://127.0.0.1:{server.server_port}"
        said.file.write_text(json.dumps({"keys": KEYS, "base_url": said.url}))
        yield said
        server.shutdown()


def test_sandbox_is_recognized_by_database_address_and_clock(noon, demo, settings):
    assert sandbox_of(demo.file, "It is held")["base_url"] == demo.url
    assert demo.asked == ["/api/v1/sandbox/clock"]
    demo.status = 404
    with pytest.raises(CommandError, match="no clock of a sandbox: 404"):
        sandbox_of(demo.file, "It is held")
    for answer in (KEYS, {"keys": KEYS}, {"keys": KEYS, "base_url": "http://bank.example.com"}):
        demo.file.write_text(json.dumps(answer))
        with pytest.raises(CommandError, match="on this machine"):
            sandbox_of(demo.file, "It is held")
    clock.remove_sandbox()
    with pytest.raises(CommandError, match="sandbox only"):
        sandbox_of(demo.file, "It is held")
    assert len(demo.asked) == 2


@pytest.mark.parametrize("command", ["chaos", "failover_drill", "hold_drill", "release_drill"])
def test_no_drill_believes_its_own_environment(noon, demo, command):
    more = {"fail_over": "true", "rebuild": "true"} if command == "failover_drill" else {}
    demo.status = 404
    with pytest.raises(CommandError, match="no clock of a sandbox"):
        call_command(command, demo=demo.file, **more)
    clock.remove_sandbox()
    with pytest.raises(CommandError, match="sandbox only"):
        call_command(command, demo=demo.file, **more)


def test_the_database_that_is_broken_is_reached_by_a_socket(settings, monkeypatch):
    monkeypatch.setitem(settings.DATABASES["default"], "HOST", "/run/postgresql")
    assert chaos.superuser()["host"] == "/run/postgresql"
    for host in ("", "localhost", "db.bank.example"):
        monkeypatch.setitem(settings.DATABASES["default"], "HOST", host)
        with pytest.raises(CommandError, match="names no socket"):
            chaos.superuser()


@pytest.fixture
def a_run(tmp_path, monkeypatch):
    """A run with a stubbed customer, no database, and an unreachable broker."""
    monkeypatch.setattr(
        runs, "make_person", lambda *_: SimpleNamespace(account_id="00000000-0000-4000-8000-000000000000")
    )
    monkeypatch.setattr(runs.psycopg, "connect", lambda **_: pytest.fail("not asked for"))
    (tmp_path / "processes.json").write_text(json.dumps({"postgres": os.getpid(), "valkey": os.getpid()}))
    answer = {"keys": KEYS, "base_url": "http://127.0.0.1:1"}
    processes = Processes(tmp_path / "processes.json")
    made = Run(answer, {}, "unix:///nowhere", processes, place=tmp_path, seed=1, hold_seconds=3, say=lambda _: None)
    yield made
    made.proxy.close()
    made.history.close()


class Session:
    def __init__(self, row):
        self.row = row

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def execute(self, *_):
        return SimpleNamespace(fetchone=lambda: self.row)


def test_a_session_is_known_as_the_banks_while_it_is_open_however_soon_its_process_ends(a_run, tmp_path, monkeypatch):
    """The server's process for a session exists only while the session is open."""
    backend = subprocess.Popen(["sleep", "600"])

    class Short(Session):
        def __exit__(self, *_):
            backend.kill()
            backend.wait()

    monkeypatch.setattr(runs.psycopg, "connect", lambda **_: Short((backend.pid,)))
    monkeypatch.setattr(runs, "is_broker_of", lambda *_: True)
    try:
        a_run._must_be_of_one_bank("00000000-0000-4000-8000-000000000000")
    finally:
        backend.kill()
        backend.wait()


#: A process started by a process, with the most misleading name possible.
NAMED = (
    "import os, time; open('/proc/self/comm', 'w').write('a) R 1 (b'); print(os.getpid(), flush=True); time.sleep(600)"
)


def test_process_is_recognized_by_its_parent_and_a_dead_one_is_not(tmp_path):
    (tmp_path / "processes.json").write_text(json.dumps({"postgres": os.getpid(), "other": 2**30}))
    processes = Processes(tmp_path / "processes.json")
    with subprocess.Popen(["sh", "-c", '"$0" -c "$1"; true', sys.executable, NAMED], stdout=subprocess.PIPE) as shell:
        grandchild = int(shell.stdout.readline())
        assert grandchild != shell.pid
        assert processes.includes("postgres", grandchild)
        assert not processes.includes("other", grandchild)
        os.kill(grandchild, signal.SIGKILL)
    assert not processes.includes("postgres", grandchild)


@pytest.mark.parametrize(("row", "what"), [(None, "database"), ((1,), "database"), ((os.getpid(),), "broker")])
def test_nothing_is_broken_in_a_database_or_broker_of_another_bank(a_run, monkeypatch, row, what):
    monkeypatch.setattr(runs.psycopg, "connect", lambda **_: Session(row))
    monkeypatch.setattr(a_run.observer, "look", lambda: pytest.fail("the run went on"))
    with pytest.raises(NotPrepared, match=f"the {what} of this environment"):
        a_run.run(1)


def test_broker_is_recognized_by_its_process(tmp_path, monkeypatch):
    monkeypatch.setattr(Redis, "info", lambda *_: {"process_id": os.getpid()})
    file = tmp_path / "processes.json"
    for named, same in (({}, True), ({"valkey": os.getpid()}, True), ({"valkey": 2**30}, False)):
        file.write_text(json.dumps(named))
        assert is_broker_of(Processes(file), "unix:///nowhere") is same


def test_a_drill_of_releases_breaks_nothing_where_its_transfers_are_not(db, monkeypatch):
    held = ("00000000-0000-4000-8000-000000000000", None)
    monkeypatch.setattr("benchmarks.drills.release._pay", lambda *_: held)
    drill = Drill(
        None,
        seconds=1,
        rate=1,
        seed=1,
        break_all=lambda: pytest.fail("broken"),
        parts_back=lambda _: True,
    )
    with pytest.raises(NotPrepared, match="not that bank's"):
        drill._accept([None] * 8)


def test_stopped_run_ends_its_observer(a_run, monkeypatch):
    def end(*_):
        raise SystemExit

    monkeypatch.setattr(a_run, "_must_be_of_one_bank", lambda _: None)
    monkeypatch.setattr(a_run, "_break", end)
    monkeypatch.setattr(runs.Client, "act", lambda _: None)
    monkeypatch.setattr(runs.SituationScripts, "heal", lambda _: None)
    monkeypatch.setattr(a_run.observer, "look", lambda: None)
    a_run.history.samples.append(SimpleNamespace(bank=0.0))
    with pytest.raises(SystemExit):
        a_run.run(1)
    assert "observer" not in {each.name for each in threads()}


STARTS = """
import random, sys, time
from pathlib import Path
from benchmarks.drills.chaos.faults import FaultInjector
from benchmarks.drills.chaos.history import History
breaking = FaultInjector(History(None), None, {}, "", None, place=Path(sys.argv[1]), chance=random.Random(1))
breaking.start("a second watcher", "-c", "import time; time.sleep(300)")
print(breaking._started[0].pid, flush=True)
time.sleep(300)
"""


def test_processes_of_a_run_end_with_it_in_every_case(tmp_path):
    words = [sys.executable, "-c", STARTS, str(tmp_path)]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as run:
        started = int(run.stdout.readline())
        assert group_exists(started)
        run.kill()
        assert wait_until(lambda: not group_exists(started), seconds=10)


ATTENDS = """
import os, signal, sys
from benchmarks.drills.temporary_bank import run_to_end
signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
run_to_end([sys.executable, "-c", sys.argv[1]], os.environ)
"""
ENDS_SLOWLY = """
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
try:
    print("at work", flush=True)
    time.sleep(300)
finally:
    time.sleep(0.3)
    print("in order", flush=True)
"""


def test_stopped_command_cleans_up():
    words = [sys.executable, "-c", ATTENDS, ENDS_SLOWLY]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as own:
        assert own.stdout.readline() == "at work\n"
        own.send_signal(signal.SIGTERM)
        assert own.stdout.readline() == "in order\n"
        assert own.wait(timeout=10) == 1
