"""Check whether migrations can be reversed, before the first one is; used by `migrate` and `go_back`.

A reversal drops what a migration has created. It must not drop data that were written there since, and it must not stop
half way, with some applications on the old tables and others on the new ones.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db import connection, migrations
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.migration import Migration
from django.db.migrations.state import ProjectState

from config.kernel.database.sql import rows

_DEFAULT = """
SELECT pg_get_expr(d.adbin, d.adrelid) AS expression FROM pg_attrdef d
JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum WHERE a.attrelid = to_regclass(%s) AND a.attname = %s
"""

#: Tables that `migrate` itself writes to: their rows prevent no reversal.
_WRITTEN_BY_MIGRATE = frozenset({"kernel_keymark"})


def obstacles(executor: MigrationExecutor, going: Iterable[Migration]) -> list[str]:
    """Return a sentence with the migration's name for each obstacle to a reversal; nothing is changed.

    :param going: the migrations to reverse, all of them applied.
    """
    state: ProjectState = executor._create_project_state()  # type: ignore[attr-defined]
    going = set(going)
    found: list[str] = []
    for migration, _ in executor.migration_plan(executor.loader.graph.leaf_nodes(), clean_start=True):
        if migration in going:
            found += [f"{migration}: {each}" for each in _of_migration(migration, state.clone())]
        state = migration.mutate_state(state, preserve=False)
    return found


def _of_migration(migration: Migration, before: ProjectState) -> Iterator[str]:
    """Yield a sentence for each obstacle to the reversal of a migration.

    :param before: the models before it; changed to those after it.
    """
    app = migration.app_label
    for operation in migration.operations:
        after = before.clone()
        operation.state_forwards(app, after)
        for each in _parts(operation):
            if not each.reversible:
                yield f"“{each.describe()}” has no way back."
            yield from _of_operation(each, app, before, after)
        before = after


def _parts(operation: Any) -> Iterable[Any]:
    if isinstance(operation, migrations.SeparateDatabaseAndState):
        return [part for each in operation.database_operations for part in _parts(each)]
    return [operation]


def _of_operation(operation: Any, app: str, before: ProjectState, after: ProjectState) -> Iterator[str]:
    if own := getattr(operation, "obstacles_backwards", None):
        yield from own(app, before, after)
    elif isinstance(operation, migrations.CreateModel):
        table = after.apps.get_model(app, operation.name)._meta.db_table
        if table not in _WRITTEN_BY_MIGRATE and _exists(table, "true"):
            yield f"the table {table}, which would be dropped, has rows."
    elif isinstance(operation, migrations.AddField):
        model = after.apps.get_model(app, operation.model_name)
        table, column = model._meta.db_table, model._meta.get_field(operation.name).column
        default = rows(_DEFAULT, [table, column])
        if _exists(table, f'"{column}" IS DISTINCT FROM ({default[0]["expression"] if default else "NULL"})'):
            yield f"the column {table}.{column}, which would be dropped, has values."
    elif isinstance(operation, migrations.RemoveField):
        model = before.apps.get_model(app, operation.model_name)
        field = model._meta.get_field(operation.name)
        if not field.null and not field.has_db_default() and _exists(model._meta.db_table, "true"):
            yield f"the column {model._meta.db_table}.{field.column} would come back without values."


def _exists(table: str, condition: str) -> bool:
    if table not in connection.introspection.table_names():
        return False
    return bool(rows(f'SELECT EXISTS (SELECT FROM "{table}" WHERE {condition}) AS found')[0]["found"])  # noqa: S608
