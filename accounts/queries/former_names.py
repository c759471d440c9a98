"""The names that customers had before they changed (曾用名)."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from accounts.models import NameChange
from accounts.vocabulary import RequestStatus


@dataclass(frozen=True, slots=True)
class FormerName:
    """A name that a customer had, whole, until an instant."""

    name: str = field(repr=False)
    until: datetime


def former_names_of(customer_ids: Collection[UUID]) -> Mapping[UUID, list[FormerName]]:
    """Return the former names of customers, the last one first; who never changed the name is left out."""
    found: defaultdict[UUID, list[FormerName]] = defaultdict(list)
    changes = NameChange.objects.filter(customer_id__in=list(customer_ids), status=RequestStatus.IN_FORCE)
    for each in changes.order_by("-in_force_at", "-id"):
        if each.in_force_at is not None:
            found[each.customer_id].append(FormerName(each.old_name, each.in_force_at))
    return found
