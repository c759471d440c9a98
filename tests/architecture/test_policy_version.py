"""A decision names the version of its rules, so a change of the rules changes the version.

The regimes of machines are left out (`transfers.policy.acceptance.REGIMES`): an additional row changes no
answer before its first day, and `migrate` refuses to change a regime in force. The decision's clause, the
hold and the day show the regime under which a transfer was accepted.
"""

import ast
import hashlib
from pathlib import Path

from config.kernel.trail.decisions import POLICY_VERSION
from tests.architecture.house import PARTS, ROOT

#: Digest of the rules' source by version, without what only tells about it. A version that decisions were kept
#: under stays here.
VERSIONS = {
    "2026.26": "40e2867a1ba2e7e846cc3babca7112dbbe9f9b6b7d1825ff93540eb10bc45b72",
    "2026.27": "935ae8d2287464adcc85bc8a30bdacb15c3509acbc978084e58ee5e2cf15cb96",
}


#: What tells the law by days, and grows with it: by module, the table.
BY_DAYS = {Path("transfers", "policy", "acceptance.py"): "REGIMES"}


class _Bare(ast.NodeTransformer):
    """Drop docstrings, which change no answer."""

    def __init__(self, table: str | None = None) -> None:
        self.table = table

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        """Drop the rows of the dated table."""
        return None if isinstance(node.target, ast.Name) and node.target.id == self.table else node

    def _without(self, node: ast.AST) -> ast.AST:
        self.generic_visit(node)
        first, *rest = node.body or [ast.Pass()]  # type: ignore[attr-defined]
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
            node.body = rest or [ast.Pass()]  # type: ignore[attr-defined]
        return node

    visit_Module = visit_ClassDef = visit_FunctionDef = _without  # noqa: N815 - the names that ast looks for


def bare(source: str, table: str | None = None) -> str:
    """Return a source without comments, docstrings and layout.

    :param table: name of a dated table to leave out.
    """
    return ast.dump(_Bare(table).visit(ast.parse(source)))


def digest() -> str:
    """Return the digest of all rules."""
    packages = [part.relative_to(ROOT) for part in PARTS]
    files = sorted(
        path
        for package in packages
        for path in (*package.glob("policy.py"), *package.glob("policy/*.py"), *package.glob("regimes/**/*.py"))
    )
    assert len(files) > 10
    acting = "\n".join(f"{path} {bare(path.read_text(), BY_DAYS.get(path))}" for path in files)
    return hashlib.sha256(acting.encode()).hexdigest()


def test_digest_ignores_comments_and_layout():
    assert bare('def f(a):\n    """Say it."""\n    return a + 1  # so\n') == bare("def f(a):\n    return (a + 1)")
    assert bare("def f(a):\n    return a + 1") != bare("def f(a):\n    return a + 2")


def test_dated_row_is_ignored_and_its_readers_are_not():
    ((path, table),) = BY_DAYS.items()
    source = path.read_text()
    row = "    AtmRegime(date(2027, 7, 1), timedelta(hours=48), _PBOC_EXEMPT, PBOC_261_ATM),\n)\n\n\ndef regimes_of"
    further = source.replace(")\n\n\ndef regimes_of", row)
    assert further != source
    assert bare(further, table) == bare(source, table) != bare(source)
    assert bare(source.replace("each.from_day <= day", "each.from_day < day"), table) != bare(source, table)
    assert bare(source.replace("Exempt.OWN_HERE", "Exempt.OWN_ELSEWHERE"), table) != bare(source, table)


def test_the_version_is_that_of_the_rules():
    assert VERSIONS.get(POLICY_VERSION) == digest(), (
        "The rules have changed. Where an answer may differ, give POLICY_VERSION a new value and pin it here; "
        "where none can, pin the digest anew."
    )
