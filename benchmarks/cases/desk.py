"""Server time of every page of the desk and every list of the API, in a bank with a million customers and transfers.

    python -m benchmarks.cases.desk [--customers 1000000] [--transfers 1000000] [--held 50] [--certificates 100000]
                              [--rounds 7] [--only WORDS] [--json]

A request goes through the whole middleware of the real application, in this process, signed in with a
second factor; its time is the server's and none of a network. A shared machine's milliseconds are worth
little: each page is also told as a multiple of the sign-in page, taken in the same round. Exits with an
error for a wrong answer only, never for a slow one. The bank's clock stands at 20:00, so that today is long.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.cases.common import bank, progress
from benchmarks.cases.report import Line, Report, asks_json
from config.stack.postgres import ROLE, Postgres

GOAL_MS = 300.0
#: How the names of files begin: they are written whole before they are sent.
FILES = "export"
ROLES = ("teller", "supervisor", "compliance", "compliance_2", "auditor")


@dataclass
class Measured:
    """What a page cost, round by round."""

    name: str
    queries: int
    milliseconds: list[float] = field(default_factory=list)
    ratios: list[float] = field(default_factory=list)

    @property
    def is_fast(self) -> bool:
        """Say whether the page stays below the goal."""
        return median(self.milliseconds) < GOAL_MS


def main() -> int:
    """Run, print the table, return the exit status."""
    words = read_words()
    console = Console(width=None if sys.stdout.isatty() else 120)
    os.environ["SANDBOX"] = "1"
    with Report("desk", words.json) as report:
        with bank() as postgres:
            fill(postgres, words, console)
            found, report.wrong = measure(words, console)
        console.print(table(found))
        slow = [each.name for each in found if not each.is_fast]
        console.print(
            f"{len(found)} pages, {len(slow)} not below {GOAL_MS:.0f} ms{': ' if slow else ''}{', '.join(slow)}"
        )
        report.figures = {each.name: each.milliseconds for each in found}
        slowest, sign_in_page = max(found, key=lambda each: median(each.milliseconds)), found[0]
        report.lines.append(
            Line(
                f"the slowest of {len(found)} pages: {slowest.name}", median(slowest.milliseconds), "ms",
                median(sign_in_page.milliseconds), "the sign-in page", median(slowest.ratios),
                goal=f"all below {GOAL_MS:.0f} ms", met=not slow,
            )
        )  # fmt: skip
    return report.status


def read_words() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--transfers", type=int, default=1_000_000)
    parser.add_argument("--held", type=int, default=50, metavar="PERCENT", help="of the transfers")
    parser.add_argument("--certificates", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument(
        "--only", default="", metavar="WORDS", help="pages whose name begins so; export: files, minutes each"
    )
    asks_json(parser)
    return parser.parse_args()


def fill(postgres: Postgres, words: argparse.Namespace, console: Console) -> None:
    """Make the bank; foreign keys and triggers rest meanwhile, since every row is made to fit."""
    from benchmarks.cases.desk_stock import fill_people, fill_register, run
    from benchmarks.cases.desk_traffic import fill_transfers
    from benchmarks.cases.desk_work import fill_work
    from config.kernel.database.transactions import perform
    from config.kernel.law.dates import next_day_start, shanghai_day
    from tests import people
    from transfers.operations.lateness import count_again

    postgres.psql(f"GRANT SET ON PARAMETER session_replication_role TO {ROLE}")
    run("SET session_replication_role = replica; SET synchronous_commit = off; SET work_mem = '256MB'")
    run("SET statement_timeout = 0")
    at = stop_clock()
    for name in (*ROLES, "atm"):
        people.principal(name, name.partition("_")[0])
    with progress(console) as bars:

        def begin(name: str, total: int) -> Callable[[int], None]:
            bar = bars.add_task(name, total=total)
            return lambda done: bars.advance(bar, done)

        fill_people(words.customers, at, begin)
        fill_register(words.certificates, at, begin)
        held = words.transfers * words.held // 100
        fill_work(words.customers, at, begin)
        fill_transfers(words.transfers, held, words.customers, at, next_day_start(at), begin)
        # The trigger that counts rests.
        advance = begin("lateness, by days", 1)
        perform(lambda: count_again(date(2020, 1, 1), shanghai_day(at)))
        advance(1)
        advance = begin("vacuum, analyze", 1)
        run("VACUUM (ANALYZE)")
        advance(1)
    from django.db import connection

    connection.close()


def stop_clock() -> datetime:
    """Let the bank's clock stand at the next 20:00 in Shanghai."""
    from config.kernel.database.clock import bank_now, install_sandbox, set_sandbox_clock
    from config.kernel.law.dates import SHANGHAI

    install_sandbox()
    now = bank_now().astimezone(SHANGHAI)
    evening = now.replace(hour=20, minute=0, second=0, microsecond=0)
    evening += timedelta(days=1) if evening < now else timedelta()
    set_sandbox_clock(now=evening, frozen=True)
    return evening


