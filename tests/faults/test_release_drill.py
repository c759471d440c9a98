"""A release drill with real processes: killed ones are restarted, all is released once, evidence is written."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest
from django.core.management import CommandError, call_command

from benchmarks.drills import command
from config.stack.process import Process, wait_until
from tests.http import ApiClient
from tests.processes import answers, beat, free_port, running, watcher, web, worker


@contextmanager
def kept_running(processes: Sequence[Process], pids_file: Path) -> Iterator[None]:
    """Restart processes that end, and keep the file of process ids up to date."""
    over = Event()

    def watch() -> None:
        while not over.wait(0.1):
            for process in processes:
                if not process.alive():
                    process.start()
            # The drill reads it meanwhile.
            begun = pids_file.with_suffix(".begun")
            begun.write_text(json.dumps({process.name: process.pid for process in processes}))
            begun.replace(pids_file)

    keeper = Thread(target=watch)
    keeper.start()
    try:
        yield
    finally:
        over.set()
        keeper.join()


@pytest.mark.django_db(transaction=True)
def test_everything_that_releases_is_killed_and_all_is_released_once(broker, tmp_path, noon, settings, capsys):
    noon.run()
    settings.REDIS_CLIENT_URL = broker.cache_url
    port, where = free_port(), {"REDIS_URL": broker.url}
    keys = {role: ApiClient(role).bearer for role in ("atm", "teller", "auditor")}
    demo = tmp_path / "demo.json"
    demo.write_text(json.dumps({"keys": keys, "base_url": f"http://127.0.0.1:{port}"}))
    parts = [worker(tmp_path, "release", **where), beat(tmp_path, **where), watcher(tmp_path, **where)]
    asked = {"demo": demo, "seconds": 3, "rate": 15, "into": tmp_path / "drills"}
    with running(web(tmp_path, port, **where), *parts), kept_running(parts, tmp_path / "processes.json"):
        assert wait_until(lambda: answers(f"http://127.0.0.1:{port}"), seconds=60)
        call_command("release_drill", **asked)
    (place,) = (tmp_path / "drills").iterdir()
    report = json.loads((place / "report.json").read_text())
    assert report["kept"]
    assert (report["accepted"], report["releases"], report["early"], sum(report["buckets"].values())) == (45, 45, 0, 45)
    assert any("SIGKILL" in each["what"] for each in report["timeline"])
    assert len((place / "releases.csv").read_text().splitlines()) == 46
    for line in (place / "SHA256SUMS").read_text().splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256((place / name).read_bytes()).hexdigest() == digest
    assert "Everything as promised" in capsys.readouterr().out


def test_drill_runs_in_a_sandbox_with_known_processes_only(settings, tmp_path, monkeypatch):
    settings.SANDBOX = False
    with pytest.raises(CommandError, match="sandbox only"):
        call_command("release_drill")
    monkeypatch.setattr(command, "sandbox_of", lambda *_: {})
    with pytest.raises(CommandError, match="does not name release, beat, watcher"):
        call_command("release_drill", demo=tmp_path / "demo.json")
