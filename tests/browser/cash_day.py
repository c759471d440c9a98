"""Counter cash of one day for the screenshots: one box counted and closed, one still open."""

from dataclasses import dataclass
from uuid import UUID

from accounts.till.models import CashBox
from accounts.till.operations.boxes import ask_count, open_box
from accounts.till.operations.counter import pay_at_counter
from accounts.till.vocabulary import MovementKind
from benchmarks.bank.day import BankDay
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.database.transactions import perform
from config.kernel.models import Principal
from tests.people import caller_for


@dataclass(frozen=True)
class CashDay:
    """Addresses of the desk for the screenshots, and the book balance of the box.

    :ivar book_fen: whole fen.
    """

    cash_path: str
    count_path: str
    book_fen: int


def live(day: BankDay) -> CashDay:
    """Let the first teller take deposits and pay out, and the second one close the box."""
    teller, second, supervisor = map(_caller, ("teller", "teller_2", "supervisor"))
    box = _worked(teller, day, 20_000_00, (5_000_00, -1_200_00, 860_50, -3_000_00))
    other = _worked(second, day, 10_000_00, (12_000_00, -400_00))
    _, count = perform(lambda: ask_count(principal=second, box_id=other.id, counted_fen=21_600_00))
    perform(lambda: approvals.approve(count.id, principal=supervisor))
    return CashDay(f"/desk/accounts/{day.people[2].account_id}/cash", f"/desk/cash/boxes/{box.id}/count", 21_660_50)


def _worked(teller: Caller, day: BankDay, opening_fen: int, moved: tuple[int, ...]) -> CashBox:
    """Open a box and move cash in it: amounts in whole fen, positive for deposits."""
    box = perform(lambda: open_box(principal=teller, opening_fen=opening_fen))
    for person, fen in zip(day.people[14:], moved, strict=False):
        asked = {
            "account_id": UUID(person.account_id),
            "kind": MovementKind.DEPOSIT if fen > 0 else MovementKind.WITHDRAWAL,
            "amount_fen": abs(fen),
        }
        perform(lambda asked=asked: pay_at_counter(principal=teller, **asked))
    return box


def _caller(name: str) -> Caller:
    return caller_for(Principal.objects.get(name=name))
