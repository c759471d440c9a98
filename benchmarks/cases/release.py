"""Release of held transfers, judging included, against pgbench's TPC-B on the same server in the same run.

    python -m benchmarks.cases.release [--transfers 100000] [--rounds 5] [--seconds 3] [--processes 2] [--scale 50] [--json]

TPC-B is taken twice: by eight clients, which keep both cores busy and are the goal's yardstick as they are
acceptance's, and by one, which mostly waits for its commits. Exits with an error for a wrong result only, never for a slow one.
"""

import argparse
import sys
from dataclasses import dataclass
from statistics import median

from benchmarks.cases.common import Pgbench, bank, past_the_guards, spread
from benchmarks.cases.releasers import Herd, Releasers
from benchmarks.cases.report import Line, Report, asks_json

#: To TPC-B by eight clients; microseconds of CPU each.
GOAL, GOAL_CPU = 9.0, 35.0
CLIENTS = 8
CUSTOMERS = 100_000
OPENING_FEN = 1_000_000
AMOUNT_FEN = 1_234

#: Whose orders the transfers are.
MAKER = """
INSERT INTO kernel_principal (id, name, role, active) VALUES (uuidv7(), 'atm-bench', 'atm', true);
INSERT INTO kernel_founding (id, what, object, why)
SELECT uuidv7(), 'kernel_principal', id::text, 'trial' FROM kernel_principal WHERE name = 'atm-bench';
"""
CLEARING = """
INSERT INTO accounts_internalaccount (id, kind, bank_code)
SELECT uuidv7(), 'clearing', 'BANK' || i FROM generate_series(1, 13) i;
CREATE TABLE bench_bank AS
SELECT id, bank_code, row_number() OVER (ORDER BY id) - 1 AS n FROM accounts_internalaccount WHERE bank_code LIKE 'BANK%%';
"""
#: Who pays and who is paid: accounts by numbers from 0 on.
PARTIES = """
CREATE TABLE bench_account AS
SELECT id, account_number, row_number() OVER (ORDER BY random()) - 1 AS n FROM accounts_account WHERE {which};
CREATE UNIQUE INDEX ON bench_account (n);
"""
_STOCK = f"""
{MAKER}
INSERT INTO accounts_customer (id, kind, status, name, name_index, created_at)
SELECT uuidv7(), 'individual', 'active', '\\x00', sha256(i::text::bytea), now() FROM generate_series(1, {{accounts}}) i;
INSERT INTO accounts_identity (id, customer_id, key)
SELECT uuidv7(), id, sha256(id::text::bytea) FROM accounts_customer WHERE name = '\\x00';
INSERT INTO accounts_account (id, customer_id, account_number, kind, account_class, class_slot, status, opened_at,
                              balance_fen, held_fen)
SELECT uuidv7(), id, (6217000000000000 + row_number() OVER (ORDER BY id))::text, 'bank', 'I', 1, 'open', now(),
       {OPENING_FEN}, 0 FROM accounts_customer WHERE name = '\\x00';
{CLEARING}
{PARTIES.format(which="customer_id IN (SELECT id FROM accounts_customer WHERE name = '\\x00')")}
-- One payer in two hundred is frozen: those transfers come back.
INSERT INTO accounts_freeze (id, account_id, authority, order_no, placed_at)
SELECT uuidv7(), id, 'court', '1', now() FROM bench_account WHERE n %% 200 = 0;
"""


def stock(accounts: int = CUSTOMERS) -> str:
    """Return the script that makes a bank at rest: so many customers with an account each, and the clearing accounts."""
    return _STOCK.format(accounts=accounts).replace("%%", "%")


