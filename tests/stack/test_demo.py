"""The demo's supervisor restarts dead processes and leaves nothing behind; folders and ports are used once."""

import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from config.stack import demo, state
from config.stack.process import StackError, group_exists, wait_until

ROOT = Path(__file__).resolve().parents[2]

SUPERVISED = """
import sys
from pathlib import Path
from config.stack.process import Process
from config.stack.supervisor import Stopped, Supervisor
place = Path(sys.argv[1])
supervisor = Supervisor(place / "processes.json")
supervisor.guardian.tell("remove", place / "leftover")
commands = {"first": "exec sleep 300", "second": "trap '' TERM; sleep 300 & while :; do sleep 0.1; done"}
try:
    supervisor.stage(*(
        Process(name, ["sh", "-c", command], log=place / "logs" / f"{name}.log", stop_seconds=0.5)
        for name, command in commands.items()
    ))
    print("started", flush=True)
    supervisor.watch()
except Stopped:
    pass
finally:
    supervisor.stop()
"""


def pids(place):
    return json.loads((place / "processes.json").read_text())


@pytest.fixture
def supervised(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", SUPERVISED, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout.readline() == "started\n"
        yield running
        running.kill()


def test_a_process_that_dies_is_started_again(supervised, tmp_path):
    before = pids(tmp_path)
    os.kill(before["first"], signal.SIGKILL)
    assert wait_until(lambda: pids(tmp_path).get("first", before["first"]) != before["first"], seconds=30)
    assert pids(tmp_path)["second"] == before["second"]


def test_a_full_disk_ends_nothing_and_the_ids_are_written_when_there_is_space(supervised, tmp_path):
    before = pids(tmp_path)
    full = tmp_path / "processes.new"
    full.symlink_to("/dev/full")
    os.kill(before["first"], signal.SIGKILL)
    assert "first ended" in supervised.stdout.readline()
    assert "cannot be written (No space left on device)" in supervised.stdout.readline()
    assert pids(tmp_path) == before
    full.unlink()
    assert "is written again" in supervised.stdout.readline()
    assert pids(tmp_path)["first"] != before["first"]
    assert pids(tmp_path)["second"] == before["second"]


def test_a_log_that_cannot_be_opened_ends_nothing_else(supervised, tmp_path):
    before = pids(tmp_path)
    log = tmp_path / "logs" / "first.log"
    log.unlink()
    log.mkdir()
    os.kill(before["first"], signal.SIGKILL)
    assert "first ended" in supervised.stdout.readline()
    assert "first does not start, is tried again" in supervised.stdout.readline()
    assert group_exists(before["second"])
    log.rmdir()
    assert wait_until(lambda: pids(tmp_path).get("first", before["first"]) != before["first"], seconds=30)


def test_a_word_that_finds_no_space_ends_nothing():
    speak = "import os; from config.stack.process import say; say('first ended'); os._exit(7)"
    with Path("/dev/full").open("w") as full:
        assert subprocess.run([sys.executable, "-c", speak], cwd=ROOT, stdout=full, check=False).returncode == 7


def test_unwritable_folder_gives_one_clear_line(tmp_path):
    (tmp_path / "lock").mkdir()
    words = [sys.executable, "-m", "config.stack", "demo"]
    environment = {**os.environ, "STATE_DIR": str(tmp_path)}
    started = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert started.returncode == 1
    assert re.fullmatch(r".*Is a directory.*lock.*\n", started.stderr)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_the_wish_to_stop_leaves_no_process(supervised, tmp_path, number):
    groups = pids(tmp_path).values()
    supervised.send_signal(number)
    assert supervised.wait(timeout=30) == 0
    assert not any(map(group_exists, groups))
    assert not (tmp_path / "processes.json").exists()


def test_kill_9_of_the_supervisor_leaves_no_process_and_no_leftover(supervised, tmp_path):
    groups = pids(tmp_path).values()
    (tmp_path / "leftover").write_text("")
    supervised.kill()
    assert wait_until(lambda: not any(map(group_exists, groups)), seconds=20)
    assert wait_until(lambda: not (tmp_path / "leftover").exists(), seconds=30)


MAKEFILE = """
all:
\t@exec {python} -c 'import time; from config.stack.demo import Parent; p = Parent(); print("up", flush=True); \\
\t[time.sleep(0.05) for _ in iter(p.gave_up, True)]; print("gave up", flush=True)'
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_signal_sent_to_make_alone_is_noticed(tmp_path, number):
    makefile = tmp_path / "Makefile"
    makefile.write_text(MAKEFILE.format(python=sys.executable))
    # Under `make test` this make is a child of another, which would have it print its directory; and who runs the
    # suite in the background of a script has it ignore Ctrl-C, which make would inherit.
    with subprocess.Popen(
        ["make", "--no-print-directory", "-f", makefile],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as make:
        assert make.stdout.readline() == "up\n"
        make.send_signal(number)
        assert make.stdout.readline() == "gave up\n"


def test_state_directory_is_used_by_one_demo_at_a_time(tmp_path):
    descriptor = state.lock(tmp_path / "demo")
    with pytest.raises(StackError, match="already runs"):
        state.lock(tmp_path / "demo")
    os.close(descriptor)
    os.close(state.lock(tmp_path / "demo"))


def test_a_port_is_taken_once_and_free_again_afterwards():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with state.reserve_port(port), pytest.raises(StackError, match=f"Port {port} is taken"):
        state.reserve_port(port)
    state.reserve_port(port).close()


def test_occupied_port_is_refused():
    with socket.create_server(("127.0.0.1", 0)) as server, pytest.raises(StackError, match="is taken"):
        state.reserve_port(server.getsockname()[1])


def test_secrets_are_made_once_and_for_their_owner_only(tmp_path):
    first = state.secret_environment(tmp_path)
    assert set(first) == {"BANK_SECRET_KEY", "BANK_FIELD_KEYS", "BANK_INDEX_KEY"}
    assert state.secret_environment(tmp_path) == first
    assert stat.S_IMODE((tmp_path / state.SECRETS).stat().st_mode) == 0o600


def test_special_characters_of_a_shell_are_read_literally(tmp_path):
    written = {"DATABASE_URL": "postgresql://bank@/bank?host=%2Ftmp%2Fa place&port=5433", "EMPTY": "", "KEY": "1:YWI="}
    path = tmp_path / "demo.env"
    state.write_private(path, state.shell_lines(written))
    assert state.read_shell_lines(path) == written
    shown = subprocess.run(
        ["sh", "-c", '. "$0"; printf "%s\\n" "$DATABASE_URL" "$EMPTY" "$KEY"', path],
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.splitlines() == list(written.values())


def test_the_answer_is_whole_and_private(tmp_path):
    (tmp_path / state.KEYS).write_text('{"atm": "a"}')
    state.write_answer(tmp_path, base_url="http://127.0.0.1:8000", bank_code="B1")
    path = tmp_path / state.ANSWER
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert '"base_url": "http://127.0.0.1:8000"' in path.read_text()


def test_reset_deletes_exactly_the_demos_data(tmp_path, monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    place = tmp_path / "demo"
    state.secret_environment(place.mkdir() or place)
    (place / "postgres").mkdir()
    (place / "mine.txt").write_text("stays")
    state.reset(place)
    assert [path.name for path in place.iterdir()] == ["mine.txt"]


def test_reset_leaves_a_foreign_database_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/bank")
    with pytest.raises(StackError, match="yours to empty"):
        state.reset(tmp_path)


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http", "８０００"])
def test_a_port_that_is_none_is_one_clear_line(monkeypatch, port):
    monkeypatch.setenv("PORT", port)
    with pytest.raises(StackError, match="PORT must be a number from 1 to 65535"):
        demo.from_environment()


@pytest.mark.parametrize("port", ["1", "65535"])
def test_the_ends_of_the_range_are_ports(monkeypatch, tmp_path, port):
    monkeypatch.setenv("PORT", port)
    monkeypatch.setenv("STATE_DIR", str(tmp_path))
    assert demo.from_environment().port == int(port)


def test_an_unknown_part_cannot_be_left_out(monkeypatch):
    monkeypatch.setenv("DEMO_WITHOUT", "celery,printer")
    with pytest.raises(StackError, match="not printer"):
        demo.from_environment()


@pytest.mark.parametrize(
    ("without", "left_out"),
    [("watcher", {"watcher"}), ("celery", {"release", "default", "beat"}), ("", set())],
)
def test_parts_are_left_out_on_request(monkeypatch, tmp_path, without, left_out):
    monkeypatch.setenv("DEMO_WITHOUT", without)
    monkeypatch.setenv("STATE_DIR", str(tmp_path))
    monkeypatch.delenv("PORT", raising=False)
    names = {process.name for process in demo.from_environment().processes({})}
    assert names == {"web", "release", "default", "beat", "watcher"} - left_out
