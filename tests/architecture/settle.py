"""`make settle`: pin what the migrations that are out write into a database, one line each in `settled.txt`."""

import hashlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django
from django.db import migrations
from django.db.migrations.loader import MigrationLoader

from config.stack.lint import PRODUCTION

APPS = ("kernel", "blacklist", "accounts", "transfers")
#: App, name and digest of each migration with SQL of its own that some database has already run.
FILE = Path(__file__).with_name("settled.txt")

type Digests = dict[str, str]


def operations_of(operations: list[Any]) -> Iterator[Any]:
    for each in operations:
        if isinstance(each, migrations.SeparateDatabaseAndState):
            yield from operations_of(each.database_operations)
        else:
            yield each


def sql_of(migration: Any) -> Iterator[str]:
    """Yield the SQL that a migration brings itself, whatever its line breaks; what models make is Django's."""
    for each in operations_of(migration.operations):
        if isinstance(each, migrations.RunSQL):
            yield from (" ".join(str(text).split()) for text in (each.sql, each.reverse_sql))


def digest(texts: list[str]) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16]


def settled() -> Digests:
    """Return the digests that stand, by app and name of the migration."""
    return {name: kept for name, _, kept in (line.rpartition(" ") for line in FILE.read_text().splitlines())}


def written() -> Digests:
    """Return the digests of all migrations with SQL of their own, as the code has them, there and back."""
    disk = MigrationLoader(None).disk_migrations
    return {
        f"{app} {name}": digest(texts)
        for (app, name), migration in sorted(disk.items())
        if app in APPS and (texts := list(sql_of(migration)))
    }


def unsettled(kept: Digests, now: Digests) -> set[str]:
    """Return what may still be rewritten: what comes after the last of its app that is settled."""
    last: dict[str, str] = {}
    for name in kept:
        app = name.split()[0]
        last[app] = max(last.get(app, ""), name)
    return {name for name in now if name > last.get(name.split()[0], "")}


def differing(kept: Digests, now: Digests) -> list[str]:
    """Return the migrations that no longer write what is settled, are gone, or stand among settled ones without a line."""
    free = unsettled(kept, now)
    return sorted(name for name in kept.keys() | now.keys() if name not in free and kept.get(name) != now.get(name))


def settle(kept: Digests, now: Digests) -> Digests:
    """Return what stands once all that is written is out.

    :raises ValueError: what is settled has been changed.
    """
    if changed := differing(kept, now):
        raise ValueError(f"settled, and changed: {', '.join(changed)}")
    return dict(sorted((kept | now).items()))


def main() -> None:
    """Write the lines that are missing; none that stands is changed."""
    os.environ.update(PRODUCTION)
    django.setup()
    before = settled()
    try:
        after = settle(before, written())
    except ValueError as refused:
        sys.exit(str(refused))
    FILE.write_text("".join(f"{name} {kept}\n" for name, kept in after.items()))
    print(f"{FILE.name}: {len(after) - len(before)} lines more, {len(after)} in all")  # noqa: T201


if __name__ == "__main__":
    main()
