"""Parts that the wings add to the pages of a customer and of an account."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any
from uuid import UUID

from accounts.models import Entry
from config.kernel.wings import of_wings


@dataclass(frozen=True, slots=True)
class PageMark:
    """A mark of a wing at the top of a page.

    :ivar template: shows it, as `mark.shown`.
    """

    template: str
    shown: Any


def marks_of_customer(customer_id: UUID) -> list[PageMark]:
    """Return the marks of the wings for a customer's page and the pages of the accounts."""
    return [mark for marks in of_wings("accounts", "desk.marks", "marks_of_customer") for mark in marks(customer_id)]


def waiting_in_wings(account_id: UUID) -> list[UUID]:
    """Return the ids of an account's proposals that are pending in a wing."""
    return [*chain.from_iterable(of(account_id) for of in of_wings("accounts", "desk.account_part", "waiting_of"))]


def pages_of_entries(entries: Sequence[Entry]) -> Mapping[UUID, str]:
    """Return the addresses of the pages that wings have for postings, by posting."""
    found: dict[UUID, str] = {}
    for pages in of_wings("accounts", "desk.account_part", "pages_of"):
        found |= pages(entries)
    return found
