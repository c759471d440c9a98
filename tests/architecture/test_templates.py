"""Templates have short lines, so that a change shows in one line."""

import pytest

from tests.architecture.house import ROOT

PACKAGES = ["accounts", "blacklist", "config", "transfers"]
#: As many characters as a line of a template has at most.
WIDTH = 160


@pytest.mark.parametrize("package", PACKAGES)
def test_no_line_of_a_template_is_longer_than_it_may_be(package):
    pages = sorted((ROOT / package).rglob("*.html"))
    lines = {f"{page}:{number}": line for page in pages for number, line in enumerate(page.read_text().splitlines(), 1)}
    assert lines
    assert not [place for place, line in lines.items() if len(line) > WIDTH]
