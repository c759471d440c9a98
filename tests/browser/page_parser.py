"""Pages as Chromium's parser reads what the server sent: no style, no script, no request, so hundreds in seconds."""

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, Page

from tests.browser.payloads import PLANTED, POLYGLOT

#: Boxes for words: everything else in a form is sent as it stands.
_NOT_TYPED = (
    "[type=hidden], [type=radio], [type=checkbox], [type=file], [type=date], [type=datetime-local], [type=submit]"
)
#: Where code that stands as text may stand hidden: no proof that it is shown.
_UNSEEN = "script, style, template, [hidden], .d-none"
_READ = f"""
([html, chosen]) => {{
  const page = new DOMParser().parseFromString(html, "text/html");
  const planted = ({PLANTED})(page);
  const boxes = [...page.querySelectorAll("input, textarea, option")].map((each) => each.value).join("\\n");
  const forms = chosen ? [...page.querySelectorAll(chosen)].map((form) => {{
    const sent = [...new FormData(form)].filter(([, value]) => typeof value === "string");
    const typed = [...form.elements].filter((each) => each.name && !each.disabled && !each.readOnly &&
      each.matches("input:not({_NOT_TYPED}), textarea")).map((each) => each.name);
    return [form.getAttribute("action"), sent.filter(([name]) => !typed.includes(name)), typed];
  }}) : [];
  page.querySelectorAll("{_UNSEEN}").forEach((each) => each.remove());
  return {{planted, forms, shown: page.body.textContent + boxes}};
}}
"""


@dataclass(frozen=True, slots=True)
class Form:
    """A form of a page.

    :ivar action: where it leads; empty for the page itself.
    :ivar sent: what it sends if nobody touches it.
    :ivar typed: names of the boxes in which somebody types.
    """

    action: str
    sent: dict[str, list[str]]
    typed: tuple[str, ...]

    def filled(self) -> dict[str, Any]:
        """Return what is sent with code in each box."""
        return self.sent | dict.fromkeys(self.typed, POLYGLOT)


@dataclass(frozen=True, slots=True)
class Read:
    """What the parser makes of a page.

    :ivar planted: what code of others would leave in it.
    :ivar shown: its text, and what stands in its boxes.
    :ivar forms: those that were asked for.
    """

    planted: list[str]
    shown: str
    forms: list[Form]


class Parser:
    """A page of nobody's in a browser, in which others are read."""

    def __init__(self, browser: Browser) -> None:
        self._page: Page = browser.new_page()

    def read(self, html: str, forms: str = "") -> Read:
        """Read what the server sent; `forms` says which of them to return."""
        found = self._page.evaluate(_READ, [html, forms])
        return Read(found["planted"], found["shown"], [_form(*each) for each in found["forms"]])

    def evaluate(self, script: str, given: Any) -> Any:
        """Return what a script makes of what it is given."""
        return self._page.evaluate(script, given)

    def close(self) -> None:
        """Close the page."""
        self._page.close()


def _form(action: str | None, sent: list[tuple[str, str]], typed: list[str]) -> Form:
    values: dict[str, list[str]] = {}
    for name, value in sent:
        values.setdefault(name, []).append(value)
    return Form(action or "", values, tuple(typed))
