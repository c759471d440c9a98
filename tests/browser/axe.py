"""Accessibility check of a page by axe-core, for tests in a browser."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from playwright.sync_api import Page

VENDOR = Path(__file__).parent / "vendor"
DARK = "document.documentElement.setAttribute('data-bs-theme', 'dark')"
SERIOUS = {"serious", "critical"}
#: The frame of every page of one user: the same on each page except for the marked entry of the current one.
FRAME = (".desk-side", ".desk-strip", "#header", "#nav-sidebar")
#: A list of the back office repeats its rows; the first show how each of its columns looks.
REPEATED = ("#result_list tbody tr:nth-child(n+9)",)
_FRAMES: WeakKeyDictionary[Page, set[str]] = WeakKeyDictionary()
RUN = """
async ([rules, known, within]) => {
  // The page answers a change of its width with the next frame.
  await new Promise((shown) => requestAnimationFrame(() => requestAnimationFrame(shown)));
  // What a rule finds has the rule's own weight: what can find nothing serious need not run.
  const mild = axe._audit.rules.filter(({impact}) => ["minor", "moderate"].includes(impact)).map(({id}) => id);
  const off = Object.fromEntries(mild.map((id) => [id, {enabled: false}]));
  const chosen = rules.length ? {runOnly: rules} : {rules: off};
  const found = await axe.run({exclude: known, ...(within && {include: within})}, {resultTypes: ["violations"], selectors: false, ...chosen});
  return found.violations.map(({id, impact, nodes}) => ({id, impact, nodes: nodes.map((node) => node.html + " | " + node.failureSummary)}));
}
"""


@cache
def source() -> str:
    """Return the script of axe-core after its checksum matches the vendored one."""
    expected, name = (VENDOR / "SHA256SUMS").read_text().split()
    content = (VENDOR / name).read_bytes()
    assert hashlib.sha256(content).hexdigest() == expected
    return content.decode()


def faults(page: Page, *rules: str, within: str = "", state: str = "") -> list[str]:
    """Return the serious and critical accessibility faults of a page.

    :param rules: check these rules only; without any, every rule that can be serious.
    :param within: check this part of the page only; an empty text means the whole page.
    :param state: width, theme and language as one word; with it each frame is checked once per state.
    """
    if not page.evaluate("typeof axe !== 'undefined'"):
        page.evaluate(source())
        if page not in _FRAMES:
            # Sent to the browser once: the pages that follow have it when they open.
            page.add_init_script(source())
    looked_at = _FRAMES.setdefault(page, set())
    known = [*REPEATED, *(FRAME if state in looked_at else ())]
    if state and page.locator(", ".join(FRAME)).count():
        looked_at.add(state)
    found: list[dict[str, Any]] = page.evaluate(RUN, [list(rules), known, within])
    return [
        f"{fault['id']} ({fault['impact']}): {node}"
        for fault in found
        if fault["impact"] in SERIOUS
        for node in fault["nodes"][:3]
    ]
