"""API and desk modules read and write no rows themselves: they call queries and operations."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.house import PARTS, ROOT

#: The back office hands Django its own query sets: what Django asks of a `ModelAdmin` has no manager in it.
EDGES = ("api", "desk", "admin", "templatetags")
MANAGERS = {"objects", "_default_manager", "_base_manager"}


def managers_in(source: str) -> list[int]:
    """Return the lines that use a model's manager."""
    found = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Attribute))
    return sorted(node.lineno for node in found if node.attr in MANAGERS)


def files() -> Iterator[Path]:
    for part in PARTS:
        for edge in EDGES:
            yield from sorted([*part.glob(f"{edge}.py"), *(part / edge).rglob("*.py")])


def test_an_edge_uses_no_manager():
    found = {str(path.relative_to(ROOT)): managers_in(path.read_text()) for path in files()}
    assert len(found) > 100
    assert {path: lines for path, lines in found.items() if lines} == {}


def test_a_manager_is_found_however_it_is_written():
    source = "from x import Row\n\nfound = Row.objects.filter(pk=1)\nother = Row._default_manager\n(Row\n.objects)\n"
    assert managers_in(source) == [3, 4, 5]
