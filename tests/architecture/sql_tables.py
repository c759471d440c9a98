"""Find the bank's tables, indexes, functions and sequences that texts in the code name.

All texts are read: SQL files, constants, pieces of f-strings, templates for `format` or `sql.SQL`, and
operations of migrations. A name that is composed from pieces cannot be found; it is reported if it follows an
SQL word that a table follows.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from django.apps import apps

from config.kernel.schema.sql_files import sql_files as files_of
from tests.architecture.house import TABLES, package_of

_MADE = re.compile(
    r"\bCREATE\s+(?:OR\s+REPLACE\s+)?(?:UNLOGGED\s+)?(?:FUNCTION|SEQUENCE|TABLE|INDEX)\s+(?:public\.)?(\w+)",
    re.IGNORECASE,
)
#: What changes or locks a table, up to its name.
_WRITES = re.compile(
    r"\b(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM|MERGE\s+INTO|TRUNCATE(?:\s+TABLE)?|LOCK(?:\s+TABLE)?|COPY"
    r"|(?:ALTER|DROP)\s+TABLE(?:\s+IF\s+EXISTS)?)\s+(?:ONLY\s+)?(?:public\.)?\"?(\w+)",
    re.IGNORECASE,
)
#: A whole name: no part of one that is filled in.
_WORD, _WORDS = re.compile(r"(?<![\w{}])\w+(?![\w{}])"), re.compile(r"\w+")
#: A table's name of which a part is filled in: `transfers_{name}`, `{app}_transfer`.
_COMPOSED = re.compile(
    r"\b(?:FROM|JOIN|INTO|UPDATE|TABLE|ONLY|regclass\()\s+(?:public\.)?\"?(\w+\{\}\w*|\{\}\w+)", re.IGNORECASE
)


@dataclass(frozen=True)
class Named:
    """A place in the code that names a database object.

    :ivar name: of the object; with `{}` for an inserted part.
    :ivar writes: whether the text changes or locks it.
    """

    line: int
    name: str
    writes: bool = False


def owners() -> dict[str, str]:
    """Return the owning module of each table, index, constraint, function, sequence and view, by name."""
    packages = {label: package for package, label in TABLES.items()}
    owner_of = {}
    for model in apps.get_models(include_auto_created=True):
        if package := packages.get(model._meta.app_label):
            owner_of[model._meta.db_table] = package
            owner_of |= {each.name: package for each in (*model._meta.indexes, *model._meta.constraints)}
    for file in sql_files():
        owner_of |= dict.fromkeys(_MADE.findall(file.read_text()), package_of(file))
    return owner_of


def sql_files() -> list[Path]:
    """Return the SQL files that migrations install, of all modules."""
    return [path for label in TABLES.values() for path in files_of(label)]


def names_in_sql(text: str, known: Mapping[str, str]) -> set[str]:
    """Return the names in an SQL file without its comments.

    :param known: the names to look for.
    """
    return known.keys() & set(_WORD.findall(re.sub(r"--[^\n]*", "", text)))


def texts(source: str) -> Iterator[tuple[ast.expr, str]]:
    """Yield each text of a module except docstrings, with `{}` for inserted values."""
    tree = ast.parse(source)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield node, "".join(str(each.value) if isinstance(each, ast.Constant) else "{}" for each in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings | parts:
            yield node, re.sub(r"\{\w*\}", "{}", node.value)


def named_in(source: str, known: Mapping[str, str]) -> list[Named]:
    """Return the database objects that a module's texts name, in the order of its lines.

    :param known: the names to look for.
    """
    lines = source.splitlines()
    names = set()
    for node, text in texts(source):
        span = range(node.lineno, (node.end_lineno or node.lineno) + 1)
        written = set(_WRITES.findall(text))
        for name in known.keys() & set(_WORD.findall(text)):
            here = [number for number in span if name in _WORDS.findall(lines[number - 1])]
            names |= {Named(number, name, name in written) for number in here or [node.lineno]}
        names |= {Named(node.lineno, name) for name in _COMPOSED.findall(text)}
    return sorted(names, key=lambda each: (each.line, each.name))
