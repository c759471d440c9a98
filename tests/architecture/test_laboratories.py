"""Benchmarks and drills have a name for `python -m benchmarks`, and import no tests."""

import ast
import re

import pytest

from benchmarks.__main__ import RUNS
from benchmarks.bank.report import Measurement, Report
from benchmarks.cases.runner import CASES, arguments, description
from benchmarks.cases.size import area, count
from tests.architecture.house import ROOT

BENCHMARKS = ROOT / "benchmarks"


def trees():
    return {path: ast.parse(path.read_text()) for path in BENCHMARKS.rglob("*.py")}


def test_every_benchmark_has_a_name_arguments_and_a_description():
    measuring = {
        path.parent.name if path.stem == "__init__" else path.stem
        for path, tree in trees().items()
        if any(isinstance(each, ast.FunctionDef) and each.name == "measure" for each in tree.body)
    }
    assert measuring == set(CASES)
    for name, case in CASES.items():
        text = description(name)
        assert f"python -m benchmarks {name} [" in text
        assert arguments(name, case, text).parse_args([]).json is False


def test_the_makefile_names_laboratories_that_there_are():
    named = re.findall(r"-m benchmarks (\w+)", (ROOT / "Makefile").read_text())
    assert named
    assert set(named) <= {*CASES, *RUNS}


def test_no_laboratory_imports_tests():
    imported = {
        name
        for tree in trees().values()
        for node in ast.walk(tree)
        for name in (
            [each.name for each in node.names] if isinstance(node, ast.Import) else [getattr(node, "module", "")]
        )
    }
    assert not [name for name in imported if (name or "").partition(".")[0] == "tests"]


@pytest.mark.parametrize(
    ("path", "depth", "counted"),
    [
        ("accounts/till/models.py", 1, "accounts"),
        ("accounts/till/models.py", 2, "accounts/till"),
        ("accounts/migrations/0001_initial.py", 2, "migrations"),
        ("accounts/sql/cards.sql", 2, "SQL"),
        ("manage.py", 1, None),
        ("config/frames/desk/static/desk/kit.css", 1, None),
    ],
)
def test_each_file_is_counted_in_one_area(path, depth, counted):
    assert area(path, depth) == counted


def test_the_product_is_the_sum_of_its_apps_without_migrations():
    files = [
        ("accounts/a.py", b"1\n2\n"),
        ("config/b/c.py", b"1\n"),
        ("tests/d.py", b"\n"),
        ("config/migrations/e.py", b"\n"),
    ]
    lines = count(iter(files), 1)["lines"]
    assert lines == {"accounts": 2, "config": 1, "tests": 1, "migrations": 1, "product": 3}


@pytest.mark.parametrize(
    ("more", "goal", "met"),
    [
        ({"yardstick": [10, 10, 10], "least": 2}, "2 times at least", True),
        ({"yardstick": [10, 10, 10], "most": 2.5}, "2.5 times at most", False),
        ({"yardstick": [10], "most": 30, "absolute": True}, "30 ms at most", True),
        ({"most": 29}, "29 ms at most", False),
        ({"most": 29, "judged": False}, "29 ms at most", None),
        ({}, "", None),
    ],
)
def test_a_figure_is_compared_with_its_goal_by_its_median(more, goal, met):
    line = Measurement("work", [20, 30, 40], "ms", **more)
    assert (line.goal, line.met) == (goal, met)
    assert "| 30 [20-40] | ms |" in Report("title", lines=[line]).readable()
