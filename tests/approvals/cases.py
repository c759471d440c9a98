"""The cases of all kinds of approval, collected from `CASES` of each kind's own tests."""

from importlib import import_module
from pathlib import Path

from tests.approvals.case import Case

CASES: dict[str, Case] = {
    kind: case
    for path in sorted(Path(__file__).parents[1].glob("*/test_*.py"))
    if "\nCASES = {\n" in path.read_text()
    for kind, case in import_module(f"tests.{path.parent.name}.{path.stem}").CASES.items()
}
