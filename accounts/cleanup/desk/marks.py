"""Marks of the clean-up on the pages of a customer and of an account."""

from collections.abc import Iterator
from uuid import UUID

from accounts.cleanup.queries.case_details import open_cases_of
from accounts.desk.wing_parts import PageMark


def marks_of_customer(customer_id: UUID) -> Iterator[PageMark]:
    """Yield a mark where the customer has open cases."""
    if cases := open_cases_of(customer_id):
        yield PageMark("accounts/desk/cleanup/mark.html", cases)
