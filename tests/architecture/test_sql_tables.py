"""SQL names tables of its own app, and those that lower layers publish for reading.

A module without tables names none: it calls queries.
"""

import ast
from functools import cache
from importlib import import_module
from importlib.util import find_spec

import pytest

from tests.architecture.house import ROOT, TABLES, layer_of, package_of, production
from tests.architecture.sql_tables import Named, named_in, names_in_sql, owners, sql_files

OWNERS = {"transfers_transfer": "transfers", "accounts_entry": "accounts", "transfer_due_next": "transfers"}


@cache
def known() -> dict[str, str]:
    return owners()


@cache
def named(source: str) -> list[Named]:
    return named_in(source, known())


def published(package: str) -> dict[str, str]:
    """Return the tables that a module publishes to higher layers, each with the reason."""
    module = f"{package}.published"
    return dict(import_module(module).PUBLISHED) if find_spec(module) else {}


def migrated_with(source: str) -> set[str]:
    """Return the labels of the apps that a migration depends on."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assign) and [getattr(each, "id", "") for each in node.targets] == ["dependencies"]:
            return {each.elts[0].value for each in ast.walk(node.value) if isinstance(each, ast.Tuple)}
    return set()


def strangers(source: str, package: str, *, migration: bool = False) -> list[Named]:
    """Return the tables that a module's texts name without permission."""
    lower = {each for each in TABLES if package in TABLES and layer_of(each) < layer_of(package)}
    settled = {package for package in lower if TABLES[package] in migrated_with(source)} if migration else set()
    read = {name for each in lower for name in published(each)}

    def may(each: Named) -> bool:
        # A name with a part filled in has no owner.
        owner = known().get(each.name)
        return owner is not None and (owner == package or owner in settled or (each.name in read and not each.writes))

    return [each for each in named(source) if not may(each)]


def test_sql_is_in_the_app_of_its_tables():
    found = [
        f"{file.relative_to(ROOT)}:{each.line} {'writes' if each.writes else 'names'} {each.name}"
        f" of {known().get(each.name, 'nobody can say whom')}"
        for file in production()
        for each in strangers(file.read_text(), package_of(file), migration="migrations" in file.parts)
    ]
    assert found == []


def test_an_sql_file_names_its_own_tables_and_those_below():
    found = {
        f"{file.relative_to(ROOT)} names {name} of {known()[name]}"
        for file in sql_files()
        for name in names_in_sql(file.read_text(), known())
        if known()[name] != package_of(file) and layer_of(known()[name]) >= layer_of(package_of(file))
    }
    assert len(sql_files()) > 30
    assert found == set()


BELOW = 'dependencies = [("transfers", "0012_queue"), ("kernel", "0008_restores")]\n'


@pytest.mark.parametrize(
    ("package", "source", "refused"),
    [
        ("transfers", 'A = "UPDATE transfers_transfer SET id = id"', []),
        ("transfers", 'A = "SELECT FROM accounts_entry"', []),
        ("transfers", 'A = "SELECT FROM accounts_identity"', ["accounts_identity"]),
        ("transfers", 'A = "DELETE FROM accounts_entry"', ["accounts_entry"]),
        ("accounts", 'A = "SELECT FROM transfers_transfer"', ["transfers_transfer"]),
        ("accounts", 'A = "SELECT FROM accounts_{name}"', ["accounts_{}"]),
        ("config.kernel", 'A = "SELECT FROM transfers_transfer"', ["transfers_transfer"]),
        ("config.oversight", 'A = "SELECT FROM accounts_entry"', ["accounts_entry"]),
        ("config.frames.desk", 'A = "SELECT FROM kernel_approval"', ["kernel_approval"]),
    ],
)
def test_tables_of_other_modules_are_refused(package, source, refused):
    assert [each.name for each in strangers(source, package)] == refused


@pytest.mark.parametrize(
    ("source", "refused"),
    [
        (BELOW + 'A = "LOCK TABLE kernel_keymark"', []),
        ('A = "LOCK TABLE kernel_keymark"', ["kernel_keymark"]),
        (BELOW + 'A = "SELECT FROM accounts_identity"', ["accounts_identity"]),
    ],
)
def test_a_migration_names_tables_of_those_it_depends_on(source, refused):
    assert [each.name for each in strangers(source, "transfers", migration=True)] == refused


@pytest.mark.parametrize("package", sorted(TABLES))
def test_published_tables_are_own_and_read_by_higher_layers(package):
    tables = published(package)
    assert {name for name in tables if known().get(name) != package or not tables[name]} == set()
    read = {
        each.name
        for file in production()
        if layer_of(package_of(file)) > layer_of(package)
        for each in named(file.read_text())
    } | {
        name
        for file in sql_files()
        if layer_of(package_of(file)) > layer_of(package)
        for name in names_in_sql(file.read_text(), known())
    }
    assert set(tables) - read == set(), "published for nobody"


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ('A = "SELECT 1 FROM transfers_transfer"', [Named(1, "transfers_transfer")]),
        ('A = """\nSELECT 1\nFROM transfers_transfer t\n"""', [Named(3, "transfers_transfer")]),
        ('A = f"SELECT {x} FROM transfers_transfer WHERE {y}"', [Named(1, "transfers_transfer")]),
        ('A = f"""\nSELECT {x}\nFROM {y} JOIN accounts_entry e ON {z}\n"""', [Named(3, "accounts_entry")]),
        ('A = "SELECT 1 FROM transfers_transfer {extra}".format(extra="")', [Named(1, "transfers_transfer")]),
        ('rows(\n    "SELECT 1 "\n    "FROM accounts_entry"\n)', [Named(3, "accounts_entry")]),
        ('A = sql.SQL("TABLE {}").format(sql.Identifier("accounts_entry"))', [Named(1, "accounts_entry")]),
        ('operations = [migrations.RunSQL("DROP TABLE accounts_entry")]', [Named(1, "accounts_entry", True)]),
        ('A = "SELECT $1::regclass", "transfer_due_next"', [Named(1, "transfer_due_next")]),
        ('A = "UPDATE accounts_entry SET a = 1 WHERE id IN (SELECT id FROM transfers_transfer)"',
         [Named(1, "accounts_entry", True), Named(1, "transfers_transfer")]),
        ('A = "WITH a AS (SELECT 1) INSERT INTO public.accounts_entry SELECT 1"', [Named(1, "accounts_entry", True)]),
        ('A = "LOCK TABLE accounts_entry IN SHARE MODE"', [Named(1, "accounts_entry", True)]),
        ('A = "SELECT 1 FROM accounts_entry FOR NO KEY UPDATE"', [Named(1, "accounts_entry")]),
        ('A = f"SELECT 1 FROM {app}_entry"', [Named(1, "{}_entry")]),
        ('A = "SELECT 1 FROM transfers_{}".format(name)', [Named(1, "transfers_{}")]),
        ('def a():\n    """Reads transfers_transfer."""', []),
        ('A = "accounts_entry_balanced", "my_accounts_entry", "{app}_transfers_transfer"', []),
        ("# transfers_transfer\nA = transfers_transfer", []),
    ],
)  # fmt: skip
def test_the_finder_reads_every_kind_of_text(source, named):
    assert named_in(source, OWNERS) == named


def test_finder_knows_objects_outside_of_models():
    assert {name: known()[name] for name in ("bank_now", "transfer_due_next", "accounts_card")} == {
        "bank_now": "config.kernel",
        "transfer_due_next": "transfers",
        "accounts_card": "accounts",
    }
