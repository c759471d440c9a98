"""``make clauses``: print each row of docs/rules.md with its state and the number of its tests."""

import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "rules.md"
HOUSE = "〔本行规则〕"
#: The tables of the page, by the beginning of the first line.
RULE_HEAD = "| Clause | Rule | In force from |"
SINCE_2022_HEAD = "| Clause since 2022 | In force from | What it asks for | State |"
NOT_DONE_HEAD = "| Clause | In force from | What it asks for | Here |"
STATES = ("done", "own decision", "not done")
_TEST = re.compile(r"`tests/[\w/]+(?:\.py)?(?:::\w+)*`")


@dataclass(frozen=True, slots=True)
class ClauseRow:
    """One row of the page.

    :ivar tests: the tests it names; they show that it is done.
    """

    clause: str
    state: str
    tests: tuple[str, ...]


def cells(text: str, heading: str) -> list[list[str]]:
    """Return the cells of every table whose first line begins with a heading."""
    found, reading = [], False
    for line in text.splitlines():
        if line.startswith("| "):
            reading = reading or line.startswith(heading)
            if reading and not line.startswith(heading):
                found.append([cell.strip() for cell in line.strip("|").split("|")])
        elif not line.startswith("|"):
            reading = False
    return found


def rows_by_state(text: str) -> Iterator[ClauseRow]:
    """Return each row of the page with its state."""
    for row in cells(text, RULE_HEAD):
        yield ClauseRow(row[0], "own decision" if HOUSE in row[0] else "done", tuple(_TEST.findall(row[-1])))
    for row in cells(text, SINCE_2022_HEAD):
        yield ClauseRow(row[0], row[3], tuple(_TEST.findall(row[4])))
    for row in cells(text, NOT_DONE_HEAD):
        yield ClauseRow(row[0], "not done", ())


def main() -> None:
    """Print the rows by state, and how many of each state are tested."""
    found = list(rows_by_state(PAGE.read_text()))
    tested = Counter(row.state for row in found if row.tests)
    for state in STATES:
        for row in (row for row in found if row.state == state):
            sys.stdout.write(f"{state:<13} {len(row.tests):>3}  {row.clause}\n")
    for state in STATES:
        count = sum(row.state == state for row in found)
        sys.stdout.write(f"{state}: {count}, tested: {tested[state]}\n")


if __name__ == "__main__":
    main()
