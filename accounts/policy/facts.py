"""Facts about an account for the rules on money, read under its row lock; no querysets.

`AccountStanding` holds everything that decides whether money may move at all; for very many accounts, each rule is
applied once to every standing that occurs among them.
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
    """Kind, status and restrictions of an account at the instant of the decision (账户状况).

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
        """Return the standing as a decision keeps it: codes and flags, their names prefixed with the side."""
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
    """One side of a movement of money: the account's standing, holder, balance and reservations."""

    account_id: UUID
    customer_id: UUID
    holder_kind: CustomerKind
    balance_fen: Fen
    held_fen: Fen
    name_index: bytes = field(default=b"", repr=False)

    def record(self, side: str) -> dict[str, Any]:
        """Return the facts as a decision keeps them, with the money and without the key of the name."""
        return {
            **AccountStanding.record(self, side),
            f"{side}.balance_fen": self.balance_fen,
            f"{side}.held_fen": self.held_fen,
        }

    @property
    def available_fen(self) -> Fen:
        """Return the available amount: the balance less reservations."""
        return self.balance_fen - self.held_fen

    @property
    def restricted_by(self) -> list[dict[str, Any]]:
        """Return the code, cause and end of each restriction once, as a proposal keeps them."""
        distinct = {(each.code, each.cause.value, rfc3339(each.until)) for each in self.restrictions}
        return [
            {"code": code, "cause": cause, "until": until}
            for code, cause, until in sorted(distinct, key=lambda each: tuple(map(str, each)))
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineDay:
    """Cash that machines have paid out on the bank's day, under the locks of account and machine (当日自助取款).

    Without a limit (None), the amount paid out is not read.

    :ivar account_fen: from this account, at any machine.
    :ivar machine_fen: at this machine, from any account.
    :ivar until: the end of the day, exclusive.
    """

    account_fen: Fen
    account_limit_fen: Fen | None
    machine_fen: Fen
    machine_limit_fen: Fen | None
    until: datetime

    def record(self) -> dict[str, Any]:
        """Return the facts as a decision keeps them: the sums and their limits."""
        account = {"account_day_fen": self.account_fen, "account_limit_fen": self.account_limit_fen}
        machine = {"machine_day_fen": self.machine_fen, "machine_limit_fen": self.machine_limit_fen}
        return (account if self.account_limit_fen is not None else {}) | (
            machine if self.machine_limit_fen is not None else {}
        )