def is_wanted(name: str, only: str) -> bool:
    """Say whether a page is among those asked for; files of all rows, which take minutes, are only where they are named."""
    return name.startswith(only) and (bool(only) or not name.startswith(FILES))


def measure(words: argparse.Namespace, console: Console) -> tuple[list[Measured], list[str]]:
    """Ask for each page, then again in rounds, the sign-in page beside each; return what it cost and what was wrong."""
    from benchmarks.cases.desk_pages import BASELINE, pages
    from benchmarks.cases.desk_places import find_places

    clients = sign_in()
    wanted = [each for each in pages(find_places()) if each.name == BASELINE or is_wanted(each.name, words.only)]
    baseline, wrong, found = wanted[0], [], []
    with progress(console) as bars:
        bar = bars.add_task("pages", total=len(wanted))
        for page in wanted:
            queries, fault = first_look(clients[page.role], page)
            if fault:
                wrong.append(f"{page.name}: {fault}")
            measured = Measured(page.name, queries)
            for _ in range(words.rounds):
                yardstick, _ = ask(clients[baseline.role], baseline)
                seconds, _ = ask(clients[page.role], page)
                measured.milliseconds.append(seconds * 1000)
                measured.ratios.append(seconds / yardstick)
            found.append(measured)
            bars.advance(bar)
    return found, wrong


def sign_in() -> dict[str, Any]:
    """Return a browser for each role, signed in by password and code, one of nobody and one with an API key."""
    import logging

    from django.db import transaction
    from django.test import Client

    from config.frames.desk.demo_users import PASSWORD, code_of
    from config.kernel.models import Principal
    from config.people.demo_users import ensure_users
    from tests import people

    logging.disable(logging.INFO)
    with transaction.atomic():
        ensure_users()
    key = people.key(Principal.objects.get(name="auditor"))
    clients = {"": Client(), "api": Client(headers={"Authorization": f"Bearer {key}"})}
    for role in ROLES:
        clients[role] = Client()
        typed = {"username": role, "password": PASSWORD, "code": code_of(role)}
        answer = clients[role].post("/desk/sign-in", typed)
        if answer.status_code != 302:
            raise SystemExit(f"{role} cannot sign in: {answer.status_code}")
    return clients


def first_look(client: Any, page: Any) -> tuple[int, str | None]:
    """Ask once, to warm up: count the queries, and say what is wrong with the answer."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        _, answer = ask(client, page)
    if answer.status_code not in {200, 302}:
        return len(queries), f"answered {answer.status_code}"
    text = answer.begun if answer.streaming else answer.content.decode()
    return len(queries), page.check(answer.headers.get("Location", text))


def ask(client: Any, page: Any) -> tuple[float, Any]:
    """Ask for a page; return the seconds until it is whole, of a stream until its first lines are there."""
    before = time.perf_counter()
    answer = client.get(page.path, page.query) if page.post is None else client.post(page.path, page.post)
    if answer.streaming:
        lines = iter(answer.streaming_content)
        # The last line that came may end within a character.
        answer.begun = b"".join(next(lines, b"") for _ in range(3)).decode(errors="ignore")
    seconds = time.perf_counter() - before
    answer.close()
    return seconds, answer


def table(found: list[Measured]) -> Table:
    """Return what was measured as a table."""
    shown = Table("page", "queries", "median ms", "worst ms", "x sign-in", f"< {GOAL_MS:.0f} ms")
    for column in shown.columns[1:5]:
        column.justify = "right"
    for each in found:
        shown.add_row(
            each.name,
            str(each.queries),
            f"{median(each.milliseconds):.1f}",
            f"{max(each.milliseconds):.1f}",
            f"{median(each.ratios):.1f}",
            "[green]yes[/green]" if each.is_fast else "[bold red]NO[/bold red]",
        )
    return shown


if __name__ == "__main__":
    sys.exit(main())
