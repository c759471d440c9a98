"""Worked cases of a regime: which acts are stopped at an instant, and until when."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import count
from uuid import UUID

from accounts.policy.restrictions import longest_that_stops
from blacklist.policy.listings import Listing
from blacklist.policy.restrictions import Restriction, restrictions_of_person
from blacklist.regimes import LegalBasis
from blacklist.vocabulary import Act, Category
from config.kernel.law.dates import SHANGHAI

TICK = timedelta(microseconds=1)
#: What a suspended person does elsewhere than at the counter to take money out.
OUTFLOWS = {Act.MACHINE_CASH_OUT, Act.REMOTE_TRANSFER_OUT, Act.CARD_PAYMENT, Act.DIRECT_DEBIT}
#: What no penalty stops on a bank account.
COUNTER = {
    Act.COUNTER_CASH_IN,
    Act.COUNTER_CASH_OUT,
    Act.COUNTER_TRANSFER_OUT,
    Act.ENQUIRE,
    Act.REPORT_LOST,
}
_ids = count(1)


def midnight(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, tzinfo=SHANGHAI)


def after(year: int, month: int, day: int) -> datetime:
    """Return the instant at which a last day ends."""
    return midnight(year, month, day) + timedelta(days=1)


def certified(
    basis: str,
    day: date,
    category: Category = Category.SELL,
    *,
    in_force_at: datetime | None = None,
    term: tuple[date, date] | None = None,
) -> Listing:
    """Return a listing, by default approved on its certification day."""
    at = in_force_at or midnight(day.year, day.month, day.day)
    return Listing(UUID(int=next(_ids)), category, LegalBasis(basis), day, at, identity_key=b"k" * 32, term=term)


def stopped(listings: Iterable[Listing], at: datetime) -> set[Act]:
    """Return all acts stopped at an instant."""
    return {act for each in restrictions_of_person(listings, at=at) for act in each.stopped}


def end(listings: Iterable[Listing], act: Act, at: datetime) -> datetime | None:
    """Return the end of the stop of an act at an instant; None where it is not stopped."""
    found: Restriction | None = longest_that_stops(restrictions_of_person(listings, at=at), act)
    return found.until if found else None
