"""Does the register cost anything? Acceptance and opening beside an empty one and beside a very large one, in one run.

    python -m benchmarks.cases.register [--certificates 100000] [--rounds 5] [--seconds 2] [--accounts 20000] [--json]

Two banks stand on one server, alike but for the register: one lists nobody, the other has so many certificates, half
of them penalties of persons, half of case accounts here and elsewhere. Both are asked over HTTP, in turns. Exits
non-zero for wrong results only: an answer that is not 201, a call without its row, somebody on the list who gets through.
"""

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, count
from random import Random
from statistics import median
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from benchmarks.cases.bench_bank import BenchBank, Web
from benchmarks.cases.common import Meter, past_the_guards, spread
from benchmarks.cases.load import request, run
from benchmarks.cases.report import Line, Report, asks_json

CONNECTIONS = 8
#: How much longer a call may take beside a full register, at most.
GOAL = 1.1
#: Class II accounts that one customer may have: each is asked for once in a slice, and never more often than that.
OPENINGS = 5
TABLES = "blacklist_certificate blacklist_subject blacklist_certificatesubject blacklist_caseaccount"
CERTIFICATES = """
CREATE TEMPORARY TABLE bench_paper AS
SELECT n, uuidv7() AS id, uuidv7() AS subject_id, n %% 2 = 0 AS penalty,
       CASE n WHEN 0 THEN %(listed)s ELSE sha256(('subject ' || n)::bytea) END AS identity_key
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


@dataclass
class Side:
    """A bank, its web server, and who may ask there."""

    database: str
    web: Web
    customers: list[str]
    #: Which customers have not been asked for yet, each as often as its class allows.
    openings: Iterator[str]
    calls: dict[str, int] = field(default_factory=lambda: {"acceptance": 0, "opening": 0})
    wrong: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Slice:
    """What some seconds of calls took: milliseconds of one at the median, microseconds of CPU of web and PostgreSQL."""

    milliseconds: float
    microseconds: float


@dataclass
class Banks:
    """Two banks on one server, and the calls that both are asked."""

    bank: BenchBank
    keys: dict[str, str]
    accounts: int
    seeds: Iterator[int] = field(default_factory=lambda: count(1))

    def slice(self, side: Side, what: str, seconds: int) -> Slice:
        """Ask one bank for some seconds."""
        sent = self._acceptances() if what == "acceptance" else self._openings(side)
        web, postgres = Meter(side.web.process.pid), Meter(self.bank.postgres.process.pid)
        load = run(side.web.port, sent, connections=CONNECTIONS, seconds=seconds)
        calls = sum(load.statuses.values())
        side.calls[what] += calls
        if set(load.statuses) != {201}:
            side.wrong.append(f"{side.database}: {what} answered {dict(load.statuses)}")
        return Slice(load.percentile(0.5), web.microseconds(calls) + postgres.microseconds(calls))

    def _acceptances(self) -> Iterator[bytes]:
        seed = next(self.seeds)
        chance = Random(seed)
        for number in count():
            payer, payee = chance.sample(range(1, self.accounts), 2)
            yield self._post("atm", "transfers", f"{seed}-{number}", self.transfer(payer, payee))

    def _openings(self, side: Side) -> Iterator[bytes]:
        seed = next(self.seeds)
        for number, customer in enumerate(side.openings):
            yield self._post("teller", "accounts", f"{seed}-{number}", self.opening(customer))

    def _post(self, who: str, path: str, key: str, body: dict[str, object]) -> bytes:
        return request("POST", f"/api/v1/{path}", self._headers(who, key), json.dumps(body).encode())

    def _headers(self, who: str, key: str) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {self.keys[who]}",
            "Idempotency-Key": key,
            "Content-Type": "application/json",
        }

    def transfer(self, payer: int, payee: int) -> dict[str, object]:
        """Return a transfer of one fen at a machine."""
        to = {"account_number": self.bank.account_number(payee), "name": self.bank.name}
        return {"payer": {"card_number": self.bank.card_number(payer)}, "payee": to, "amount": "0.01"}

    @staticmethod
    def opening(customer: str) -> dict[str, object]:
        """Return the opening of a Class II account."""
        return {"customer_id": customer, "kind": "bank", "account_class": "II"}

    def code(self, side: Side, who: str, path: str, body: dict[str, object]) -> str:
        """Ask once, and return the code of the refusal; empty where it was none."""
        told = self._headers(who, f"once-{next(self.seeds)}")
        asked = Request(f"http://127.0.0.1:{side.web.port}/api/v1/{path}", json.dumps(body).encode(), told)
        try:
            with urlopen(asked, timeout=30):
                return ""
        except HTTPError as refused:
            return str(json.loads(refused.read())["code"])

    def wrong_results(self, side: Side) -> list[str]:
        """Return what is wrong after all calls: rows that are not one for each, and whom the register does not stop."""
        from config.kernel.database.sql import rows

        last = self.accounts
        codes = (
            self.code(side, "atm", "transfers", self.transfer(last, 1)),
            self.code(side, "teller", "accounts", self.opening(side.customers[last - 1])),
        )
        expected = ("NON_COUNTER_SUSPENDED", "OPENING_BARRED") if side.database == FULL else ("", "")
        wrong = [] if codes == expected else [f"{side.database}: who is listed there is answered {codes}"]
        refused = sum(map(bool, codes))
        tables = {"acceptance": "transfers_transfer WHERE status <> 'refused'", "opening": "accounts_account"}
        use(side.database)
        for what, table in tables.items():
            made = rows(f"SELECT count(*) AS n FROM {table}")[0]["n"] - self.accounts * (what == "opening")
            calls = side.calls[what] + (not refused)
            if made != calls:
                wrong.append(f"{side.database}: {calls} calls of {what} made {made} rows")
        return [*side.wrong, *wrong]


def use(database: str) -> None:
    """Let Django work in a database of the server."""
    from django.db import connection

    connection.close()
    connection.settings_dict["NAME"] = database


def fill(count_of: int, listed: bytes) -> None:
    """Make a register of so many certificates, and one more: of a customer."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(CERTIFICATES, {"count": count_of, "listed": listed})
        cursor.execute(past_the_guards(TABLES, *REGISTER))
        cursor.execute("VACUUM ANALYZE")


