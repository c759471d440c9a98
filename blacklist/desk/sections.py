"""Sections that wings add to pages of the register."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from config.kernel.wings import of_wings


@dataclass(frozen=True, slots=True)
class WingSection:
    """A section of a page.

    :ivar template: renders the section from `section.content`.
    """

    template: str
    content: Any


def sections(page: str, about: Any) -> Iterator[WingSection]:
    """Yield the sections that wings add to a page.

    :param page: the function to call in each wing's `desk.sections`: `of_certificate` or `of_due`.
    :param about: its argument: a certificate, or today's date.
    """
    for shown in of_wings("blacklist", "desk.sections", page):
        found: WingSection | None = shown(about)
        if found is not None:
            yield found
