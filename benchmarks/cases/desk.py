"""Server time of every desk page and every API list, in a bank with a million customers and transfers.

    python -m benchmarks desk [--customers 1000000] [--transfers 1000000] [--held 50] [--certificates 100000]
                              [--rounds 7] [--only WORDS] [--json]

Requests run through the whole middleware of the real application, in this process, signed in with a second factor.
The time is the server's, without network. Milliseconds of a shared machine are unreliable, so each page is also given
as a multiple of the sign-in page in the same round. The command fails only for a wrong answer, never for a slow one.
The bank's clock is stopped at 20:00, so that the day has many records.
"""

import logging
import time
from argparse import Namespace
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from benchmarks.bank.report import Measurement, Report
from benchmarks.cases.common import Begin, progress_bars
from benchmarks.cases.desk_pages import BASELINE, Page, find_places, pages
from benchmarks.cases.desk_stock import fill_people, fill_register
from benchmarks.cases.desk_traffic import fill_transfers, fill_work
from benchmarks.cases.seeds import key_of, principal
from config.frames.desk.demo_users import PASSWORD, code_of
from config.kernel.database.clock import bank_now, install_sandbox, set_sandbox_clock
from config.kernel.database.sql import rows
from config.kernel.database.transactions import perform
from config.kernel.law.dates import SHANGHAI, next_day_start, shanghai_day
from config.people.demo_users import ensure_users
from config.stack.postgres import ROLE, Postgres
from transfers.operations.lateness import count_again

GOAL_MS = 300.0
#: Prefix of the names of exports; they are written completely before they are sent.
FILES = "export"
ROLES = ("teller", "supervisor", "compliance", "compliance_2", "auditor")
#: Foreign keys and triggers are disabled while the bank is filled, because all rows are consistent.
_FASTER = """
SET session_replication_role = replica; SET synchronous_commit = off; SET work_mem = '256MB'; SET statement_timeout = 0
"""


def measure(words: Namespace, report: Report, postgres: Postgres) -> None:
    """Fill the bank, then request each page in rounds, with the sign-in page for comparison."""
    postgres.psql(f"GRANT SET ON PARAMETER session_replication_role TO {ROLE}")
    with progress_bars() as begin:
        fill(words, begin)
    clients = sign_in()
    every = list(pages(find_places()))
    baseline = next(each for each in every if each.name == BASELINE)
    wanted = [each for each in every if each is baseline or is_wanted(each.name, words.only)]
    with progress_bars() as begin:
        advance = begin("pages", len(wanted))
        for page in wanted:
            queries, fault = first_look(clients[page.role], page)
            report.promise(
                f"the page shows what it must: {page.name}" if fault else "pages show what they must", not fault
            )
            if fault:
                report.note(f"- {page.name}: {fault}")
            taken = [
                [ask(clients[each.role], each)[0] * 1000 for each in (page, baseline)] for _ in range(words.rounds)
            ]
            ours, theirs = zip(*taken, strict=True)
            what = f"{page.name}, {queries} queries"
            report.lines.append(Measurement(what, ours, "ms", theirs, "the sign-in page", most=GOAL_MS, absolute=True))
            advance(1)


def fill(words: Namespace, begin: Begin) -> None:
    """Create the bank's data."""
    rows(_FASTER)
    at = stop_clock()
    for name in (*ROLES, "atm"):
        principal(name.partition("_")[0], name)
    fill_people(words.customers, at, begin)
    fill_register(words.certificates, at, begin)
    fill_work(words.customers, at, begin)
    held = words.transfers * words.held // 100
    fill_transfers(words.transfers, held, words.customers, at, next_day_start(at), begin)
    # The counting trigger is disabled.
    advance = begin("lateness, by days", 1)
    perform(lambda: count_again(date(2020, 1, 1), shanghai_day(at)))
    advance(1)
    advance = begin("vacuum, analyze", 1)
    rows("VACUUM (ANALYZE)")
    advance(1)
    connection.close()


def stop_clock() -> datetime:
    """Stop the bank's clock at the next 20:00 in Shanghai."""
    install_sandbox()
    now = bank_now().astimezone(SHANGHAI)
    evening = now.replace(hour=20, minute=0, second=0, microsecond=0)
    evening += timedelta(days=1) if evening < now else timedelta()
    set_sandbox_clock(now=evening, frozen=True)
    return evening


def is_wanted(name: str, only: str) -> bool:
    """Return whether a page is requested; exports of all rows take minutes and must be named."""
    return name.startswith(only) and (bool(only) or not name.startswith(FILES))


def sign_in() -> dict[str, Client]:
    """Return a client for each role, signed in by password and code, one anonymous and one with an API key."""
    logging.disable(logging.INFO)
    with transaction.atomic():
        ensure_users()
    clients = {"": Client(), "api": Client(headers={"Authorization": f"Bearer {key_of('auditor', 'auditor')}"})}
    for role in ROLES:
        clients[role] = Client()
        typed = {"username": role, "password": PASSWORD, "code": code_of(role)}
        answer = clients[role].post("/desk/sign-in", typed)
        if answer.status_code != 302:
            raise SystemExit(f"{role} cannot sign in: {answer.status_code}")
    return clients


def first_look(client: Client, page: Page) -> tuple[int, str | None]:
    """Request a page once as a warm-up; return the number of queries and the error in the answer, if any."""
    with CaptureQueriesContext(connection) as queries:
        _, answer = ask(client, page)
    if answer.status_code not in {200, 302}:
        return len(queries), f"answered {answer.status_code}"
    text = answer.begun if answer.streaming else answer.content.decode()
    return len(queries), page.check(answer.headers.get("Location", text))


def ask(client: Client, page: Page) -> tuple[float, Any]:
    """Request a page; return the seconds until it is complete, or until the first lines of a stream."""
    before = time.perf_counter()
    answer: Any = client.get(page.path, page.query) if page.post is None else client.post(page.path, page.post)
    if answer.streaming:
        lines = iter(answer.streaming_content)
        # The last chunk may end within a character.
        answer.begun = b"".join(next(lines, b"") for _ in range(3)).decode(errors="ignore")
    seconds = time.perf_counter() - before
    answer.close()
    return seconds, answer
