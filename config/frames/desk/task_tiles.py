"""What somebody has to do today, as a tile of the home page (我的待办)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OwnTask:
    """One tile of the home page.

    :ivar figure: a number, or a word of two.
    :ivar note: what the number says more; `address` is where it leads, `lead` what the link is called.
    :ivar counted_at: where the page asks for the number once it stands, of one that takes longer.
    """

    title: str
    figure: str
    note: str
    address: str
    lead: str
    alarming: bool = False
    counted_at: str = ""
