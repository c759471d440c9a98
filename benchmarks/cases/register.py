"""Cost of the register: acceptance and opening with an empty and with a very large register, in one run.

    python -m benchmarks register [--certificates 100000] [--rounds 5] [--seconds 2] [--accounts 20000] [--json]

Two banks on one server differ only in the register: one is empty, the other has a large number of certificates, half
of them penalties of persons, half of case accounts here and at other banks. Both get requests over HTTP, in turns.
The command fails only for wrong results: an answer other than 201, a call without its row, a listed person who is not
refused.
"""

from argparse import Namespace
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, count

from benchmarks.bank.client import Bank
from benchmarks.bank.report import Measurement, Report
from benchmarks.cases.banks import Web, copy_bank
from benchmarks.cases.common import Meter, in_turns
from benchmarks.cases.load import Orders, post, run
from benchmarks.cases.seeds import NAME, account_number, in_database, key_of, past_the_guards, seed
from config.kernel.database.sql import rows
from config.stack.postgres import DATABASE, Postgres

CONNECTIONS = 8
#: Maximum ratio of a call's time with a full register.
GOAL = 1.1
#: Class II accounts that one customer may have: each is requested once in a slice, never more often.
OPENINGS = 5
TABLES = "blacklist_certificate blacklist_subject blacklist_certificatesubject blacklist_caseaccount"
CERTIFICATES = """
CREATE TEMPORARY TABLE bench_paper AS
SELECT n, uuidv7() AS id, uuidv7() AS subject_id, n %% 2 = 0 AS penalty,
       CASE n WHEN 0 THEN sha256('person %(listed)s') ELSE sha256(('subject ' || n)::bytea) END AS identity_key
FROM generate_series(0, %(count)s) AS n
"""
REGISTER = (
    """
    INSERT INTO blacklist_certificate (id, doc_no, authority_name, authority_compared, region_code, level, certified_on,
        category, legal_basis, status, review_reasons, content, made_by_id, made_at, in_force_at)
    SELECT id, n::text, 'x', 'x', '440100', 'prefecture', (bank_now() - interval '30 days')::date,
           CASE WHEN penalty THEN 'SELL' ELSE 'CASE_ACCOUNT' END, 'NOTICE_2016', 'in_force', '{}', sha256(n::text::bytea),
           (SELECT id FROM kernel_principal LIMIT 1), bank_now() - interval '1 day', bank_now() - interval '1 hour'
    FROM bench_paper ORDER BY n
    """,
    """
    INSERT INTO blacklist_subject (id, identity_key, kind, document_type, country, document_number, name, name_index)
    SELECT subject_id, identity_key, 'individual', 'resident_id', '', 'x', 'x', sha256(n::text::bytea)
    FROM bench_paper ORDER BY n
    """,
    """
    INSERT INTO blacklist_certificatesubject (id, certificate_id, subject_id, document_type, country, document_number, name)
    SELECT uuidv7(), id, subject_id, 'resident_id', '', 'x', 'x' FROM bench_paper ORDER BY n
    """,
    """
    INSERT INTO blacklist_caseaccount (id, certificate_id, account_number, bank_code)
    SELECT uuidv7(), id, (6300000000000000 + n)::text, '' FROM bench_paper WHERE NOT penalty ORDER BY n
    """,
    """
    INSERT INTO blacklist_caseaccount (id, certificate_id, account_number, bank_code, card_number, card_key)
    SELECT uuidv7(), id, '', '', 'x', sha256(('card ' || n)::bytea) FROM bench_paper WHERE NOT penalty ORDER BY n
    """,
    """
    INSERT INTO blacklist_caseaccount (id, certificate_id, account_number, bank_code, outside_number, outside_key)
    SELECT uuidv7(), id, '', 'OTHERBANK', 'x', sha256(('outside ' || n)::bytea)
    FROM bench_paper WHERE NOT penalty ORDER BY n
    """,
)
FULL = "bank_full"
ACCEPTANCE, OPENING = "acceptance", "opening"
#: Rows that each call writes.
MADE = {
    ACCEPTANCE: "transfers_transfer WHERE status <> 'refused'",
    OPENING: "accounts_account WHERE account_class = 'II'",
}


