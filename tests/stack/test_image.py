"""The image has every package and file that its code imports, and the lock covers them."""

import ast
import re
import sys
from fnmatch import fnmatch
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.architecture.house import ROOT

OURS = {"accounts", "benchmarks", "blacklist", "config", "transfers"}
#: What starts a bank on a developer's machine; of the image no more than a folder.
NOT_OF_THE_BANK = ("config/stack/",)


def rules() -> tuple[list[str], list[str]]:
    """Return the paths that .dockerignore includes, and those that it excludes from them."""
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    return [line[1:] for line in lines if line.startswith("!")], [
        line for line in lines[1:] if not line.startswith("!")
    ]


def lies_in(path: str, pattern: str) -> bool:
    return fnmatch(path, pattern) or fnmatch(path, f"{pattern}/*")


def modules() -> list[Path]:
    taken, left_out = rules()
    return [
        file
        for folder in sorted(OURS)
        for file in sorted((ROOT / folder).rglob("*.py"))
        for path in [str(file.relative_to(ROOT))]
        if any(lies_in(path, each) for each in taken) and not any(lies_in(path, each) for each in left_out)
        if not path.startswith(NOT_OF_THE_BANK)
    ]


def imported(file: Path) -> set[str]:
    """Return the modules that a file imports anywhere."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{each.name}" for each in node.names)}
    return found


@pytest.fixture(scope="module")
def imports() -> dict[Path, set[str]]:
    return {file: imported(file) for file in modules()}


def test_the_image_has_the_file_that_defines_the_version():
    taken, _ = rules()
    assert "pyproject.toml" in taken
    assert "COPY manage.py pyproject.toml ./" in (ROOT / "Dockerfile").read_text()


def test_every_package_that_is_imported_is_in_the_lock_of_the_image(imports):
    lock = (ROOT / "requirements" / "runtime.lock").read_text()
    locked = set(re.findall(r"^([a-z0-9._-]+)==", lock, re.MULTILINE))
    brought_by = packages_distributions()
    outside = {
        (str(file.relative_to(ROOT)), name)
        for file, names in imports.items()
        for name in {each.partition(".")[0] for each in names} - OURS - sys.stdlib_module_names
        if not locked & {each.lower().replace("_", "-") for each in brought_by.get(name, ())}
    }
    assert outside == set()
    assert "httpx" not in locked


def test_every_module_of_ours_that_is_imported_is_in_the_image(imports):
    left_out = {
        ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for folder in OURS
        for file in (ROOT / folder).rglob("*.py")
        if file not in imports
    }
    assert "benchmarks.bank.client" in left_out
    assert {
        (str(file.relative_to(ROOT)), name) for file, names in imports.items() for name in names & left_out
    } == set()
