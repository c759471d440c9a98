"""Release of held transfers, judging included, against pgbench's TPC-B on the same server in the same run.

    python -m benchmarks.release [--transfers 100000] [--rounds 5] [--seconds 3] [--processes 2] [--scale 50]

TPC-B is taken twice: by eight clients, which keep both cores busy and are the goal's yardstick as they are
acceptance's, and by one, which mostly waits for its commits. Exits with an error for a wrong result only, never for a slow one.
"""

import argparse
import json
import multiprocessing
import sys
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from statistics import median

from benchmarks.common import Meter, Pgbench, bank, past_the_guards, spread

GOAL = 8.0
CLIENTS = 8
CUSTOMERS = 100_000
OPENING_FEN = 1_000_000
AMOUNT_FEN = 1_234

STOCK = f"""
INSERT INTO kernel_principal (id, name, role, active) VALUES (uuidv7(), 'atm-bench', 'atm', true);
INSERT INTO accounts_customer (id, kind, status, name, name_index, created_at)
SELECT uuidv7(), 'individual', 'active', '\\x00', sha256(i::text::bytea), now() FROM generate_series(1, {CUSTOMERS}) i;
INSERT INTO accounts_identity (id, customer_id, key) SELECT uuidv7(), id, sha256(id::text::bytea) FROM accounts_customer;
INSERT INTO accounts_account (id, customer_id, account_number, kind, account_class, class_slot, status, opened_at,
                              balance_fen, held_fen)
SELECT uuidv7(), id, (6217000000000000 + row_number() OVER (ORDER BY id))::text, 'bank', 'I', 1, 'open', now(),
       {OPENING_FEN}, 0 FROM accounts_customer;
INSERT INTO accounts_internalaccount (id, kind, bank_code)
SELECT uuidv7(), 'clearing', 'BANK' || i FROM generate_series(1, 13) i;
-- One payer in two hundred is frozen: those transfers come back.
INSERT INTO accounts_freeze (id, account_id, authority, order_no, placed_at)
SELECT uuidv7(), id, 'court', '1', now() FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM accounts_account) a
WHERE n %% 200 = 0;
CREATE TABLE bench_account AS
SELECT id, account_number, row_number() OVER (ORDER BY random()) - 1 AS n FROM accounts_account;
CREATE UNIQUE INDEX ON bench_account (n);
CREATE TABLE bench_bank AS
SELECT id, bank_code, row_number() OVER (ORDER BY id) - 1 AS n FROM accounts_internalaccount WHERE kind = 'clearing';
"""
# Each round pays from other accounts to other payees; one in five goes to another bank.
HELD = f"""
CREATE TEMPORARY TABLE bench_order AS
SELECT uuidv7() AS id, payer.id AS payer_id, i %% 5 = 0 AS outside, payee.id AS payee_id, payee.account_number,
       bank.id AS internal_id, bank.bank_code, clock_timestamp() - interval '24 hours' AS accepted_at
FROM generate_series(1, %(count)s) i
JOIN bench_account payer ON payer.n = (i + %(round)s * 977) %% {CUSTOMERS}
JOIN bench_account payee ON payee.n = (i + %(round)s * 977 + 7919) %% {CUSTOMERS}
JOIN bench_bank bank ON bank.n = i %% 13;
UPDATE accounts_account a SET held_fen = held_fen + d.fen
FROM (SELECT payer_id, count(*) * {AMOUNT_FEN} AS fen FROM bench_order GROUP BY 1) d WHERE a.id = d.payer_id;
INSERT INTO transfers_transfer (id, status, channel, arrival, amount_fen, payer_account_id, payee_account_id,
    payee_internal_id, payee_account_number, payee_bank_code, accepted_at, due_at, same_holder, rule_code, rule_clause,
    rule_profile, outcome_code, made_by_id, attempts, hold_seconds)
SELECT id, 'held', 'atm', 'real_time', {AMOUNT_FEN}, payer_id, CASE WHEN NOT outside THEN payee_id END,
    CASE WHEN outside THEN internal_id END, account_number, CASE WHEN outside THEN bank_code ELSE '' END,
    accepted_at, accepted_at + interval '24 hours', false, 'ATM_24_HOURS', 'clause', 'NOTICE_2016', '',
    (SELECT id FROM kernel_principal WHERE name = 'atm-bench'), 0, 86400
FROM bench_order;
INSERT INTO transfers_event (transfer_id, at, actor_id, old_status, new_status, code, released_by)
SELECT id, accepted_at, (SELECT id FROM kernel_principal WHERE name = 'atm-bench'), '', 'held', '', '' FROM bench_order;
DROP TABLE bench_order;
"""
FROZEN = """
SELECT count(*) AS count FROM transfers_transfer t JOIN accounts_freeze z ON z.account_id = t.payer_account_id
WHERE t.status = 'held'
"""
INVARIANTS = {
    "money is conserved": f"""
        SELECT (SELECT sum(balance_fen) FROM accounts_account) + (SELECT coalesce(sum(amount_fen), 0)
        FROM accounts_entry WHERE internal_id IS NOT NULL) = {CUSTOMERS} * {OPENING_FEN}::bigint AS ok""",
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


def releaser(pipe: Connection) -> None:
    """Release whenever told, in a process of its own, as a Celery worker's child does."""
    import django

    django.setup()
    from config.celery import settle
    from transfers.operations.release_all import release_all
    from transfers.vocabulary import ReleasedBy

    settle()
    while pipe.recv():
        total = done = release_all(released_by=ReleasedBy.CELERY, goes_on=lambda: True)
        while done.passed:
            done = release_all(released_by=ReleasedBy.CELERY, goes_on=lambda: True)
            total += done
        pipe.send((total.posted, total.returned, total.parked))


def run(words: argparse.Namespace) -> list[Round]:
    """Alternate TPC-B and release; check every result."""
    with bank() as postgres:
        from config.kernel.sql import rows

        rows(past_the_guards("accounts_account", STOCK.replace("%%", "%")))
        pgbench = Pgbench(postgres, scale=words.scale)
        context = multiprocessing.get_context("spawn")
        pipes = []
        for _ in range(words.processes):
            ours, theirs = context.Pipe()
            context.Process(target=releaser, args=(theirs,), daemon=True).start()
            pipes.append(ours)
        found = [one_round(number, words, pgbench, pipes) for number in range(words.rounds + 1)]
        for pipe in pipes:
            pipe.send(False)
        return found[1:]  # the first one warms up


def one_round(number: int, words: argparse.Namespace, pgbench: Pgbench, pipes: list[Connection]) -> Round:
    """Run the yardstick, then release a herd, and check what became of it."""
    from config.kernel.sql import rows

    rows(past_the_guards("accounts_account transfers_transfer", HELD), {"count": words.transfers, "round": number})
    expected_back = rows(FROZEN)[0]["count"]
    rows("VACUUM (ANALYZE)")
    alone, _ = pgbench.tpcb(words.seconds, clients=1)
    tpcb, tpcb_cpu = pgbench.tpcb(words.seconds, clients=CLIENTS)
    meter = Meter()
    began = time.perf_counter()
    for pipe in pipes:
        pipe.send(True)
    counts = [pipe.recv() for pipe in pipes]
    seconds = time.perf_counter() - began
    release_cpu = meter.microseconds(words.transfers)
    posted, returned, parked = (sum(each) for each in zip(*counts, strict=True))
    check("all were released", posted + returned == words.transfers and parked == 0)
    check("the frozen ones came back, no others", returned == expected_back)
    for name, query in INVARIANTS.items():
        check(name, rows(query)[0]["ok"])
    found = Round(alone, tpcb, words.transfers / seconds, tpcb_cpu, release_cpu)
    print(
        f"  round {number}: TPC-B {alone:6.0f}/s by one, {found.tpcb:6.0f}/s by {CLIENTS}, {tpcb_cpu:4.0f} us of CPU"
        f"   release {found.release:7.0f}/s, {release_cpu:4.0f} us",
        flush=True,
    )
    return found


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
    parser.add_argument("--json", action="store_true")
    words = parser.parse_args()
    rounds = run(words)
    figures = {
        "tpcb by one client": [each.tpcb_alone for each in rounds],
        "tpcb by eight clients": [each.tpcb for each in rounds],
        "release": [each.release for each in rounds],
        "ratio to one client": [each.release / each.tpcb_alone for each in rounds],
        "ratio to eight clients": [each.release / each.tpcb for each in rounds],
        "ratio by CPU": [each.tpcb_cpu / each.release_cpu for each in rounds],
    }
    if words.json:
        print(json.dumps(figures))
    for name, values in figures.items():
        form = ".1f" if name.startswith("ratio") else ".0f"
        print(f"{name:<24}{spread(values, form)}")
    print(
        f"goal {GOAL:.0f} to eight clients; {words.processes} releasing processes, judging included; all results right"
    )
    if median(figures["ratio to eight clients"]) < GOAL:
        print("Below the goal.", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
