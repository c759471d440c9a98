"""The case of a kind of approval: how tests prepare and propose it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from accounts.models import Account
from config.kernel.access.keys import Caller


@dataclass(frozen=True)
class Case:
    """One kind of approval: its preparation, and its proposal; repeated, it proposes the same object.

    :ivar by: the role that makes such proposals.
    :ivar ended: the object's status by the end of its proposal; empty for an object without a status.
    :ivar change: a concurrent change of the object; None if most changes are permitted.
    :ivar of: the account concerned, if it is not the first one.
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
