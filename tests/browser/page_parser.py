"""Parse pages with Chromium without style, script or request, to check hundreds of pages in seconds."""

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, Page

from tests.browser.payloads import PLANTED, POLYGLOT

#: Inputs that nobody types into; they are sent unchanged.
_NOT_TYPED = (
    "[type=hidden], [type=radio], [type=checkbox], [type=file], [type=date], [type=datetime-local], [type=submit]"
)
#: Where code may be hidden as text: found there, it is no proof that it is shown.
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

    :ivar action: the address to which it is sent; empty for the page itself.
    :ivar sent: what it sends if the user does not touch it.
    :ivar typed: names of its text boxes.
    """

    action: str
    sent: dict[str, list[str]]
    typed: tuple[str, ...]

    def filled(self) -> dict[str, Any]:
        """Return what the form sends with code in each text box."""
        return self.sent | dict.fromkeys(self.typed, POLYGLOT)


@dataclass(frozen=True, slots=True)
class Read:
    """Result of parsing a page.

    :ivar planted: traces of injected code in the parsed page.
    :ivar shown: the text of the page and of its boxes.
    :ivar forms: the forms that were asked for.
    """

    planted: list[str]
    shown: str
    forms: list[Form]


class Parser:
    """An empty page of the browser in which HTML is parsed."""

    def __init__(self, browser: Browser) -> None:
        self._page: Page = browser.new_page()

    def read(self, html: str, forms: str = "") -> Read:
        """Parse HTML; `forms` is the CSS selector of the forms to return."""
        found = self._page.evaluate(_READ, [html, forms])
        return Read(found["planted"], found["shown"], [_form(*each) for each in found["forms"]])

    def evaluate(self, script: str, given: Any) -> Any:
        """Run a script with one argument in the page and return its result."""
        return self._page.evaluate(script, given)

    def close(self) -> None:
        """Close the page."""
        self._page.close()


def _form(action: str | None, sent: list[tuple[str, str]], typed: list[str]) -> Form:
    values: dict[str, list[str]] = {}
    for name, value in sent:
        values.setdefault(name, []).append(value)
    return Form(action or "", values, tuple(typed))
