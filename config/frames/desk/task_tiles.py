"""Tiles of a person's tasks on the home page (我的待办)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OwnTask:
    """One tile of the home page.

    :ivar figure: a number, or a word of two characters.
    :ivar note: details of the number; `address` is the link, `lead` its label.
    :ivar counted_at: the address from which the page loads a slow number later.
    """

    title: str
    figure: str
    note: str
    address: str
    lead: str
    alarming: bool = False
    counted_at: str = ""
