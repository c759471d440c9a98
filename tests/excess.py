"""A customer of 2014 with more accounts and cards than the limits allow, for tests of the desk."""

from dataclasses import dataclass, field
from datetime import datetime

from accounts.models import Account, Card, Customer, ImportBatch
from config.kernel.law.dates import SHANGHAI
from tests import factories
from tests.clock import NOON
from tests.factories import Person

#: Before every rule that stock is older than.
OLD = datetime(2014, 5, 1, 10, tzinfo=SHANGHAI)


@dataclass
class Excessive:
    """A customer beyond the limits, with the accounts and cards concerned.

    :ivar kept: the Class I account that has the place.
    :ivar spare: the further ones of Class I.
    """

    customer: Customer
    kept: Account
    spare: list[Account] = field(default_factory=list)
    cards: list[Card] = field(default_factory=list)


def batch() -> ImportBatch:
    """Return the import batch of the excess."""
    return ImportBatch.objects.get_or_create(source="stock-2014.csv", defaults={"started_at": NOON})[0]


def excessive(
    person: Person | None = None, *, spare: int = 2, cards: int = 6, branch: str = "杭州分行营业部"
) -> Excessive:
    """Create a customer with `spare` Class I accounts too many; all cards are on the first account."""
    holder = factories.customer(person, at=OLD)
    given = {"import_batch": batch(), "opened_at": OLD, "branch": branch}
    kept = factories.account(holder, "I", balance_fen=1_250_00, **given)
    excess = Excessive(holder, kept)
    for nth in range(spare):
        excess.spare.append(factories.account(holder, "I", class_slot=None, balance_fen=(nth + 1) * 88_00, **given))
    for nth in range(cards):
        of = (kept, *excess.spare)[nth % (spare + 1)] if nth < 4 else kept
        slot = {"slot": nth + 1 if nth < 4 else None}
        excess.cards.append(factories.card(of, import_batch=batch(), issued_at=OLD, **slot))
    return excess


def payments(holder: Customer, count: int = 3) -> list[Account]:
    """Create Class III payment accounts of a customer, the first one with the place."""
    given = {"import_batch": batch(), "opened_at": OLD, "kind": "payment"}
    return [
        factories.account(holder, "III", class_slot=1 if nth == 0 else None, balance_fen=10_00, **given)
        for nth in range(count)
    ]
