"""What the rules about money see of an account: facts under its row lock, no queryset.

`AccountStanding` is all that decides whether money may move at all: who asks a rule about very many
accounts asks once for each standing that occurs among them.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.vocabulary import AccountClass, AccountKind, AccountStatus, CardStatus, CustomerKind
from blacklist.policy.restrictions import Restriction
from config.kernel.law.dates import rfc3339
from config.kernel.law.money import Fen


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountStanding:
    """What an account is and what stands against it, at the instant of the decision (账户状况).

    `restrictions` are those in force then: penalties and case listings derived by date, freezes.
    """

    kind: AccountKind
    account_class: AccountClass
    status: AccountStatus
    frozen: bool = False
    frozen_until: datetime | None = None
    restrictions: tuple[Restriction, ...] = ()
    card_status: CardStatus | None = None

    def record(self, side: str) -> dict[str, Any]:
        """Return it as a decision keeps it: codes and flags, under names that begin with whose they are."""
        return {
            f"{side}.kind": self.kind.value,
            f"{side}.account_class": self.account_class.value,
            f"{side}.status": self.status.value,
            f"{side}.frozen": self.frozen,
            f"{side}.restrictions": list(dict.fromkeys(each.code for each in self.restrictions)),
            f"{side}.card_status": self.card_status.value if self.card_status else None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyFacts(AccountStanding):
    """One side of a movement of money: its standing, whose it is, and the money on it."""

    account_id: UUID
    customer_id: UUID
    holder_kind: CustomerKind
    balance_fen: Fen
    held_fen: Fen
    name_index: bytes = field(default=b"", repr=False)

    def record(self, side: str) -> dict[str, Any]:
        """Return it as a decision keeps it, with the money and without the index of the name."""
        return {
            **AccountStanding.record(self, side),
            f"{side}.balance_fen": self.balance_fen,
            f"{side}.held_fen": self.held_fen,
        }

    @property
    def available_fen(self) -> Fen:
        """Return what can be spent: the balance less what is held."""
        return self.balance_fen - self.held_fen

    @property
    def restricted_by(self) -> list[dict[str, Any]]:
        """Return each code, cause and end of its restrictions once, as a proposal keeps them."""
        kept = {(each.code, each.cause.value, rfc3339(each.until)) for each in self.restrictions}
        return [
            {"code": code, "cause": cause, "until": until}
            for code, cause, until in sorted(kept, key=lambda each: tuple(map(str, each)))
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineDay:
    """What machines have paid out on the bank's day, under the locks of the account and of the machine (当日自助取款).

    A limit that is None is none, and what was paid out was not looked at then.

    :ivar account_fen: from this account, at whatever machine.
    :ivar machine_fen: at this machine, from whatever account.
    :ivar until: the end of the day, exclusive.
    """

    account_fen: Fen
    account_limit_fen: Fen | None
    machine_fen: Fen
    machine_limit_fen: Fen | None
    until: datetime

    def record(self) -> dict[str, Any]:
        """Return what a decision keeps of it: the sums and the limits that they were held against."""
        account = {"account_day_fen": self.account_fen, "account_limit_fen": self.account_limit_fen}
        machine = {"machine_day_fen": self.machine_fen, "machine_limit_fen": self.machine_limit_fen}
        return (account if self.account_limit_fen is not None else {}) | (
            machine if self.machine_limit_fen is not None else {}
        )
