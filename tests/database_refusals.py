"""Assertions that a named constraint or trigger of the database refuses a write."""

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction

from tests.roles import as_owner

#: A release waits half a second for a lock, and so does the rest of its transaction, in most tests the test's own; a vacuum
#: in the background gives a table up after a second.
PATIENT = "SET LOCAL lock_timeout = '60s'"


@contextmanager
def refused_by(constraint: str) -> Iterator[None]:
    """Assert that the named constraint refuses the block's writes; all of them are rolled back."""
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        yield
    cause = refused.value.__cause__
    assert isinstance(cause, psycopg.Error)
    assert cause.diag.constraint_name == constraint


@cache
def names_broken() -> frozenset[str]:
    """Return every name that a test gives to `refused_by`, directly, as a parameter or from a table of its module."""
    return frozenset(
        name for path in Path(__file__).parent.rglob("test_*.py") for name in _broken_in(ast.parse(path.read_text()))
    )


def _broken_in(module: ast.Module) -> Iterator[str]:
    tables = {
        target.id: each.value
        for each in module.body
        if isinstance(each, ast.Assign)
        for target in each.targets
        if isinstance(target, ast.Name)
    }
    for function in ast.walk(module):
        if not isinstance(function, ast.FunctionDef):
            continue
        given = [call.args[0] for call in ast.walk(function) if _breaks(call)]
        if any(not isinstance(each, ast.Constant) for each in given):
            # Which one it is comes with the parameters.
            given += function.decorator_list
        for each in given:
            yield from _texts(each, tables)


def _breaks(call: ast.AST) -> bool:
    return isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "refused_by"


def _texts(node: ast.AST, tables: dict[str, ast.expr]) -> Iterator[str]:
    for each in ast.walk(node):
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            yield each.value
        elif isinstance(each, ast.Name) and each.id in tables:
            yield from _texts(tables[each.id], {})


@contextmanager
def past_the_guards(*tables: str) -> Iterator[None]:
    """Disable the triggers of some tables within the block, as only their owner can."""
    with transaction.atomic(), as_owner(), connection.cursor() as cursor:
        cursor.execute(PATIENT)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
