"""What the rules about money see of an account: facts under its row lock, no queryset."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from accounts.vocabulary import AccountClass, AccountKind, AccountStatus, CardStatus, CustomerKind
from blacklist.policy.restrictions import Restriction
from config.kernel.money import Fen


@dataclass(frozen=True, slots=True)
class PartyFacts:
    """One side of a movement of money, as it is at the instant of the decision.

    `restrictions` are those in force then: penalties and case listings derived by date, freezes.
    """

    account_id: UUID
    customer_id: UUID
    holder_kind: CustomerKind
    kind: AccountKind
    account_class: AccountClass
    status: AccountStatus
    balance_fen: Fen
    held_fen: Fen
    frozen: bool = False
    frozen_until: datetime | None = None
    restrictions: tuple[Restriction, ...] = ()
    card_status: CardStatus | None = None
    name_index: bytes = field(default=b"", repr=False)

    @property
    def available_fen(self) -> Fen:
        """Return what can be spent: the balance less what is held."""
        return self.balance_fen - self.held_fen
