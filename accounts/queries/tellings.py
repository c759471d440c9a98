"""What accounts are for as it was told, at the opening and later (账户种类、用途)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.models import Account, AccountTelling
from accounts.vocabulary import AccountKind, CustomerKind
from accounts.vocabulary.particulars import Purpose, UnitAccountKind
from config.kernel.law.text import Codes

#: How many former ones are shown, the newest first.
MOST = 10


@dataclass(frozen=True, slots=True)
class ToldLater:
    """What an account was told to be for after its opening.

    :ivar was: what it said until then, a code; empty where nothing had been told.
    """

    at: datetime
    who: str
    told: str
    was: str


@dataclass(frozen=True, slots=True)
class AccountTold:
    """What an account is for, and what it was.

    :ivar codes: of which codes: the kinds of a unit's bank account, the purposes of an individual's account.
    :ivar now: a code, empty where nothing was told.
    """

    codes: type[Codes]
    now: str
    later: Sequence[ToldLater] = ()

    @property
    def of_unit(self) -> bool:
        """Say whether it is a unit's account, which has a kind and no purpose."""
        return self.codes is UnitAccountKind

    @property
    def word(self) -> str:
        """Return the name of the codes, as pages look up their words."""
        return self.codes.__name__


def told_of(account: Account) -> AccountTold | None:
    """Return what an account is for, in one query; None of a unit's payment account, of which nothing is asked.

    :param account: with its customer.
    """
    codes: type[Codes]
    if account.customer.kind == CustomerKind.INDIVIDUAL:
        name, codes = "purpose", Purpose
    elif account.kind == AccountKind.BANK:
        name, codes = "unit_kind", UnitAccountKind
    else:
        return None
    rows = AccountTelling.objects.filter(account=account).select_related("principal").order_by("-at", "-id")
    later = [
        ToldLater(each.at, each.principal.name, getattr(each, name), getattr(each, f"was_{name}") or "")
        for each in rows[:MOST]
    ]
    return AccountTold(codes, getattr(account, name) or "", later)