#: One transfer after the other pays from the next account, and one in five goes to another bank. The instant of acceptance
#: of the i-th is an expression.
_HELD = """
CREATE TEMPORARY TABLE bench_order AS
SELECT uuidv7() AS id, payer.id AS payer_id, i %% 5 = 0 AS outside, payee.id AS payee_id, payee.account_number,
       bank.id AS internal_id, bank.bank_code, {accepted_at} AS accepted_at
FROM generate_series(1, %(count)s) i
JOIN bench_account payer ON payer.n = (i + %(first)s) %% %(accounts)s
JOIN bench_account payee ON payee.n = (i + %(first)s + 7919) %% %(accounts)s
JOIN bench_bank bank ON bank.n = i %% 13;
UPDATE accounts_account a SET held_fen = held_fen + d.fen
FROM (SELECT payer_id, count(*) * {amount} AS fen FROM bench_order GROUP BY 1) d WHERE a.id = d.payer_id;
INSERT INTO transfers_transfer (id, status, channel, arrival, amount_fen, payer_account_id, payee_account_id,
    payee_internal_id, payee_account_number, payee_sealed, payee_key, payee_bank_code, accepted_at, due_at, same_holder,
    rule_code, rule_clause, rule_profile, outcome_code, made_by_id, attempts, hold_seconds)
SELECT id, 'held', 'atm', 'real_time', {amount}, payer_id, CASE WHEN NOT outside THEN payee_id END,
    CASE WHEN outside THEN internal_id END, CASE WHEN outside THEN '' ELSE account_number END,
    CASE WHEN outside THEN 'x'::bytea END, CASE WHEN outside THEN sha256(account_number::bytea) END,
    CASE WHEN outside THEN bank_code ELSE '' END,
    accepted_at, accepted_at + interval '24 hours', false, 'ATM_24_HOURS', 'clause', 'NOTICE_2016', '',
    (SELECT id FROM kernel_principal WHERE name = 'atm-bench'), 0, 86400
FROM bench_order;
INSERT INTO transfers_event (transfer_id, at, actor_id, old_status, new_status, code, released_by)
SELECT id, accepted_at, (SELECT id FROM kernel_principal WHERE name = 'atm-bench'), '', 'held', '', '' FROM bench_order;
DROP TABLE bench_order;
"""
TABLES = "accounts_account transfers_transfer"
#: What falls due as it is written.
AT_ONCE = "clock_timestamp() - interval '24 hours'"


def held(accepted_at: str = AT_ONCE) -> str:
    """Return the script that makes held transfers, accepted at an instant each.

    :param accepted_at: an expression of `i`, the number of the transfer from 1 on. The script takes `count` of them,
        which is the `first` account to pay, counted on and on, and how many `accounts` there are.
    """
    return _HELD.format(accepted_at=accepted_at, amount=AMOUNT_FEN)


def stream(rate: int, first_seconds: float) -> str:
    """Return the script that makes held transfers which fall due at a constant rate.

    :param rate: a second.
    :param first_seconds: from now to the first: by then all must be written.
    """
    return held(
        f"bank_now() - interval '24 hours' + interval '{first_seconds} seconds' + i * interval '1 second' / {rate}"
    )


FROZEN = """
SELECT count(*) AS count FROM transfers_transfer t JOIN accounts_freeze z ON z.account_id = t.payer_account_id
WHERE t.status = 'held'
"""
INVARIANTS = {
    "money is conserved": f"""
        SELECT (SELECT sum(balance_fen) FROM accounts_account) + (SELECT coalesce(sum(amount_fen), 0)
        FROM accounts_entry WHERE internal_id IS NOT NULL) = count(*) * {OPENING_FEN} AS ok FROM accounts_account""",
    "entries add up to zero": "SELECT coalesce(sum(amount_fen), 0) = 0 AS ok FROM accounts_entry",
    "nothing is held any more": """
        SELECT (SELECT sum(held_fen) FROM accounts_account) = 0
        AND NOT EXISTS (SELECT FROM transfers_transfer WHERE status = 'held') AS ok""",
    "each posted transfer has two entries, no other has one": """
        SELECT NOT EXISTS (SELECT FROM transfers_transfer t LEFT JOIN accounts_entry e ON e.posting_id = t.id
        GROUP BY t.id HAVING count(e.id) <> CASE t.status WHEN 'posted' THEN 2 ELSE 0 END) AS ok""",
    "each transfer has one release, none early": """
        SELECT NOT EXISTS (SELECT FROM transfers_transfer t LEFT JOIN transfers_event e
        ON e.transfer_id = t.id AND e.released_by <> '' AND e.lateness_ms >= 0
        GROUP BY t.id HAVING count(e.id) <> 1) AS ok""",
}


@dataclass
class Round:
    """One round: the yardstick's rate and ours."""

    tpcb_alone: float
    tpcb: float
    release: float
    tpcb_cpu: float
    release_cpu: float


