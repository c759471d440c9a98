"""The part of the till on the page of an account."""

from collections.abc import Sequence
from uuid import UUID

from django.urls import reverse

from accounts.models import Entry
from accounts.till.queries.boxes import counter_postings, waiting_cash
from accounts.till.vocabulary import MovementKind

waiting_of = waiting_cash


def pages_of(entries: Sequence[Entry]) -> dict[UUID, str]:
    """Return the address of the cash record of each posting that moved a box."""
    found = counter_postings([entry.posting_id for entry in entries if entry.kind in MovementKind])
    return {posting_id: reverse("desk:cash-record", args=[posting_id]) for posting_id in found}
