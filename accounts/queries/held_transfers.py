"""Held transfers from and to accounts (在途转账), as the app above reports them.

This app knows what is reserved, but not for what. The app that holds the transfers registers its look-up when Django
starts; without one there are none.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from config.kernel.law.money import Fen


@dataclass(frozen=True, slots=True)
class UnderWay:
    """A held transfer from an account or to it.

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
    """Register the look-up of held transfers.

    :param lookup: from accounts to what is on hold from them and to them, by when it falls due.
    """
    global _lookup
    _lookup = lookup


def under_way(account_ids: Collection[UUID]) -> Sequence[UnderWay]:
    """Return the held transfers from accounts and to them, by due time."""
    return _lookup(account_ids)