def run(words: argparse.Namespace) -> list[Round]:
    """Alternate TPC-B and release; check every result."""
    with bank() as postgres:
        from config.kernel.database.sql import rows

        rows(past_the_guards("accounts_account", stock()))
        pgbench = Pgbench(postgres.sockets, scale=words.scale)
        releasers = Releasers(words.processes)
        found = [one_round(number, words, pgbench, releasers) for number in range(words.rounds + 1)]
        releasers.end()
        return found[1:]  # the first one warms up


def one_round(number: int, words: argparse.Namespace, pgbench: Pgbench, releasers: Releasers) -> Round:
    """Run the yardstick, then release a herd, and check what became of it."""
    from config.kernel.database.sql import rows

    expected_back = hold(words.transfers, number * words.transfers)
    rows("VACUUM (ANALYZE)")
    alone, _ = pgbench.tpcb(words.seconds, clients=1)
    tpcb, tpcb_cpu = pgbench.tpcb(words.seconds, clients=CLIENTS)
    herd = releasers.herd()
    check_herd(herd, words.transfers, expected_back)
    check_bank()
    found = Round(alone, tpcb, herd.rate, tpcb_cpu, herd.cpu)
    print(
        f"  round {number}: TPC-B {alone:6.0f}/s by one, {found.tpcb:6.0f}/s by {CLIENTS}, {tpcb_cpu:4.0f} us of CPU"
        f"   release {found.release:7.0f}/s, {herd.cpu:4.0f} us",
        flush=True,
    )
    return found


def hold(count: int, first: int, *, accounts: int = CUSTOMERS) -> int:
    """Make transfers that are due; return how many of those that are held have to come back.

    :param first: which account pays first, counted on and on.
    :param accounts: how many the bank has.
    """
    from config.kernel.database.sql import rows

    rows(past_the_guards(TABLES, held()), {"count": count, "first": first, "accounts": accounts})
    expected: int = rows(FROZEN)[0]["count"]
    return expected


def check_herd(herd: Herd, count: int, expected_back: int) -> None:
    """Look at what a herd came to."""
    check("all were released", herd.released == count and herd.parked == 0)
    check("the frozen ones came back, no others", herd.returned == expected_back)


def check_bank() -> None:
    """Look at the whole bank, in which nothing is due."""
    from config.kernel.database.sql import rows

    for name, query in INVARIANTS.items():
        check(name, rows(query)[0]["ok"])


def check(name: str, ok: bool) -> None:
    """End the run when a result is wrong."""
    if not ok:
        raise SystemExit(f"WRONG RESULT: not so: {name}")


def main() -> int:
    """Run, print the figures, say whether the goal is met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--transfers", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--scale", type=int, default=50, help="of pgbench")
    asks_json(parser)
    words = parser.parse_args()
    with Report("release", words.json) as report:
        rounds = run(words)
        report.figures = {
            "tpcb by one client": [each.tpcb_alone for each in rounds],
            "tpcb by eight clients": [each.tpcb for each in rounds],
            "release": [each.release for each in rounds],
            "CPU": [each.release_cpu for each in rounds],
            "ratio to one client": [each.release / each.tpcb_alone for each in rounds],
            "ratio to eight clients": [each.release / each.tpcb for each in rounds],
            "ratio by CPU": [each.tpcb_cpu / each.release_cpu for each in rounds],
        }
        for name, values in report.figures.items():
            form = ".1f" if name.startswith("ratio") else ".0f"
            print(f"{name:<24}{spread(values, form)}")
        print(
            f"goal {GOAL:.0f} to eight clients; {words.processes} releasing processes, judging included; "
            "all results right"
        )
        middle = {name: median(values) for name, values in report.figures.items()}
        ratio = middle["ratio to eight clients"]
        report.lines.append(
            Line(
                "release in herds, judged",
                middle["release"],
                "a second",
                middle["tpcb by eight clients"],
                "TPC-B by eight clients",
                ratio,
                middle["CPU"],
                f"{GOAL:.0f} times",
                ratio >= GOAL,
            )
        )
        report.lines.append(
            Line(
                "release in herds: CPU",
                middle["CPU"],
                "us",
                cpu=middle["CPU"],
                goal=f"{GOAL_CPU:.0f} us at most",
                met=middle["CPU"] <= GOAL_CPU,
            )
        )
        if ratio < GOAL:
            print("Below the goal.", file=sys.stderr)
    return report.status


if __name__ == "__main__":
    sys.exit(main())
