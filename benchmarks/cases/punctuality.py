"""How late held transfers are posted in a whole bank that does nothing else: rows by SQL, released in real time.

    python -m benchmarks.cases.punctuality [--rate 200] [--seconds 60] [--by celery watcher] [--json]

First by Celery, then by the watcher alone: release workers and beat stand still from just before the first falls due, so
what Celery is still waited for and what is due after five seconds of silence are told apart. Prints percentiles of the
lateness, who released, and the CPU of all processes. Exits with an error for a wrong result only, never for a late one.
"""

import argparse
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, LiteralString

import psycopg

from benchmarks.cases.common import Meter, past_the_guards
from benchmarks.cases.release import AMOUNT_FEN, CUSTOMERS, TABLES, stock, stream
from benchmarks.cases.report import Line, Report, asks_json
from benchmarks.cases.whole_bank import demo, until
from benchmarks.drills.processes import Processes, send
from config.stack.state import OWNER, PIDS, read_shell_lines

FIRST_SECONDS = 8
#: From so long after Celery stood still on nothing is left to it.
SILENCE_SECONDS = 6
#: Milliseconds at the 99th of a hundred; the moonshot of the first is 100.
GOALS = {
    "by Celery": 250,
    "by the watcher, Celery just silent": 900,
    "by the watcher, Celery silent for long": 300,
}
_FOUND: LiteralString = """
SELECT count(*), count(DISTINCT transfer_id), coalesce(min(lateness_ms), 0),
       coalesce(percentile_disc(0.5) WITHIN GROUP (ORDER BY lateness_ms), 0),
       coalesce(percentile_disc(0.99) WITHIN GROUP (ORDER BY lateness_ms), 0), coalesce(max(lateness_ms), 0),
       count(*) FILTER (WHERE released_by = 'celery')
FROM transfers_event JOIN transfers_transfer t ON t.id = transfer_id JOIN kernel_principal p ON p.id = t.made_by_id
WHERE p.name = 'atm-bench' AND released_by <> '' AND transfers_event.id > %(after)s
  AND at - lateness_ms * interval '1 millisecond' >= %(since)s AND at - lateness_ms * interval '1 millisecond' < %(until)s
"""
#: The demo has held transfers of its own, some of which fall due meanwhile.
_FIRST = """
SELECT min(due_at) FROM transfers_transfer t JOIN kernel_principal p ON p.id = t.made_by_id
WHERE p.name = 'atm-bench' AND t.status = 'held'
"""
_LONG_AGO, _FAR = "-infinity", "infinity"


def main() -> int:
    """Hold, wait, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=int, default=200, help="transfers that fall due a second")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--by", nargs="+", choices=["celery", "watcher"], default=["celery", "watcher"])
    asks_json(parser)
    words = parser.parse_args()
    with (
        Report("punctuality", words.json) as report,
        demo() as (place, _, _),
        psycopg.connect(owner(place), autocommit=True) as session,
    ):
        session.execute(past_the_guards("accounts_account", stock()).encode())
        processes = Processes(place / PIDS)
        for number, by in enumerate(words.by):
            report.lines += one(session, processes, words, by, number)
    return report.status


def one(
    session: psycopg.Connection[Any], processes: Processes, words: argparse.Namespace, by: str, number: int
) -> Iterator[Line]:
    """Let a stream fall due, and say how late it was released."""
    count = words.rate * words.seconds
    (after,) = _ask(session, "SELECT coalesce(max(id), 0) FROM transfers_event")
    # Accepted so that the last falls due after all are written.
    held = stream(words.rate, FIRST_SECONDS) % {"count": count, "first": number * count, "accounts": CUSTOMERS}
    session.execute(past_the_guards(TABLES, held).encode())
    session.execute("ANALYZE")
    (first,) = _ask(session, _FIRST)
    every = {"after": after, "since": _LONG_AGO, "until": _FAR}
    with standing_still(session, processes, first) if by == "watcher" else nothing() as still_since:
        meter = Meter()
        time.sleep(max(0.0, _seconds_to(session, first)) + words.seconds)
        until(lambda: _ask(session, _FOUND, every)[0] >= count, 120)
        cpu = meter.microseconds(count)
    posted, once, least, *_ = _ask(session, _FOUND, every)
    if (posted, once) != (count, count) or least < 0:
        raise SystemExit(f"WRONG RESULT: {posted} releases of {once} transfers, least {least} ms")
    windows = {"by Celery": every}
    if still_since:
        (silent,) = _ask(
            session, f"SELECT %(at)s::timestamptz + interval '{SILENCE_SECONDS} seconds'", {"at": still_since}
        )
        windows = {
            "by the watcher, Celery just silent": every | {"until": silent},
            "by the watcher, Celery silent for long": every | {"since": silent},
        }
    for name, window in windows.items():
        n, _, _, p50, p99, most, celery = _ask(session, _FOUND, window)
        print(
            f"{name:<40} lateness ms: p50 {p50:4} p99 {p99:4} max {most:4} (goal {GOALS[name]}); "
            f"by Celery {celery} of {n}; {words.rate} a second, {AMOUNT_FEN} fen each; {cpu:.0f} us of CPU each, of all processes",
            flush=True,
        )
        what = f"lateness p99 {name}, {words.rate} a second"
        yield Line(what, p99, "ms", cpu=cpu, goal=f"{GOALS[name]} ms at most", met=p99 <= GOALS[name])


def owner(place: Path) -> str:
    """Return the address of the database for who owns the tables: rows come here that no ledger brought."""
    return read_shell_lines(place / OWNER)["DATABASE_URL"]


@contextmanager
def standing_still(session: psycopg.Connection[Any], processes: Processes, first: Any) -> Iterator[Any]:
    """Let release workers and beat stand still from half a second before an instant on."""
    time.sleep(max(0.0, _seconds_to(session, first) - 0.5))
    pids = [*processes.family("release"), *processes.family("beat")]
    send(pids, signal.SIGSTOP)
    try:
        yield _ask(session, "SELECT bank_now()")[0]
    finally:
        send(pids, signal.SIGCONT)


@contextmanager
def nothing() -> Iterator[None]:
    """Let everything run."""
    yield None


def _ask(session: psycopg.Connection[Any], statement: str, params: Any = None) -> Any:
    return session.execute(statement.encode(), params).fetchone()


def _seconds_to(session: psycopg.Connection[Any], instant: Any) -> float:
    seconds: float = _ask(session, "SELECT extract(epoch FROM %(at)s - bank_now())::float", {"at": instant})[0]
    return seconds


if __name__ == "__main__":
    sys.exit(main())
