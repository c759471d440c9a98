"""PostgreSQL and Valkey start, survive a crash, are private, and leave nothing behind."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
import redis

from config.kernel.integrity.dumps import _program
from config.packages import POSTGRES_BIN
from config.stack.postgres import Postgres, binaries
from config.stack.process import Process, StackError, group_exists, socket_directory, wait_until
from config.stack.valkey import Valkey


@pytest.fixture
def postgres(tmp_path):
    with Postgres(tmp_path / "state") as server:
        yield server


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """A shared server that tests only read and never stop, because its creation takes seconds."""
    with Postgres(tmp_path_factory.mktemp("undisturbed") / "state") as server:
        yield server


@pytest.fixture
def valkey(tmp_path):
    with Valkey(tmp_path / "state") as server:
        yield server


def ask(server, statement):
    with psycopg.connect(server.url, autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchone()[0] if cursor.description else None


def lie_open(folder):
    """Return the files that another user could read; a private folder hides its content."""
    return [path for path in [folder, *folder.iterdir()] if path.lstat().st_mode & 0o077 and not path.is_socket()]


def test_a_larger_bank_gives_its_server_more(tmp_path, monkeypatch):
    monkeypatch.setenv("EMBEDDED_POSTGRES", "shared_buffers=24MB work_mem=7MB")
    with Postgres(tmp_path / "state") as server:
        assert [ask(server, f"SHOW {name}") for name in ("shared_buffers", "work_mem", "fsync")] == [
            "24MB",
            "7MB",
            "on",
        ]


@pytest.mark.parametrize("words", ["shared_buffers", "=24MB", "jit= off"])
def test_unknown_setting_is_reported(tmp_path, monkeypatch, words):
    monkeypatch.setenv("EMBEDDED_POSTGRES", words)
    with pytest.raises(StackError, match="name=value"):
        Postgres(tmp_path / "state")


def test_programs_of_a_folder_that_is_named_are_used_instead_of_the_wheels(tmp_path, monkeypatch):
    for name in ("initdb", "pg_dump"):
        (tmp_path / name).symlink_to(binaries() / name)
    monkeypatch.setenv(POSTGRES_BIN, str(tmp_path))
    assert binaries() == tmp_path
    assert _program("pg_dump") == [str(tmp_path / "pg_dump")]


def test_a_folder_without_a_server_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv(POSTGRES_BIN, str(tmp_path))
    with pytest.raises(StackError, match=str(tmp_path)):
        Postgres(tmp_path / "state")


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("full_page_writes", "on"),
        ("data_checksums", "on"),
        ("listen_addresses", ""),
        ("max_connections", "100"),
        ("max_locks_per_transaction", "256"),
        ("jit", "off"),
        ("TimeZone", "UTC"),
        ("server_encoding", "UTF8"),
        ("log_parameter_max_length", "0"),
        ("log_parameter_max_length_on_error", "0"),
    ],
)
def test_postgres_is_durable_private_and_silent_about_data(undisturbed, setting, value):
    assert ask(undisturbed, f"SELECT current_setting('{setting}')") == value


def test_the_bank_is_no_superuser_and_may_use_the_extensions_it_needs(undisturbed):
    assert ask(undisturbed, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
    ask(undisturbed, "CREATE EXTENSION btree_gist")
    ask(undisturbed, "CREATE EXTENSION pg_trgm")


def test_postgres_keeps_committed_rows_after_kill_9(postgres):
    ask(postgres, "CREATE TABLE promise (kept int)")
    ask(postgres, "INSERT INTO promise VALUES (1)")
    postgres.process.kill()
    postgres.start()
    assert ask(postgres, "SELECT kept FROM promise") == 1


def test_postgres_starts_although_a_stranger_has_its_old_process_id(postgres):
    postgres.process.kill()
    lock = postgres.data / "postmaster.pid"
    lines = lock.read_text().splitlines()
    with subprocess.Popen(["sleep", "60"]) as stranger:
        lock.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
        postgres.start()
        stranger.kill()
    assert ask(postgres, "SELECT 1") == 1


def test_a_second_postgres_on_the_same_data_is_refused(undisturbed):
    second = Postgres(undisturbed.state_dir)
    second.process.stop_seconds = 0.3
    with pytest.raises(StackError, match="already runs"):
        second.launch()


def test_an_interrupted_initdb_is_not_taken_for_data(tmp_path):
    draft = tmp_path / "state" / "postgres.new"
    draft.mkdir(parents=True)
    (draft / "PG_VERSION").write_text("18\n")
    with Postgres(tmp_path / "state") as server:
        assert ask(server, "SELECT 1") == 1


def test_postgres_data_stays_and_no_process_does(tmp_path):
    with Postgres(tmp_path / "state") as server:
        ask(server, "CREATE TABLE promise (kept int)")
        group = server.process.pid
    assert not group_exists(group)
    assert not server.sockets.exists()
    with server:
        assert ask(server, "SELECT count(*) FROM promise") == 0


def test_postgres_shows_nothing_to_other_accounts(undisturbed):
    assert lie_open(undisturbed.state_dir) == []
    assert lie_open(undisturbed.data) == []
    assert lie_open(undisturbed.sockets) == []
    assert stat.S_IMODE((undisturbed.sockets / ".s.PGSQL.5432").stat().st_mode) == 0o700
    assert undisturbed.data.stat().st_uid == os.getuid()


def test_parents_of_the_state_directory_keep_their_modes(tmp_path):
    parent = tmp_path / "closed"
    parent.mkdir(mode=0o700)
    with Postgres(parent / "state"):
        assert stat.S_IMODE(parent.stat().st_mode) == 0o700


def test_a_long_state_directory_does_not_make_the_socket_path_too_long(tmp_path):
    with Postgres(tmp_path / ("long" * 30)) as server, Valkey(tmp_path / ("long" * 30)) as broker:
        assert len(str(broker.socket)) < 100
        assert ask(server, "SELECT 1") == 1


@pytest.mark.parametrize(
    ("setting", "value"), [("maxmemory-policy", "noeviction"), ("appendonly", "yes"), ("port", "0")]
)
def test_valkey_forgets_nothing_and_opens_no_port(valkey, setting, value):
    assert redis.Redis.from_url(valkey.cache_url).config_get(setting) == {setting: value}


def test_valkey_keeps_its_data_over_a_restart(valkey):
    redis.Redis.from_url(valkey.cache_url).set("promise", "kept")
    valkey.stop()
    valkey.start()
    assert redis.Redis.from_url(valkey.cache_url).get("promise") == b"kept"


def test_valkey_starts_after_kill_9_at_the_same_address(valkey):
    url = valkey.url
    valkey.process.kill()
    valkey.start()
    assert valkey.url == url
    assert redis.Redis.from_url(valkey.cache_url).ping()


def test_valkey_shows_nothing_to_other_accounts_and_leaves_no_process(tmp_path):
    with Valkey(tmp_path / "state") as server:
        assert lie_open(server.data) == []
        assert lie_open(server.sockets) == []
        group = server.process.pid
    assert not group_exists(group)
    assert not server.sockets.exists()


@pytest.mark.parametrize("server", [Postgres, Valkey])
def test_a_server_does_not_outlive_a_killed_parent(tmp_path, server):
    script = (
        f"import time; from pathlib import Path; from {server.__module__} import {server.__name__} as Server\n"
        f"server = Server(Path({str(tmp_path / 'state')!r})); server.start(); print(server.process.pid, flush=True)\n"
        "time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        group = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
    assert wait_until(lambda: not group_exists(group), seconds=30)
    shutil.rmtree(server(tmp_path / "state").sockets)


def test_a_socket_folder_that_others_may_enter_is_not_used(tmp_path):
    folder = socket_directory(tmp_path, "test")
    try:
        folder.chmod(0o755)
        with pytest.raises(StackError, match="open to others"):
            socket_directory(tmp_path, "test")
    finally:
        folder.rmdir()


def test_a_process_that_ignores_the_wish_to_stop_is_killed_with_its_helpers(tmp_path):
    stubborn = Process(
        "stubborn",
        ["sh", "-c", "trap '' TERM; sleep 60 & while :; do sleep 0.1; done"],
        log=tmp_path / "logs" / "stubborn.log",
        stop_seconds=0.3,
    )
    stubborn.start()
    group = stubborn.pid
    began = time.monotonic()
    stubborn.stop()
    assert time.monotonic() - began < 5
    assert not group_exists(group)


def test_a_command_that_does_not_exist_is_one_clear_line(tmp_path):
    with pytest.raises(StackError, match=r"Cannot start nothing: No such file .*: /no/such/command"):
        Process("nothing", ["/no/such/command"], log=tmp_path / "nothing.log").start()


def test_no_server_listens_on_tcp(undisturbed, valkey):
    own = {undisturbed.process.pid, valkey.process.pid}
    for pid in own:
        inodes = {str(entry.readlink()) for entry in Path(f"/proc/{pid}/fd").iterdir() if entry.is_symlink()}
        listening = {
            f"socket:[{line.split()[9]}]"
            for name in ("tcp", "tcp6")
            for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]
            if line.split()[3] == "0A"
        }
        assert not inodes & listening