@dataclass
class Side:
    """A bank with its web server and API keys; the holder of its last account is listed in one of the banks.

    :ivar openings: customers who may still open an account.
    :ivar calls: number of calls of each kind.
    """

    name: str
    web: Web
    server: int | None
    keys: dict[str, str]
    customers: list[str]
    openings: Iterator[str]
    calls: Counter[str] = field(default_factory=Counter)
    figures: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def ask(self, what: str, seconds: int, report: Report, *, counts: bool) -> None:
        """Send requests for some seconds; record the median time of a call and its CPU of web and PostgreSQL."""
        sent = Orders(self.keys["atm"], len(self.customers) - 1, next(self.numbers)).alone()
        if what == OPENING:
            key = self.keys["teller"]
            sent = (
                post("/accounts", key, opening(customer), f"opening-{next(self.numbers)}") for customer in self.openings
            )
        meter = Meter(self.web.process.pid, self.server)
        load = run(self.web.port, sent, connections=CONNECTIONS, seconds=seconds)
        calls = len(load.answers)
        milliseconds, cpu = load.latency(50), meter.microseconds(calls)
        self.calls[what] += calls
        report.promise("every call is answered 201", set(load.statuses) == {201})
        if counts:
            self.figures.setdefault((what, "ms"), []).append(milliseconds)
            self.figures.setdefault((what, "us"), []).append(cpu)
            print(f"{what:<10} {self.name:<9} {milliseconds:>7.2f} ms at the median, {cpu:>6.0f} us CPU")

    def look_over(self, report: Report) -> None:
        """Check that the listed customer is refused, that others are not, and that each call has its row."""
        last = len(self.customers)
        order = Orders("", last, 0).order(last) | {"payee": {"account_number": account_number(1), "name": NAME}}
        with Bank(f"http://127.0.0.1:{self.web.port}", self.keys) as bank:
            codes = (
                bank.send("atm", "POST", "/transfers", key="once", json=order).code,
                bank.send("teller", "POST", "/accounts", key="once", json=opening(self.customers[-1])).code,
            )
        stopped = ("NON_COUNTER_SUSPENDED", "OPENING_BARRED") if self.name == FULL else ("", "")
        report.promise("the listed customer is stopped, others are not", codes == stopped)
        with in_database(self.name):
            for what, table in MADE.items():
                made = rows(f"SELECT count(*) AS count FROM {table}")[0]["count"]
                report.promise(f"each {what} has its row", made == self.calls[what] + (not any(codes)))


def opening(customer: str) -> dict[str, str]:
    """Return the request to open a Class II account."""
    return {"customer_id": customer, "kind": "bank", "account_class": "II"}


def measure(words: Namespace, report: Report, postgres: Postgres) -> None:
    """Send requests to both banks in turns."""
    keys = {"atm": seed(words.accounts), "teller": key_of("teller")}
    customers = [
        str(row["id"]) for row in rows("SELECT customer_id AS id FROM accounts_account ORDER BY account_number")
    ]
    copy_bank(postgres, FULL)
    with in_database(FULL):
        rows(CERTIFICATES, {"count": words.certificates, "listed": words.accounts})
        rows(past_the_guards(TABLES, *REGISTER).replace("%%", "%"))
        rows("VACUUM ANALYZE")
    with Web(postgres) as empty, Web(postgres, FULL) as full:
        sides = {
            name: Side(
                name, web, postgres.process.pid, keys, customers, chain.from_iterable([customers[:-1]] * OPENINGS)
            )
            for name, web in ((DATABASE, empty), (FULL, full))
        }
        for number, _, (what, side) in in_turns(
            [("", (what, side)) for what in (ACCEPTANCE, OPENING) for side in sides.values()], words.rounds
        ):
            side.ask(what, words.seconds, report, counts=bool(number))
        for side in sides.values():
            side.look_over(report)
    for (what, unit), ours in sides[FULL].figures.items():
        report.lines.append(
            Measurement(
                f"{what} with a register of {words.certificates:,}{': CPU' if unit == 'us' else ''}", ours, unit,
                sides[DATABASE].figures[what, unit], "an empty register", most=GOAL,
            )
        )  # fmt: skip
