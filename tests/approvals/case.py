"""What a kind of approval is proposed with, in whatever test asks something of every kind."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from accounts.models import Account
from config.kernel.access.keys import Caller


@dataclass(frozen=True)
class Case:
    """One kind: what must be there first, and what proposes it; the same proposed again is the same thing.

    :ivar by: the role that makes such proposals.
    :ivar ended: what the object's status is, by how its proposal ended; nothing for an object without one.
    :ivar change: what happens to the object meanwhile; None for what most may meet.
    :ivar of: which account that is, where it is another than the one that was made first.
    :ivar again: whether the same may be proposed on a later day: cash of an earlier day is settled.
    :ivar owner: whether a decision about it names the customer, and whether the account.
    """

    by: str
    propose: Callable[[Account, Caller, Any], Any]
    prepare: Callable[[Account], Any] = lambda _: None
    ended: dict[str, str] | None = None
    owner: tuple[bool, bool] = (True, False)
    of: Callable[[Account, Any], Any] = lambda account, _: account.id
    change: Callable[[Any], Any] | None = None
    again: bool = True


ENDED = {"rejected": "rejected", "withdrawn": "withdrawn", "expired": "expired"}
