"""Every module has one layer, and `docs/architecture.md` shows the existing modules."""

import re
import tomllib
from itertools import chain

from tests.architecture.house import APPS, ROOT, layers, package_of, production

TEXT = (ROOT / "docs" / "architecture.md").read_text()
DRAWING = (ROOT / "docs" / "architecture.svg").read_text()


def section(title: str) -> str:
    return TEXT.split(f"## {title}\n")[1].split("\n## ")[0]


def first_cells(title: str) -> list[tuple[str, ...]]:
    """Return the names in the first column of a section's table, row by row."""
    return [
        tuple(re.findall(r"`([\w.]+)`", line.split("|")[1])) for line in section(title).splitlines() if "`" in line[:3]
    ]


def test_every_module_has_one_layer():
    packages = list(chain.from_iterable(layers()))
    assert sorted(packages) == sorted({package_of(file) for file in production()})


def test_the_document_and_the_drawing_have_the_floors_of_the_contract():
    assert first_cells("Layers") == layers()
    height_of = re.findall(r'y="(\d+)" class="t package"[^>]*>([\w.]+)<', DRAWING)
    drawn = [
        tuple(package for at, package in height_of if at == height)
        for height in dict.fromkeys(at for at, _ in height_of)
    ]
    assert drawn == layers()


def test_the_document_has_the_rooms_of_an_app_in_the_order_of_the_contract():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (inside,) = [each for each in contracts if set(each.get("containers", ())) >= set(APPS)]
    order = {package: number for number, layer in enumerate(inside["layers"]) for package in re.findall(r"\w+", layer)}
    documented = first_cells("Inside an app")
    assert {package for row in documented for package in row} - set(order) == set()
    heights = [order[package] for row in documented for package in row]
    assert heights == sorted(heights)


def test_the_document_has_the_folders_of_the_kernel_in_the_order_of_the_contract():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (kernel,) = [each for each in contracts if each.get("containers") == ["config.kernel"]]
    folders = [
        tuple(package for package in re.findall(r"\w+", layer) if (ROOT / "config" / "kernel" / package).is_dir())
        for layer in kernel["layers"][1:]
    ]
    assert first_cells("Inside the kernel") == folders


def test_kernel_folder_has_a_description_and_at_most_3000_lines():
    for package in chain.from_iterable(first_cells("Inside the kernel")):
        folder = ROOT / "config" / "kernel" / package
        assert (folder / "__init__.py").read_text().startswith('"""'), package
        assert sum(len(file.read_text().splitlines()) for file in folder.rglob("*.py")) <= 3000, package


def test_every_file_that_the_document_names_is_there():
    named = set(re.findall(r"`((?:accounts|blacklist|config|tests|transfers)/[\w./]*)`", TEXT))
    assert len(named) > 20
    assert [each for each in sorted(named) if not (ROOT / each).exists()] == []


def test_the_order_of_locks_is_the_kernels():
    def subjects(text: str) -> list[str]:
        return re.findall(r"^\d\. (?:the )?(\w+)", text, re.MULTILINE)

    code = (ROOT / "config" / "kernel" / "database" / "locks.py").read_text()
    assert subjects(section("The order of locks")) == subjects(code)
    assert len(subjects(code)) == 9


def test_documents_link_to_the_architecture_page():
    for name in ("README.md", "CONTRIBUTING.md"):
        assert "(docs/architecture.md)" in (ROOT / name).read_text(), name
