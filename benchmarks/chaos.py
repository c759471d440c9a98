"""A bank under faults: clients pay and cancel while processes die and freeze, sessions are cut and rows are locked.

    python -m benchmarks.chaos [--rounds 3] [--seconds 60] [--clients 10] [--seed 1]

Every request keeps its key until it has an answer. In the end each has one answer, each accepted transfer is there and has
one outcome, none was early, all invariants hold, and nothing is overdue thirty seconds after the last fault. Exits with an
error where that is not so.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx
import psycopg

from benchmarks.chaos_clients import Clients
from benchmarks.chaos_faults import Faults
from benchmarks.whole_bank import ROOT, demo, until
from config.env import redis_client
from transfers.simulation.bank import Bank
from transfers.simulation.people import make_person
from transfers.simulation.tally import Tally

PEOPLE = 40
OPENING_FEN = 1_000_000_00
QUIET_SECONDS = 30
ARRIVAL_SECONDS = 4

_OVERDUE = """
SELECT count(*) FILTER (WHERE due_at < bank_now() - interval '1 second'),
       count(*) FILTER (WHERE parked_until IS NOT NULL) FROM transfers_transfer WHERE status = 'held'
"""
_OUTCOMES = """
SELECT (SELECT count(*) FROM transfers_transfer WHERE id = ANY(%(ids)s)),
       (SELECT count(*) FROM transfers_transfer t WHERE id = ANY(%(ids)s) AND (SELECT count(*) FROM transfers_event e
        WHERE e.transfer_id = t.id AND e.new_status <> 'held') > 1),
       (SELECT count(*) FROM transfers_transfer WHERE id = ANY(%(ids)s) AND status = 'posted' AND settled_at < due_at),
       (SELECT count(*) FROM transfers_transfer WHERE NOT id = ANY(%(ids)s) AND channel = 'online' AND status <> 'refused')
"""
_LATENESS = """
SELECT coalesce(percentile_cont(0.5) WITHIN GROUP (ORDER BY lateness_ms), 0),
       coalesce(percentile_cont(0.99) WITHIN GROUP (ORDER BY lateness_ms), 0), coalesce(max(lateness_ms), 0)
FROM transfers_event WHERE released_by <> '' AND id > %s
"""


class Run:
    """Rounds of traffic and faults on one demo."""

    def __init__(
        self, words: argparse.Namespace, place: Path, answer: dict[str, Any], environment: dict[str, str]
    ) -> None:
        self.words = words
        self.environment = environment
        self.url: str = environment["DATABASE_URL"]
        self.base_url: str = answer["base_url"]
        chance = random.Random(words.seed)
        self.faults = Faults(place, self.url, redis_client(environment["REDIS_URL"]), chance)
        with Bank(self.base_url, answer["keys"]["teller"], Tally()) as teller:
            people = [make_person(teller, chance, OPENING_FEN) for _ in range(PEOPLE)]
        self.clients = Clients(self.base_url, answer["keys"], people)
        self.failed = False

    def one(self, number: int) -> None:
        """Break things for a while; then say what came of it."""
        began_at, faults_before = (
            self._ask("SELECT coalesce(max(id), 0) FROM transfers_event")[0],
            len(self.faults.done),
        )
        stop = Event()
        workers = [
            Thread(target=self.clients.work, args=(each, self.words.seed + number, stop))
            for each in range(self.words.clients)
        ]
        breaker = Thread(target=self.faults.run, args=(stop,))
        for thread in (*workers, breaker):
            thread.start()
        for _ in range(self.words.seconds):
            time.sleep(1)
            print(f"\r  {len(self.clients.asked)} requests, {len(self.faults.done)} faults ", end="", file=sys.stderr)
        stop.set()
        breaker.join()
        quiet_since = time.monotonic()
        for thread in workers:
            thread.join()
        ready = until(lambda: httpx.get(f"{self.base_url}/readyz", trust_env=False).status_code == 200, 60)
        again = self.clients.settle()
        until(lambda: self._ask(_OVERDUE) == (0, 0), QUIET_SECONDS - (time.monotonic() - quiet_since))
        self._judge(number, began_at, self.faults.done[faults_before:], ready, again, time.monotonic() - quiet_since)

    def _judge(self, number: int, began_at: int, faults: list[str], ready: float, again: int, quiet: float) -> None:
        overdue, parked = self._ask(_OVERDUE)
        until(lambda: self._ask("SELECT count(*) FROM transfers_transfer WHERE status = 'held'") == (0,), 30)
        accepted = [
            json.loads(each.answer)["id"]
            for each in self.clients.asked
            if each.path == "/transfers" and each.status == 201
        ]
        there, doubled, early, unasked = self._ask(_OUTCOMES, {"ids": accepted})
        p50, p99, most = self._ask(_LATENESS, [began_at])
        answers = Counter(str(each.status) for each in self.clients.asked)
        found = {
            "lost": len(accepted) - there,
            "made without an answer": unasked,
            "doubled": doubled,
            "early": early,
            "overdue 30 s after the last fault": overdue,
            "parked": parked,
            "answered otherwise when repeated": self.clients.check_replays(200),
            "answers of 5xx that are no 503": sum(
                n for code, n in self.clients.seen.items() if code[0] == "5" and code != "503"
            ),
            "invariants violated": self._reconcile(),
        }
        print(
            f"\rround {number}: {len(faults)} faults, {len(accepted)} transfers in all, {again} requests settled afterwards"
        )
        print(
            f"  ready after {ready:.1f} s, nothing overdue after {quiet:.1f} s; lateness ms p50 {p50:.0f} p99 {p99:.0f} max {most}"
        )
        print(f"  answers {dict(sorted(answers.items()))}; on the way {dict(self.clients.seen.most_common())}")
        print("  " + ", ".join(f"{name} {count}" for name, count in found.items()), flush=True)
        self.failed |= any(found.values())

    def _reconcile(self) -> int:
        words = [sys.executable, "manage.py", "reconcile", "--json"]
        done = subprocess.run(words, cwd=ROOT, env={**os.environ, **self.environment}, capture_output=True, check=False)
        try:
            return sum(not each["holds"] for each in json.loads(done.stdout))
        except ValueError:
            return 1

    def _ask(self, query: str, params: Any = None) -> Any:
        with psycopg.connect(self.url, connect_timeout=5) as session:
            return session.execute(query, params).fetchone()


def main() -> int:
    """Run the rounds; 1 when something was not as it must be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--clients", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    words = parser.parse_args()
    with demo(BANK_ORDINARY_ARRIVAL_SECONDS=str(ARRIVAL_SECONDS)) as (place, answer, environment):
        run = Run(words, place, answer, environment)
        for number in range(1, words.rounds + 1):
            run.one(number)
        print(f"faults: {dict(Counter(run.faults.done))}")
    print("All as it must be." if not run.failed else "NOT as it must be.", file=sys.stderr)
    return int(run.failed)


if __name__ == "__main__":
    sys.exit(main())
