"""Ask axe-core what is wrong with a page for who cannot see or point."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

VENDOR = Path(__file__).parent / "vendor"
DARK = "document.documentElement.setAttribute('data-bs-theme', 'dark')"
SERIOUS = {"serious", "critical"}
RUN = """
async ([rules, besides]) => {
  const chosen = {...(rules.length ? {runOnly: rules} : {}), rules: {...(besides ? {[besides]: {enabled: false}} : {})}};
  const found = await axe.run(document, {resultTypes: ["violations"], ...chosen});
  return found.violations.map(({id, impact, nodes}) => ({id, impact, nodes: nodes.map((node) => node.html + " | " + node.failureSummary)}));
}
"""


@cache
def source() -> str:
    """Return axe-core, if it is what was vendored."""
    expected, name = (VENDOR / "SHA256SUMS").read_text().split()
    content = (VENDOR / name).read_bytes()
    assert hashlib.sha256(content).hexdigest() == expected
    return content.decode()


def faults(page: Page, *rules: str, besides: str = "") -> list[str]:
    """Return the serious and critical faults of a page; of some rules only, if they are named, or of all but one."""
    if not page.evaluate("typeof axe !== 'undefined'"):
        page.evaluate(source())
    found: list[dict[str, Any]] = page.evaluate(RUN, [list(rules), besides])
    return [
        f"{fault['id']} ({fault['impact']}): {node}"
        for fault in found
        if fault["impact"] in SERIOUS
        for node in fault["nodes"][:3]
    ]
