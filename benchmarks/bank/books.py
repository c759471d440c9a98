"""The simulation's own books: what every answer promised, to be compared with what the bank says later."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

from config.kernel.law.money import Fen

COMPLAINTS_SHOWN = 12


@dataclass(slots=True)
class Made:
    """A transfer that was answered: what moves where, and where it stands by the last answer.

    :ivar payee: the account's id, None at another bank.
    :ivar due_at: when it is to arrive, by the answer, where it waits.
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
    """One thing that was proved or not.

    :ivar holds: None when it could not be asked this time; it then proves nothing and refutes nothing.
    """

    name: str
    holds: bool | None
    detail: str = ""


@dataclass(slots=True)
class Expected:
    """What an account must show."""

    balance_fen: Fen = 0
    held_fen: Fen = 0


@dataclass(slots=True)
class Books:
    """What all terminals were answered. Amounts only add up, so the order of answers does not matter."""

    cash: Counter[str] = field(default_factory=Counter)
    made: dict[str, Made] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)
    repeats: int = 0
    _lock: Lock = field(default_factory=Lock)

    def moved_cash(self, account_id: str, fen: Fen) -> None:
        """Take an answered deposit, or a withdrawal as a negative amount."""
        with self._lock:
            self.cash[account_id] += fen

    def answered(self, made: Made) -> None:
        """Take an answered transfer; one id in two answers is two effects of one, or one of two."""
        with self._lock:
            if made.id in self.made:
                self.complaints.append(f"{made.id} was answered to two different requests")
            self.made[made.id] = made

    def last_due(self) -> datetime | None:
        """Return when the last of all held transfers falls due, None without any."""
        return max((made.due_at for made in self.made.values() if made.due_at), default=None)

    def cancelled(self, transfer_id: str) -> None:
        """Take an answered cancellation."""
        with self._lock:
            self.made[transfer_id].status = "cancelled"
            self.made[transfer_id].final = True

    def repeated(self) -> None:
        """Take a repeat that was answered as the first."""
        with self._lock:
            self.repeats += 1

    def complain(self, what: str) -> None:
        """Take an answer that should not have been."""
        with self._lock:
            self.complaints.append(what)

    def expected(self, statuses: Mapping[str, str]) -> dict[str, Expected]:
        """Return what every account must show when the transfers stand as the bank says they do."""
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
        """Return what was posted to other banks."""
        return sum(
            made.amount_fen
            for made in self.made.values()
            if made.payee is None and statuses.get(made.id, made.status) == "posted"
        )
