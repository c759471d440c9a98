"""Money on its way from and to accounts (在途转账): accounts ask, and whoever holds transfers answers.

Accounts know what is reserved and not for what. The app above says it when Django starts; a bank without one has nothing
under way.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from config.kernel.law.money import Fen


@dataclass(frozen=True, slots=True)
class UnderWay:
    """A transfer on hold from an account or to it.

    :ivar incoming: whether the account is its payee.
    :ivar due_at: when it falls due.
    """

    transfer_id: UUID
    account_id: UUID
    incoming: bool
    amount_fen: Fen
    due_at: datetime | None


type Lookup = Callable[[Collection[UUID]], Sequence[UnderWay]]


def _nothing(_account_ids: Collection[UUID]) -> Sequence[UnderWay]:
    return ()


_lookup: Lookup = _nothing


def register_under_way(lookup: Lookup) -> None:
    """Say who knows the transfers on hold.

    :param lookup: from accounts to what is on hold from them and to them, by when it falls due.
    """
    global _lookup
    _lookup = lookup


def under_way(account_ids: Collection[UUID]) -> Sequence[UnderWay]:
    """Return what is on hold from accounts and to them, by when it falls due."""
    return _lookup(account_ids)
