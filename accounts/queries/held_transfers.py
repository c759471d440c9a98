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
class HeldTransferLine:
    """A held transfer from an account or to it.

    :ivar incoming: whether the account is the payee's.
    :ivar due_at: when it falls due.
    """

    transfer_id: UUID
    account_id: UUID
    incoming: bool
    amount_fen: Fen
    due_at: datetime | None


type Lookup = Callable[[Collection[UUID]], Sequence[HeldTransferLine]]


def _nothing(_account_ids: Collection[UUID]) -> Sequence[HeldTransferLine]:
    return ()


_lookup: Lookup = _nothing


def register_held_transfers(lookup: Lookup) -> None:
    """Register the look-up of held transfers.

    :param lookup: returns the held transfers from accounts and to them, in the order of their due instants.
    """
    global _lookup
    _lookup = lookup


def held_transfers(account_ids: Collection[UUID]) -> Sequence[HeldTransferLine]:
    """Return the held transfers from accounts and to them, by due time."""
    return _lookup(account_ids)
