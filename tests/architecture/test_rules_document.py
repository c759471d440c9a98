"""`docs/rules.md` leads from each clause to code, constraint and test; every step of the way exists."""

import importlib
import pkgutil
import re
from pathlib import Path

import pytest

from config.kernel import clauses
from config.kernel.clauses import Clause
from config.kernel.sql import rows

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "rules.md").read_text()
CODE = re.findall(r"`((?:accounts|transfers|blacklist|config)(?:\.\w+)+)`", TEXT)
TESTS = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", TEXT)
CONSTRAINTS = re.findall(r"⛓ ?`(\w+)`", TEXT)
POLICIES = [
    importlib.import_module(f"{app}.policy.{module.name}")
    for app in ("accounts", "blacklist", "transfers")
    for module in pkgutil.iter_modules([str(ROOT / app / "policy")])
]
#: What only asks others, or says what a state machine's table says.
HELPERS = {
    "accounts.policy.cards.check_card_state",
    "accounts.policy.closing.check_account_business",
    "accounts.policy.identity.check_document_kind",
}
CLAUSES = {name: value for name, value in vars(clauses).items() if isinstance(value, Clause)}


def test_leads_to_every_rule():
    """Each check of a policy stands in the document, so that no rule is without its clause and test."""
    checks = {
        f"{module.__name__}.{name}"
        for module in POLICIES
        for name, value in vars(module).items()
        if callable(value) and value.__module__ == module.__name__ and name.startswith(("check_", "decide_", "judge_"))
    }
    assert not {check for check in checks if f"`{check}`" not in TEXT} - HELPERS


def test_cites_every_clause_the_code_knows():
    missing = [name for name in CLAUSES if f"`{name}`" not in TEXT]
    assert not missing


@pytest.mark.parametrize("name", CLAUSES)
def test_says_since_when_a_clause_is_in_force(name):
    rows_of_it = [line for line in TEXT.splitlines() if f"`{name}`" in line]
    since = CLAUSES[name].known_since or CLAUSES[name].in_force.isoformat()
    assert all(f", {since} |" in line for line in rows_of_it)


@pytest.mark.parametrize("reference", sorted(set(CODE)))
def test_the_code_exists(reference):
    module, _, name = reference.rpartition(".")
    assert hasattr(importlib.import_module(module), name)


@pytest.mark.parametrize(("path", "name"), sorted(set(TESTS)))
def test_the_test_exists(path, name):
    source = (ROOT / path).read_text()
    assert not name or re.search(rf"^def {name}\(", source, re.MULTILINE)


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(set(CONSTRAINTS)))
def test_the_database_has_the_constraint(name):
    assert rows(
        "SELECT 1 FROM pg_constraint WHERE conname = %(name)s UNION SELECT 1 FROM pg_class WHERE relname = %(name)s "
        "UNION SELECT 1 FROM pg_trigger WHERE tgname = %(name)s "
        "UNION SELECT 1 FROM pg_proc WHERE prosrc LIKE '%%''' || %(name)s || '''%%'",
        {"name": name},
    )


def test_the_document_is_not_empty():
    assert len(CODE) > 10
    assert len(TESTS) > 10
    assert len(CONSTRAINTS) > 5
