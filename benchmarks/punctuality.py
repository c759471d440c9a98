"""How late held transfers are posted in a whole bank that does nothing else: rows by SQL, released in real time.

    python -m benchmarks.punctuality [--rate 200] [--seconds 60]

Prints percentiles of the lateness and who released. Exits with an error for a wrong result only, never for a late one.
"""

import argparse
import sys
import time

import psycopg

from benchmarks.release import AMOUNT_FEN, HELD, STOCK
from benchmarks.whole_bank import demo, until

FIRST_SECONDS = 8
_FOUND = """
SELECT count(*), count(DISTINCT transfer_id), min(lateness_ms), percentile_cont(0.5) WITHIN GROUP (ORDER BY lateness_ms),
       percentile_cont(0.99) WITHIN GROUP (ORDER BY lateness_ms), max(lateness_ms),
       count(*) FILTER (WHERE released_by = 'celery')
FROM transfers_event WHERE released_by <> ''
"""


def main() -> int:
    """Hold, wait, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=int, default=200, help="transfers that fall due a second")
    parser.add_argument("--seconds", type=int, default=60)
    words = parser.parse_args()
    count = words.rate * words.seconds
    with demo() as (_, _, environment), psycopg.connect(environment["DATABASE_URL"], autocommit=True) as session:
        # Of the customers made here alone: those of the demo have their accounts.
        stock = STOCK.replace("%%", "%").replace(
            "FROM accounts_customer", "FROM accounts_customer WHERE name = '\\x00'"
        )
        session.execute(stock.encode())
        # Accepted so that the last falls due after all are written.
        spread = HELD.replace(
            "clock_timestamp() - interval '24 hours'",
            f"bank_now() - interval '24 hours' + interval '{FIRST_SECONDS} seconds' + i * interval '1 second' / {words.rate}",
        )
        session.execute((spread % {"count": count, "round": 1}).encode())
        session.execute("ANALYZE")
        print(f"{count} held, {words.rate} a second", flush=True)
        time.sleep(FIRST_SECONDS + words.seconds)
        until(lambda: session.execute(_FOUND).fetchone()[0] >= count, 120)
        posted, once, least, p50, p99, most, celery = session.execute(_FOUND).fetchone()
    print(
        f"lateness ms: p50 {p50:.0f}, p99 {p99:.0f}, max {most}; by Celery {celery} of {posted}; {AMOUNT_FEN} fen each"
    )
    if (posted, once) != (count, count) or least < 0:
        raise SystemExit(f"WRONG RESULT: {posted} releases of {once} transfers, least {least} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
