"""Choice fields of a page's forms as Chromium has them: the initial value and whether a choice is required."""

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
    """A select, or a group of radio buttons of one name.

    :ivar chosen: the value that is sent if the user does not touch the field.
    :ivar digits: the value is stated for the record, and a digit key chooses it.
    :ivar needed: the form is refused without a value.
    :ivar place: the id of the element that shows its error.
    """

    name: str
    chosen: str
    digits: bool
    needed: bool
    place: str

    @property
    def plain_name(self) -> str:
        """Return the field's name without the prefix of its form."""
        return self.name.rpartition("-")[2]


@dataclass(frozen=True, slots=True)
class StatingForm:
    """A form that changes data.

    :ivar sent: what the form sends if the user does not touch it.
    """

    action: str
    sent: dict[str, list[str]]
    choices: list[Choice]

    @property
    def asked(self) -> list[Choice]:
        """Return the choices that a user must state for the record."""
        return [each for each in self.choices if each.digits and each.needed]


def forms_read(forms: list[dict[str, Any]]) -> Iterator[StatingForm]:
    """Yield the parsed forms; text boxes are filled with a value."""
    for each in forms:
        sent: dict[str, list[str]] = {}
        for name, value in each["sent"]:
            sent.setdefault(name, []).append("1" if name in each["typed"] and not value else value)
        yield StatingForm(each["action"], sent, [Choice(**choice) for choice in each["choices"]])
