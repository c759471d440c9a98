"""The proof on real input: a bank of its own, a bank's stock and orders, every clearing account compared."""

from pathlib import Path

from benchmarks.drills.own import run_on_own_bank
from config.stack.errors import StackError

FILES = ("customers.csv", "accounts.csv", "cards.csv", "orders.csv")


def prove(folder: Path) -> int:
    """Replay the folder's orders in a fresh bank.

    :param folder: holds customers.csv, accounts.csv, cards.csv and orders.csv
    :returns: the exit code of the replay: 0 when every bank's total is right
    :raises StackError: when a file is missing or the bank does not start
    """
    if missing := [name for name in FILES if not (folder / name).is_file()]:
        raise StackError(f"{folder} holds no {', '.join(missing)}. Say where they are: make proof ORDERS=<folder>.")
    return run_on_own_bank("simulate_atm", "--orders", str(folder / "orders.csv"), "--stock", str(folder))
