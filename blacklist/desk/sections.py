"""Sections that wings add to pages of the register."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from config.kernel.wings import of_wings


@dataclass(frozen=True, slots=True)
class WingSection:
    """A part of a page.

    :ivar template: shows it, and reads what it shows from `section.content`.
    """

    template: str
    content: Any


def sections(page: str, about: Any) -> Iterator[WingSection]:
    """Yield what wings show on a page.

    :param page: the function of a wing's `desk.sections` that is asked: `of_certificate` or `of_due`.
    :param about: a certificate, or today.
    """
    for shown in of_wings("blacklist", "desk.sections", page):
        found: WingSection | None = shown(about)
        if found is not None:
            yield found
