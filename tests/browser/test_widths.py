"""Every list fits a teller's screen of 1280 pixels in both languages without horizontal scrolling."""

import pytest

from tests.browser.places import PEOPLE, addresses, looked_at, whole_pages

SCREEN = {"width": 1280, "height": 800}
#: Lists with many columns, and pictures as wide as a list.
WIDE = {"home", "customer", "merge-new", "transfer-list", "decisions", "events", "trail", "looks", "sign-ins", "day-figures", "certificates"}  # fmt: skip
#: What is wider than its place, whether it scrolls there or runs over its edge.
WIDER = """() => [...document.querySelectorAll("main .table-responsive, main .desk-due, main td, main .badge")]
  .filter((each) => each.checkVisibility() && each.scrollWidth > each.clientWidth + 1)
  .map((each) => `${each.className || each.tagName} ${each.scrollWidth} > ${each.clientWidth}: ${each.textContent.trim().slice(0, 60)}`)"""


@pytest.mark.parametrize("role", PEOPLE)
def test_nothing_is_wider_than_its_place(role, town, screen_of):
    screen = screen_of(role)
    screen.page.set_viewport_size(SCREEN)
    wrong: list[str] = []
    for name, page in looked_at(role, whole_pages()).items():
        if name not in WIDE:
            continue
        for path in addresses(page, town, most=3):
            for language in ("zh-hans", "en"):
                screen.speak(language)
                screen.open(path)
                screen.settle()
                wrong += [f"{name} {language}: {each}" for each in screen.page.evaluate(WIDER)]
    assert not wrong, "\n".join(wrong)
