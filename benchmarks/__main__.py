"""``python -m benchmarks NAME`` runs one drill or benchmark in a temporary bank.

``proof`` replays a bank's orders. ``chaos`` breaks a bank under traffic, ``failover`` its database. ``upgrade``
migrates a bank under traffic and takes it back. ``pooled`` runs one behind PgBouncer, ``rabbit`` one with RabbitMQ. The
others are benchmarks (`benchmarks/cases/runner.py`), their ``table``, and what is read of the code:
``parameter_path``, ``size`` and a sample of its ``docstrings``.
"""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks.bank.report import NOT_MET
from benchmarks.cases import docstrings, parameter_path, runner, size, table
from benchmarks.drills import pooler, rabbitmq, server_pair, temporary_bank
from config.stack.process import StackError, say

#: Settings of a bank under faults: its holds end within the run, and several releasers compete for few transfers.
BROKEN = {"BANK_ORDINARY_ARRIVAL_SECONDS": "3", "BANK_RELEASE_BATCH_SIZE": "20", "DEMO_WITHOUT": "day"}
#: Files of a bank for the proof.
FILES = ("customers.csv", "accounts.csv", "cards.csv", "orders.csv")


def prove(*words: str) -> int:
    """Replay a folder's orders in a fresh bank.

    :param words: the folder that holds customers.csv, accounts.csv, cards.csv and orders.csv
    :returns: the exit code of the replay: 0 when every bank's total is right
    :raises StackError: when a file is missing or the bank does not start
    """
    folder = Path(*words).resolve()
    if missing := [name for name in FILES if not (folder / name).is_file()]:
        raise StackError(f"{folder} holds no {', '.join(missing)}. Say where they are: make proof ORDERS=<folder>.")
    return temporary_bank.run_in_temporary_bank(
        "simulate_atm",
        "--orders",
        str(folder / "orders.csv"),
        "--stock",
        str(folder),
        BANK_PAYEE_NAME_ELSEWHERE="optional",
    )


def break_bank(*words: str) -> int:
    """Break a temporary bank; run again if a named situation did not occur, which is no fault of the bank."""
    code = temporary_bank.run_in_temporary_bank("chaos", *words, **BROKEN)
    if code == NOT_MET:
        say("Not everything came about: once more.")
        code = temporary_bank.run_in_temporary_bank("chaos", *words, **BROKEN)
    return code


def upgrade_bank(*words: str) -> int:
    """Migrate a temporary bank under traffic to a made-up next version, and take it back; return the exit code."""
    return temporary_bank.run_in_temporary_bank(
        "upgrade_drill", *words, BANK_ORDINARY_ARRIVAL_SECONDS="3", DEMO_WITHOUT="day"
    )


#: Drills and tools by name, without the benchmarks.
RUNS: Mapping[str, Callable[..., int]] = {
    "proof": prove,
    "chaos": break_bank,
    "upgrade": upgrade_bank,
    "failover": server_pair.drill,
    "pooled": pooler.drill,
    "rabbit": rabbitmq.drill,
    "switch": server_pair.switch,
    "table": table.main,
    "parameter_path": parameter_path.main,
    "size": size.main,
    "docstrings": docstrings.main,
}


def main(words: list[str]) -> int:
    """Run the drill or benchmark named first with the other arguments; return the exit code."""
    name, *more = words or [""]
    try:
        if name in runner.CASES:
            return runner.run(name, more)
        if name in RUNS:
            return RUNS[name](*more)
    except (StackError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    say(f"Usage: python -m benchmarks {' | '.join((*RUNS, *runner.CASES))} [WORDS]")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
