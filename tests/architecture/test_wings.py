"""A wing imports the core of its app and no other wing; a new one needs a folder and its name in `WINGS`."""

import ast
import re
import tomllib

import grimp
import pytest
from django.apps import apps

from config.kernel.wings import of_wings, wings_of
from tests.architecture.house import PARTS, ROOT, production

WITH_WINGS = ("accounts", "blacklist")
WINGS = [wing for app in WITH_WINGS for wing in wings_of(app)]
#: Who adds a sheet to the stock imports what it is added to.
IMPORTED = {("transfers", "accounts.stock")}


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    """The import graph, read anew."""
    return grimp.build_graph(
        "accounts", "blacklist", "config", "transfers", exclude_type_checking_imports=True, cache_dir=None
    )


@pytest.mark.parametrize("wing", WINGS)
def test_only_its_app_imports_a_wing(graph, wing):
    inside = {wing, *graph.find_descendants(wing)}
    outside = {by for module in inside for by in graph.find_modules_that_directly_import(module)} - inside
    assert {(by.partition(".")[0], wing) for by in outside} <= IMPORTED, sorted(outside)


def test_every_folder_of_an_app_is_a_layer_or_a_wing():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (inside,) = [each for each in contracts if "transfers" in each.get("containers", ())]
    packages = {package for layer in inside["layers"] for package in re.findall(r"\w+", layer)} | {"migrations"}
    for app in (*WITH_WINGS, "transfers"):
        found = {path.stem for path in (ROOT / app).glob("*.py")}
        folders = {path.parent.name for path in (ROOT / app).glob("*/__init__.py")}
        wings = {wing.partition(".")[2] for wing in WINGS if wing.startswith(f"{app}.")}
        assert (found - {"__init__"} | folders) - packages == wings, app


@pytest.mark.parametrize("wing", WINGS)
def test_wing_has_a_description_and_only_its_apps_label(wing):
    folder = ROOT / wing.replace(".", "/")
    assert folder in PARTS
    assert (folder / "__init__.py").read_text().startswith('"""')
    assert not [*apps.get_app_config(wing.rpartition(".")[2]).get_models()]


def test_what_is_asked_of_wings_is_there_in_one_of_them():
    asked = {
        (call.args[0].value, call.args[1].value)
        for path in production()
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "of_wings"
    }
    assert len(asked) > 10
    missing = {
        (app, module)
        for app, module in asked
        if not any((ROOT / f"{wing}.{module}".replace(".", "/")).with_suffix(".py").exists() for wing in wings_of(app))
    }
    assert missing == set()


def test_missing_part_of_a_wing_is_left_out():
    assert [*of_wings("accounts", "nowhere", "nothing")] == []
    assert [*of_wings("accounts", "nowhere.below", "nothing")] == []
    assert len([*of_wings("accounts", "approval_kinds", "KINDS")]) == 3
    with pytest.raises(AttributeError):
        [*of_wings("accounts", "approval_kinds", "nothing")]
