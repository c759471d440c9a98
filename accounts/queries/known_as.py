"""By what names a customer was, or was said to be, known (曾用名、待核查的姓名), masked."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.models import IdentityConflict
from accounts.queries.conflicts import open_conflicts
from accounts.queries.former_names import former_names_of
from config.kernel.identity.masking import mask_name

#: How many attempts under another name are shown, the newest first.
MOST = 3


@dataclass(frozen=True, slots=True)
class NameLine:
    """A name, masked, and until when the customer had it, or when it was told."""

    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class KnownAs:
    """Former names, and those under which somebody came with the customer's document (身份冲突)."""

    former: tuple[NameLine, ...] = ()
    conflicts: tuple[NameLine, ...] = ()


def known_as(customer_id: UUID) -> KnownAs:
    """Return a customer's former names, and the last attempts under another name that nobody has looked into."""
    former = former_names_of([customer_id]).get(customer_id, [])
    attempts = open_conflicts(IdentityConflict.objects.filter(customer_id=customer_id)).order_by("-at", "-id")[:MOST]
    return KnownAs(
        tuple(NameLine(mask_name(each.name), each.until) for each in former),
        tuple(NameLine(mask_name(each.name), each.at) for each in attempts),
    )
