"""Keys, characters, clicks and pages that a task takes on a screen, counted."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Frame, Locator

from tests.browser.screen import Screen

#: So many fields are passed by at most on the way to another.
_FAR = 20


@dataclass(slots=True)
class Work:
    """The counts of one task.

    :ivar keys: keys that write no character: Enter, Tab, F2, arrows, a letter that is a command.
    :ivar text: characters typed.
    :ivar clicks: clicks.
    :ivar pages: whole pages that were loaded.
    """

    keys: int = 0
    text: int = 0
    clicks: int = 0
    pages: int = 0


class Hands:
    """Works on a screen as its user does and counts the input of each task."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen
        self.page = screen.page
        self.done: dict[str, Work] = {}
        self._now = Work()
        self.page.on("framenavigated", self._came)

    @contextmanager
    def doing(self, task: str) -> Iterator[None]:
        """Count the input within the block for a task."""
        self._now = Work()
        yield
        self.done[task] = self._now
        self._now = Work()

    def press(self, *keys: str) -> None:
        """Press keys that write no character."""
        for key in keys:
            self.page.keyboard.press(key)
        self._now.keys += len(keys)

    def tabs_to(self, field: str) -> None:
        """Press Tab until a field has the focus."""
        for _ in range(_FAR):
            if self.page.evaluate("each => document.activeElement.matches(each)", field):
                return
            self.press("Tab")
        raise AssertionError(f"Tab does not lead to {field}")

    def types(self, text: str) -> None:
        """Type into the focused field."""
        self.page.keyboard.type(text)
        self._now.text += len(text)

    def clicks(self, what: Locator) -> None:
        """Click on an element."""
        what.click()
        self._now.clicks += 1

    def goes_to(self, what: str) -> None:
        """Type a code, a number or a word into the box that F2 opens, and follow the result."""
        self.press("F2")
        self.types(what)
        with self.page.expect_navigation():
            self.press("Enter")
        self.screen.settle()

    def sends(self, *keys: str) -> None:
        """Press keys, the last of which loads another page; Ctrl+Enter by default."""
        *before, last = keys or ("Control+Enter",)
        self.press(*before)
        with self.page.expect_navigation():
            self.press(last)
        self.screen.settle()

    def follows(self, what: Locator) -> None:
        """Click on an element that loads another page."""
        with self.page.expect_navigation():
            self.clicks(what)
        self.screen.settle()

    def lines(self) -> list[str]:
        """Return the beginning of a table row for each task: its name, keys, characters, clicks and pages."""
        return [
            f"| {task} | {work.keys} | {work.text} | {work.clicks} | {work.pages} |" for task, work in self.done.items()
        ]

    def _came(self, frame: Frame) -> None:
        if frame == self.page.main_frame:
            self._now.pages += 1
