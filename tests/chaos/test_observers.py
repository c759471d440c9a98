"""Observer and clients of a chaos run, against a test database and a test server."""

import json
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import psycopg
import pytest
from django.db import connection
from psycopg.rows import dict_row

from benchmarks.bank.client import Bank
from benchmarks.drills.chaos.clients import Clients
from benchmarks.drills.chaos.history import History, Operation
from benchmarks.drills.chaos.observer import Observer
from benchmarks.drills.chaos.proxy import CuttingProxy
from benchmarks.drills.chaos.run import _ROWS
from benchmarks.drills.chaos.situations import rows_of
from benchmarks.drills.processes import Processes


@pytest.fixture
def database(db):
    place = connection.settings_dict
    found = {"host": place["HOST"], "port": place["PORT"], "dbname": place["NAME"], "user": place["USER"]}
    return {name: value for name, value in (found | {"password": place["PASSWORD"]}).items() if value}


def test_observation_has_money_releases_sessions_and_the_missing_broker(database, tmp_path):
    history = History(tmp_path / "history.jsonl")
    (tmp_path / "processes.json").write_text(json.dumps({"web": 1}))
    observer = Observer(history, database, "unix:///nowhere", Processes(tmp_path / "processes.json"))
    observer.look()
    observer.database["dbname"] = "nowhere"
    observer._session.close()
    observer.look()
    history.close()
    (seen,) = history.samples
    assert (seen.broker, seen.sessions["observer"], seen.held_fen - seen.holds_fen) == ("", 1, 0)
    assert 1 in seen.processes["web"]
    kinds = [json.loads(line)["type"] for line in (tmp_path / "history.jsonl").read_text().splitlines()]
    assert (kinds, len(history.blind)) == (["sample", "blind"], 1)
    with psycopg.connect(**database, row_factory=dict_row) as session:
        rows_of(session.execute(_ROWS, [0]).fetchall())


class Once(BaseHTTPRequestHandler):
    """A stub of the bank that executes each key once and reports repeats."""

    done: Counter[str] = Counter()
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        key = self.headers["Idempotency-Key"]
        body = json.dumps({"id": key, "status": "held"}).encode()
        self.send_response(201)
        self.send_header("Content-Length", str(len(body)))
        if self.done[key]:
            self.send_header("Idempotent-Replayed", "true")
        self.done[key] += 1
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Quiet(ThreadingHTTPServer):
    """A server that ignores errors of closed connections."""

    def handle_error(self, *_):
        pass


def test_cut_request_is_resolved_by_the_same_key():
    server = Quiet(("127.0.0.1", 0), Once)
    Thread(target=server.serve_forever, daemon=True).start()
    proxy = CuttingProxy(("127.0.0.1", server.server_port), seed=1, odds=0.3)
    history = History(None)
    clients = Clients(Bank(proxy.url, {"teller": "key"}), history, 0)
    asked = [clients.ask(Operation("accept", "teller", "/transfers", {}), seconds=0) for _ in range(30)]
    proxy.odds = 0.0
    unknown, left = clients.settle(10)
    proxy.close()
    server.shutdown()
    server.server_close()
    assert proxy.cuts >= unknown > 0 == left
    assert [each.subject for each in asked] == [each.key for each in asked]
    resolved = [each for each in asked if len(each.tries) > 1]
    # Some requests never arrived, and some answers got lost.
    assert {each.tries[-1].replayed for each in resolved} == {True, False}
    assert clients.differing(10, 1) == 0
