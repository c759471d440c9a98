"""Counter cash for tests: a box, deposits and withdrawals, and proposals that a second person decides."""

from django.db import transaction

from accounts.models import Account
from accounts.till.models import CashBox, CashCount, CashReversal, CounterCash
from accounts.till.operations.boxes import ask_count, open_box
from accounts.till.operations.cash import CashMoved
from accounts.till.operations.counter import ask_counter_cash, pay_at_counter
from accounts.till.operations.reversals import ask_cash_reversal
from accounts.till.vocabulary import MovementKind
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.models import Approval
from tests import factories


def box(fen: int = 10_000_000, teller: Caller | None = None) -> CashBox:
    """Open a teller's box."""
    with transaction.atomic():
        return open_box(principal=teller or factories.caller("teller"), opening_fen=fen)


def pay(account: Account, kind: str, fen: int, teller: Caller | None = None) -> CashMoved:
    """Pay cash in or out at the counter."""
    with transaction.atomic():
        return pay_at_counter(
            principal=teller or factories.caller("teller"),
            account_id=account.id,
            kind=MovementKind(kind),
            amount_fen=fen,
        )


def large(account: Account, kind: str, fen: int, teller: Caller | None = None) -> tuple[CounterCash, Approval]:
    """Propose a large deposit or withdrawal."""
    with transaction.atomic():
        return ask_counter_cash(
            principal=teller or factories.caller("teller"),
            account_id=account.id,
            kind=MovementKind(kind),
            amount_fen=fen,
        )


def take_back(moved: CashMoved, teller: Caller | None = None) -> tuple[CashReversal, Approval]:
    """Propose the reversal of a movement."""
    with transaction.atomic():
        return ask_cash_reversal(
            principal=teller or factories.caller("teller"), movement_id=moved.id, reason="金额录入有误"
        )


def count(fen: int, reason: str = "", teller: Caller | None = None) -> tuple[CashCount, Approval]:
    """Propose the count that closes a teller's box."""
    teller = teller or factories.caller("teller")
    box_id = CashBox.objects.filter(teller_id=teller.id).latest("opened_at", "id").id
    with transaction.atomic():
        return ask_count(principal=teller, box_id=box_id, counted_fen=fen, reason=reason)


def approve(approval: Approval) -> None:
    """Approve as a supervisor."""
    with transaction.atomic():
        approvals.approve(approval.id, principal=factories.caller("supervisor"))
