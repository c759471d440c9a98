"""The choices of a page's forms, as Chromium has them: what is chosen before anybody chose, and what must be."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

#: Reads the forms of a document that change something.
READ = """
(page) => [...page.querySelectorAll("form[method=post]")].map((form) => {
  const boxes = [...form.elements].filter((each) => each.name && !each.disabled);
  const groups = new Map();
  for (const each of boxes.filter((each) => each.matches("select:not([multiple]), [type=radio]"))) {
    const group = each.type === "radio" ? each.closest("[role=radiogroup]") : each;
    const chosen = each.type !== "radio" ? each.value : each.checked ? each.value : "";
    groups.set(each.name, {
      name: each.name,
      chosen: chosen || groups.get(each.name)?.chosen || "",
      digits: Boolean(each.closest("[data-digits]")),
      needed: Boolean(group?.required || group?.ariaRequired === "true"),
      place: group?.id || "",
    });
  }
  return {
    action: form.getAttribute("action") || "",
    sent: [...new FormData(form)].filter(([, value]) => typeof value === "string"),
    typed: boxes.filter((each) => each.matches(
      "textarea, input:not([type=hidden], [type=radio], [type=checkbox], [type=file], [type=submit])")).map((each) => each.name),
    choices: [...groups.values()],
  };
})
"""
#: Reads the same of what the server sent, without styles and scripts.
READ_SENT = f'(html) => ({READ})(new DOMParser().parseFromString(html, "text/html"))'
#: Says of which of some fields the answer to a form says what is wrong.
SAID = '([html, places]) => places.filter((each) => new DOMParser().parseFromString(html, "text/html").getElementById(`${each}_error`))'


@dataclass(frozen=True, slots=True)
class Choice:
    """A select, or radio buttons of one name.

    :ivar chosen: the value it would send if nobody touched it.
    :ivar digits: it is stated for the record, and a digit chooses.
    :ivar needed: nothing is done without it.
    :ivar place: the id under which its error stands.
    """

    name: str
    chosen: str
    digits: bool
    needed: bool
    place: str

    @property
    def plain_name(self) -> str:
        """Return its name within its form."""
        return self.name.rpartition("-")[2]


@dataclass(frozen=True, slots=True)
class StatingForm:
    """A form that changes something.

    :ivar sent: what it sends if nobody touches it.
    """

    action: str
    sent: dict[str, list[str]]
    choices: list[Choice]

    @property
    def asked(self) -> list[Choice]:
        """Return what it asks to be stated."""
        return [each for each in self.choices if each.digits and each.needed]


def forms_read(found: list[dict[str, Any]]) -> Iterator[StatingForm]:
    """Yield the forms that were read; a box in which somebody types has something in it."""
    for each in found:
        sent: dict[str, list[str]] = {}
        for name, value in each["sent"]:
            sent.setdefault(name, []).append("1" if name in each["typed"] and not value else value)
        yield StatingForm(each["action"], sent, [Choice(**choice) for choice in each["choices"]])
