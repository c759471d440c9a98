"""Each function declares whether it owns or joins a transaction, and the declaration is true."""

import ast
from pathlib import Path

import pytest

from tests.architecture.house import APPS, PARTS

#: What locks, posts, records a decision or proposes.
JOINING = {
    "approve", "deciding", "keep_representative", "lock", "lock_account", "lock_customer",
    "lock_customer_with", "lock_concerned", "lock_holder", "lock_holders", "lock_statement", "lock_subjects", "move_in_box", "post_cash",
    "propose", "reject", "select_for_update", "withdraw",
}  # fmt: skip
OWNING = {"perform", "owned"}
#: Modules that may use Django's own transactions: the definition of both names, a preview that is rolled back, the back
#: office, a question of the proof that may fail alone, a signal of Django, settings for one query, and a run that could
#: not count.
ATOMIC = {
    "config/kernel/database/transactions.py",
    "config/frames/back_office/people.py",
    "config/frames/desk/passkeys.py",
    "config/frames/desk/second_factors.py",
    "config/frames/desk/password_rehash.py",
    "config/kernel/integrity/catalog/definitions.py",
    "config/kernel/integrity/catalog/guards.py",
    "config/kernel/database/clock.py",
    "config/kernel/proof/retained_counts.py",
    "config/oversight/queries/proof.py",
}


def _called(function: ast.AST) -> set[str]:
    calls = (node.func for node in ast.walk(function) if isinstance(node, ast.Call))
    return {each.attr if isinstance(each, ast.Attribute) else getattr(each, "id", "") for each in calls}


def _decorators(function: ast.FunctionDef) -> set[str]:
    return {ast.unparse(each) for each in function.decorator_list}


def silent(source: str) -> list[str]:
    """Return the public functions that join a transaction without declaring it."""
    return [
        function.name
        for function in ast.parse(source).body
        if isinstance(function, ast.FunctionDef) and not function.name.startswith("_")
        and _called(function) & JOINING and not _called(function) & OWNING
        and "transaction_required" not in _decorators(function)
    ]  # fmt: skip


def test_function_without_a_declared_transaction_is_found():
    assert silent("def pay():\n    with deciding('x'):\n        pass\n") == ["pay"]
    assert silent("@transaction_required\ndef pay():\n    lock([1])\n") == []
    assert silent("def task():\n    with owned():\n        lock([1])\n") == []


@pytest.mark.parametrize(
    "path", [path for part in PARTS for path in sorted((part / "operations").glob("*.py"))], ids=str
)
def test_every_operation_that_joins_a_transaction_says_so(path: Path):
    assert silent(path.read_text()) == []


def test_only_listed_functions_open_transactions():
    sources = [
        path for package in (*APPS, "config") for path in Path(package).rglob("*.py") if "migrations" not in path.parts
    ]
    used = {str(path) for path in sources if "transaction.atomic(" in path.read_text()}
    assert used == ATOMIC