def compared(what: str, slices: dict[str, list[Slice]]) -> Iterator[tuple[str, Line]]:
    """Return the ratios of a kind of call, full register to empty one, per round: as a person reads them, and as a line."""
    pairs = list(zip(slices[FULL], slices["bank"], strict=True))
    for name in ("milliseconds", "microseconds"):
        ratios = [getattr(full, name) / getattr(empty, name) for full, empty in pairs]
        word, unit = ("time at the median", "ms") if name == "milliseconds" else ("CPU of web and PostgreSQL", "us")
        verdict = "reached" if median(ratios) <= GOAL else "MISSED"
        ours, empty = (median(getattr(each, name) for each in side) for side in (slices[FULL], slices["bank"]))
        yield (
            f"{what}, {word}: full / empty {spread(ratios, '.3f')} (goal {GOAL}: {verdict})",
            Line(
                f"{what} beside a full register{': CPU' if unit == 'us' else ''}", ours, unit, empty, "an empty register",
                median(ratios), median(each.microseconds for each in slices[FULL]),
                f"{GOAL} times at most", median(ratios) <= GOAL,
            ),
        )  # fmt: skip


def main() -> int:
    """Run, print the ratios, return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--certificates", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--accounts", type=int, default=20_000)
    asks_json(parser)
    given = parser.parse_args()
    with Report("register", given.json) as report:
        measure(given, report)
    return report.status


def measure(given: argparse.Namespace, report: Report) -> None:
    """Ask both banks in turns."""
    slices: dict[str, dict[str, list[Slice]]] = defaultdict(lambda: defaultdict(list))
    with BenchBank() as bank:
        keys = {"atm": bank.seed(given.accounts), "teller": bank.key("teller")}
        customers = bank.customers()
        listed = bank.identity(given.accounts)
        bank.copy(FULL)
        use(FULL)
        fill(given.certificates, listed)
        banks = Banks(bank, keys, given.accounts)
        with Web(bank) as empty, Web(bank, database=FULL) as full:
            sides = [
                Side(name, web, customers, chain.from_iterable([customers[:-1]] * OPENINGS))
                for name, web in (("bank", empty), (FULL, full))
            ]
            for number in range(given.rounds + 1):
                for what in ("acceptance", "opening"):
                    for side in sides if number % 2 else reversed(sides):
                        taken = banks.slice(side, what, given.seconds)
                        if not number:
                            continue  # the first round warms both
                        slices[what][side.database].append(taken)
                        print(
                            f"{number:>3} {what:<10} {side.database:<9} {taken.milliseconds:>7.2f} ms at the median, "
                            f"{taken.microseconds:>6.0f} us CPU",
                            flush=True,
                        )
            report.wrong += [each for side in sides for each in banks.wrong_results(side)]
    print(f"\n{given.certificates} certificates")
    for what, taken in slices.items():
        for words, line in compared(what, taken):
            print(words)
            report.lines.append(line)


if __name__ == "__main__":
    sys.exit(main())
