"""Books of the simulation: the effects that answers promised, for comparison with the bank."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

from config.kernel.law.money import Fen

COMPLAINTS_SHOWN = 12


@dataclass(slots=True)
class AnsweredTransfer:
    """An answered transfer: parties, amount and the status in the last answer.

    :ivar payee: the account's id; None at another bank.
    :ivar due_at: due instant in the answer, if it is held.
    :ivar final: whether an answer said that it has ended (immediate, cancelled or refused).
    """

    id: str
    payer: str
    payee: str | None
    amount_fen: Fen
    status: str
    final: bool
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """One check of the proof.

    :ivar holds: whether it holds; None if it could not be checked.
    """

    name: str
    holds: bool | None
    detail: str = ""


@dataclass(slots=True)
class Expected:
    """The expected amounts of an account."""

    balance_fen: Fen = 0
    held_fen: Fen = 0


@dataclass(slots=True)
class Books:
    """All answers to all terminals. Amounts are only added, so the order of answers does not matter."""

    cash: Counter[str] = field(default_factory=Counter)
    made: dict[str, AnsweredTransfer] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)
    repeats: int = 0
    _lock: Lock = field(default_factory=Lock)

    def moved_cash(self, account_id: str, fen: Fen) -> None:
        """Record an answered deposit, or a withdrawal as a negative amount."""
        with self._lock:
            self.cash[account_id] += fen

    def answered(self, made: AnsweredTransfer) -> None:
        """Record an answered transfer; the same id in two answers is one transfer."""
        with self._lock:
            if made.id in self.made:
                self.complaints.append(f"{made.id} was answered to two different requests")
            self.made[made.id] = made

    def last_due(self) -> datetime | None:
        """Return the latest due instant of all held transfers; None if there is none."""
        return max((made.due_at for made in self.made.values() if made.due_at), default=None)

    def cancelled(self, transfer_id: str) -> None:
        """Record an answered cancellation."""
        with self._lock:
            self.made[transfer_id].status = "cancelled"
            self.made[transfer_id].final = True

    def repeated(self) -> None:
        """Record a repeated request that got the first answer."""
        with self._lock:
            self.repeats += 1

    def complain(self, what: str) -> None:
        """Record an answer that contradicts the rules."""
        with self._lock:
            self.complaints.append(what)

    def expected(self, statuses: Mapping[str, str]) -> dict[str, Expected]:
        """Return the expected amounts of every account, given the bank's statuses of the transfers."""
        accounts: defaultdict[str, Expected] = defaultdict(Expected)
        for account_id, fen in self.cash.items():
            accounts[account_id].balance_fen += fen
        for made in self.made.values():
            status = statuses.get(made.id, made.status)
            if status == "held":
                accounts[made.payer].held_fen += made.amount_fen
            if status == "posted":
                accounts[made.payer].balance_fen -= made.amount_fen
                if made.payee is not None:
                    accounts[made.payee].balance_fen += made.amount_fen
        return accounts

    def sent_away_fen(self, statuses: Mapping[str, str]) -> Fen:
        """Return the sum posted to other banks."""
        return sum(
            made.amount_fen
            for made in self.made.values()
            if made.payee is None and statuses.get(made.id, made.status) == "posted"
        )
