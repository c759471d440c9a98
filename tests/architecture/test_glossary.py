"""The names of the code are those of `docs/glossary.md`."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.architecture.house import ROOT, laboratories, production

TEXT = (ROOT / "docs" / "glossary.md").read_text()


@cache
def trees() -> dict[Path, ast.Module]:
    """Return the code by file, read when a test asks: every process collects every test."""
    return {
        file: ast.parse(file.read_text()) for file in production() + laboratories() if "migrations" not in file.parts
    }


def section(title: str) -> str:
    return TEXT.split(f"## {title}\n")[1].split("\n## ")[0]


def ticked(text: str) -> list[str]:
    return re.findall(r"`(\w+)`", text)


def defined() -> Iterator[tuple[str, str]]:
    """Yield every name of a module, class, function, parameter or constant, with where it is."""
    for file, tree in trees().items():
        where = str(file.relative_to(ROOT))
        yield file.stem, where
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef | ast.FunctionDef):
                yield node.name, where
            if isinstance(node, ast.arg):
                yield node.arg, where
        for node in tree.body:
            if isinstance(node, ast.Assign):
                yield from ((each.id, where) for each in node.targets if isinstance(each, ast.Name))


def test_what_is_gone_names_nothing():
    words = set(ticked(section("Gone")))
    assert len(words) > 15
    assert sorted({(name, where) for name, where in defined() if name in words}) == []


def test_every_word_of_the_code_is_there():
    words = {
        word
        for line in section("Terms of the bank").splitlines()
        if line.startswith("| ")
        for word in ticked(line.split("|")[3])
    }
    words |= {
        word
        for line in section("Words of the code").splitlines()
        for word in ticked(line.split("|")[1:2][0] if "|" in line else "")
    }
    names = (
        {name for name, _ in defined()}
        | {
            node.target.id
            for tree in trees().values()
            for node in ast.walk(tree)
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
        }
        | {
            each.id
            for tree in trees().values()
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign)
            for each in node.targets
            if isinstance(each, ast.Name)
        }
    )
    assert len(words) > 40
    assert sorted(word for word in words - names if not word.startswith("_") and word != "queue") == []


def test_a_class_has_a_name_of_its_own():
    homes = defaultdict(list)
    for file, tree in trees().items():
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes[node.name].append(str(file.relative_to(ROOT)))
    allowed = set(ticked(section("The same name twice")))
    twice = {name: files for name, files in homes.items() if len(files) > 1 and not name.endswith("Field")}
    assert {name: files for name, files in twice.items() if name not in allowed} == {}
    assert allowed - twice.keys() == set(), "no longer there twice"
