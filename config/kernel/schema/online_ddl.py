"""Operations of migrations for tables that are in use; every migration after an app's first one consists of them.

They run outside a transaction (`atomic = False`). A change that locks a table against writers is a short transaction of
its own, for one table, with a short lock wait, and is repeated (`brief_locks`). An interrupted operation can be run again.
"""

from functools import partial
from typing import Any

from django.contrib.postgres import operations
from django.contrib.postgres.operations import NotInTransactionMixin
from django.db import IntegrityError, connection, migrations
from django.db.migrations.state import ProjectState
from django.db.models import CheckConstraint, Model

from config.kernel.database.sql import rows
from config.kernel.schema import months
from config.kernel.schema.brief_locks import retry_blocked, with_short_locks

#: Number of violating rows that are named.
NAMED = 20

_VALID = """
SELECT i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE c.relname = %s AND pg_table_is_visible(c.oid)
"""


_TABLE = "SELECT FROM pg_class c WHERE c.relname = %s AND c.relkind IN ('r', 'p') AND pg_table_is_visible(c.oid)"
_INDEX = "SELECT FROM pg_class c WHERE c.relname = %s AND c.relkind IN ('i', 'I') AND pg_table_is_visible(c.oid)"
_COLUMN = """
SELECT FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relname = %s AND pg_table_is_visible(c.oid) AND a.attname = %s AND NOT a.attisdropped
"""
_CONSTRAINT = "SELECT FROM pg_constraint WHERE conname = %s"


class MakeTable(migrations.CreateModel):
    """Create a table with its indexes, then each foreign key alone, because it locks the table that it refers to.

    Parts that an interrupted run has created are kept.
    """

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model = to_state.apps.get_model(app_label, self.name)

        def make() -> None:
            schema_editor.deferred_sql.clear()
            super(MakeTable, self).database_forwards(app_label, schema_editor, from_state, to_state)
            # Django defers them to the end of the migration, where an interruption would lose them.
            for statement in schema_editor.deferred_sql:
                if not _is_foreign_key(statement):
                    schema_editor.execute(statement, params=None)

        if not _found(schema_editor, _TABLE, model._meta.db_table):
            with_short_locks(make)
        schema_editor.deferred_sql.clear()
        # This executes nothing: it puts the statements for foreign keys into `deferred_sql`.
        schema_editor.table_sql(model)
        keys = [each for each in schema_editor.deferred_sql if _is_foreign_key(each)]
        schema_editor.deferred_sql.clear()
        for key in keys:
            if not _found(schema_editor, _CONSTRAINT, str(key.parts["name"]).strip('"')):
                with_short_locks(lambda key=key: schema_editor.execute(key, params=None))  # type: ignore[misc]

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        with_short_locks(partial(super().database_backwards, app_label, schema_editor, from_state, to_state))


class CreateByMonth(migrations.CreateModel):
    """Create the table by months with its default partition; `migrate` creates the months at its end."""

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        schema_editor.sql_create_table += " PARTITION BY RANGE (id)"
        super().database_forwards(app_label, schema_editor, from_state, to_state)
        del schema_editor.sql_create_table
        schema_editor.execute(f"CREATE TABLE {months.STRAYS} PARTITION OF {months.TABLE} DEFAULT", params=None)


class AddColumn(migrations.AddField):
    """Add a column, unless an interrupted run has added it."""

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        column = model._meta.get_field(self.name).column

        def add() -> None:
            schema_editor.deferred_sql.clear()
            super(AddColumn, self).database_forwards(app_label, schema_editor, from_state, to_state)
            while schema_editor.deferred_sql:
                schema_editor.execute(schema_editor.deferred_sql.pop(0), params=None)

        if not _found(schema_editor, _COLUMN, model._meta.db_table, column):
            with_short_locks(add)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        with_short_locks(partial(super().database_backwards, app_label, schema_editor, from_state, to_state))


class AddUnique(migrations.AddConstraint):
    """Add a unique constraint to a table with few writers, unless an interrupted run has built its index."""

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        if not _found(schema_editor, _INDEX, self.constraint.name):
            with_short_locks(partial(super().database_forwards, app_label, schema_editor, from_state, to_state))

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        with_short_locks(partial(super().database_backwards, app_label, schema_editor, from_state, to_state))


class AddCheck(NotInTransactionMixin, migrations.AddConstraint):
    """Add a check, or replace the one of its name; the reversal restores the former check.

    It applies to new rows at once; existing rows are read while other sessions write.

    :raises IntegrityError: names the rows that violate it; nothing is changed.
    """

    constraint: CheckConstraint

    @property
    def replaced(self) -> str:
        """Return the name of the check that this one replaces."""
        return self.constraint.name

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        if self._former(app_label, state):
            state.remove_constraint(app_label, self.model_name_lower, self.replaced)
        super().state_forwards(app_label, state)

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        self._put(schema_editor, model, self.constraint, self.replaced)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        if former := self._former(app_label, to_state):
            self._put(schema_editor, to_state.apps.get_model(app_label, self.model_name), former, self.constraint.name)
        else:
            with_short_locks(partial(super().database_backwards, app_label, schema_editor, from_state, to_state))

    def _former(self, app_label: str, state: ProjectState) -> Any:
        checks = state.models[app_label, self.model_name_lower].options.get("constraints", [])
        return next((each for each in checks if each.name == self.replaced), None)

    def _put(self, schema_editor: Any, model: type[Model], check: CheckConstraint, replaced: str) -> None:
        self._ensure_not_in_transaction(schema_editor)
        table, name, old = (schema_editor.quote_name(each) for each in (model._meta.db_table, check.name, replaced))
        rule = str(check.constraint_sql(model, schema_editor))
        self._refuse_broken(table, rule)
        # One statement: at no moment is there neither the old rule nor the new one.
        gone = ", ".join(f"DROP CONSTRAINT IF EXISTS {each}" for each in dict.fromkeys((name, old)))
        added = f"ALTER TABLE {table} {gone}, ADD {rule} NOT VALID"
        with_short_locks(lambda: schema_editor.execute(added, params=None))
        retry_blocked(lambda: schema_editor.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}", params=None))

    def obstacles_backwards(self, app_label: str, before: ProjectState, after: ProjectState) -> list[str]:
        """Return a sentence that names the rows which violate the former check, if there are any."""
        if not (former := self._former(app_label, before)):
            return []
        model = before.apps.get_model(app_label, self.model_name)
        schema_editor = connection.schema_editor()
        table = schema_editor.quote_name(model._meta.db_table)
        broken = self._broken(table, str(former.constraint_sql(model, schema_editor)))
        return [f"{former.name} would come back, and rows of {table} break it: {broken}"] if broken else []

    def _refuse_broken(self, table: str, rule: str) -> None:
        if broken := self._broken(table, rule):
            raise IntegrityError(f"{self.constraint.name} is not added, rows of {table} break it: {broken}")

    def _broken(self, table: str, rule: str) -> str:
        """Return the ids of the first rows that violate a rule."""
        condition = rule.partition(" CHECK ")[2]
        found = rows(f"SELECT id::text FROM {table} WHERE NOT {condition} LIMIT {NAMED + 1}")  # noqa: S608
        return ", ".join(row["id"] for row in found[:NAMED]) + (" and more" if len(found) > NAMED else "")


class ReplaceCheck(AddCheck):
    """Replace a check by one of another name; the reversal restores the former check.

    :param replaced: the name of the replaced check.
    """

    def __init__(self, model_name: str, replaced: str, constraint: CheckConstraint) -> None:
        self._replaced = replaced
        super().__init__(model_name, constraint)

    @property
    def replaced(self) -> str:
        """Return the name of the check that this one replaces."""
        return self._replaced

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        name, args, words = super().deconstruct()
        return name, list(args), {**words, "replaced": self._replaced}


class AddIndex(operations.AddIndexConcurrently):
    """Build an index, anew after an interrupted run; in a table by months, one for each partition."""

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        self._ensure_not_in_transaction(schema_editor)
        model = to_state.apps.get_model(app_label, self.model_name)
        build = partial(super().database_forwards, app_label, schema_editor, from_state, to_state)
        if model._meta.db_table == months.TABLE:
            self._add_by_parts(schema_editor, model)
        else:
            retry_blocked(lambda: drop_unless_valid(schema_editor, self.index.name) or build())

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        self._ensure_not_in_transaction(schema_editor)
        if from_state.apps.get_model(app_label, self.model_name)._meta.db_table == months.TABLE:
            with_short_locks(lambda: months.run(f"DROP INDEX IF EXISTS {self.index.name}"))
        else:
            retry_blocked(partial(super().database_backwards, app_label, schema_editor, from_state, to_state))

    def _add_by_parts(self, schema_editor: Any, model: type[Model]) -> None:
        table, name = model._meta.db_table, self.index.name
        made = str(self.index.create_sql(model, schema_editor))
        head, _, on = made.partition(f'INDEX "{name}" ON "{table}"')
        if not _found(schema_editor, _INDEX, name):
            # Without the partitions it is created at once; it becomes valid when each partition has its own.
            with_short_locks(lambda: months.run(f"{head}INDEX {name} ON ONLY {table}{on}"))
        for part in months.partitions():
            of_part = name + part.removeprefix(table)
            build = partial(schema_editor.execute, f"{head}INDEX CONCURRENTLY {of_part} ON {part}{on}", params=None)
            retry_blocked(lambda of_part=of_part, build=build: drop_unless_valid(schema_editor, of_part) or build())  # type: ignore[misc]
            with_short_locks(lambda of_part=of_part: months.run(f"ALTER INDEX {name} ATTACH PARTITION {of_part}"))  # type: ignore[misc]


class OnlineSQL(migrations.RunSQL):
    """Run statements one by one; each that locks a table against its writers is a short transaction of its own.

    Each can be run again. `VALIDATE` and `CONCURRENTLY` do not block writers, however long they take.
    """

    atomic = False

    def _run_sql(self, schema_editor: Any, sqls: Any) -> None:
        for statement in [sqls] if isinstance(sqls, str) else sqls:
            run = partial(schema_editor.execute, statement, params=None)
            if " CONCURRENTLY " in statement or " VALIDATE " in statement:
                retry_blocked(run)
            else:
                with_short_locks(run)


class ReplaceIndex(OnlineSQL):
    """Build an index next to the one of its name, then rename it: queries and constraints always have one.

    :param on: table, columns and condition, as `CREATE INDEX name ON` takes them.
    :param former: the same of the replaced index, for the reversal.
    :param state_operations: the two as models describe them.
    """

    def __init__(self, name: str, on: str, former: str, *, unique: bool = False, state_operations: list[Any]) -> None:
        self.words, self.unique = (name, on, former), unique
        super().__init__(
            sql=self._steps(name, on), reverse_sql=self._steps(name, former), state_operations=state_operations
        )

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return (
            self.__class__.__name__,
            list(self.words),
            {
                "unique": self.unique,
                "state_operations": self.state_operations,
            },
        )

    def _run_sql(self, schema_editor: Any, sqls: Any) -> None:
        *building, exchange = sqls
        # The rest of a build that got no lock is dropped before the next one.
        retry_blocked(lambda: [schema_editor.execute(each, params=None) for each in building])
        with_short_locks(lambda: schema_editor.execute(exchange, params=None))

    def _steps(self, name: str, on: str) -> list[Any]:
        kind = "UNIQUE INDEX" if self.unique else "INDEX"
        return [
            f"DROP INDEX CONCURRENTLY IF EXISTS {name}_next",
            f"CREATE {kind} CONCURRENTLY {name}_next ON {on}",
            f"DROP INDEX IF EXISTS {name}; ALTER INDEX {name}_next RENAME TO {name}",
        ]


class AddUniqueKey(NotInTransactionMixin, OnlineSQL):
    """Make columns a key for foreign keys: build its index first, then the constraint on it."""

    def __init__(self, name: str, table: str, *columns: str) -> None:
        self.words = (name, table, *columns)
        super().__init__(
            sql=f"ALTER TABLE {table} ADD CONSTRAINT {name} UNIQUE USING INDEX {name}",
            reverse_sql=f"ALTER TABLE {table} DROP CONSTRAINT {name}",
        )

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return self.__class__.__name__, list(self.words), {}

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        self._ensure_not_in_transaction(schema_editor)
        name, table, *columns = self.words
        if _found(schema_editor, _CONSTRAINT, name):
            return
        built = f"CREATE UNIQUE INDEX CONCURRENTLY {name} ON {table} ({', '.join(columns)})"
        retry_blocked(lambda: drop_unless_valid(schema_editor, name) or schema_editor.execute(built))
        super().database_forwards(app_label, schema_editor, from_state, to_state)


class AddForeignKey(OnlineSQL):
    """Add a foreign key; the rows of the table are read while other sessions write.

    :param refers: columns and target, as `FOREIGN KEY` takes them.
    """

    def __init__(self, name: str, table: str, refers: str) -> None:
        self.words = (name, table, refers)
        added = f"DROP CONSTRAINT IF EXISTS {name}, ADD CONSTRAINT {name} FOREIGN KEY {refers} NOT VALID"
        super().__init__(
            sql=[f"ALTER TABLE {table} {added}", f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}"],
            reverse_sql=f"ALTER TABLE {table} DROP CONSTRAINT {name}",
        )

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return self.__class__.__name__, list(self.words), {}


def _found(schema_editor: Any, question: str, *about: str) -> bool:
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(question, about)
        return cursor.fetchone() is not None


def _is_foreign_key(statement: Any) -> bool:
    return " FOREIGN KEY " in str(statement)


def drop_unless_valid(schema_editor: Any, index: str) -> bool:
    """Return whether a valid index exists; drop an index whose building was interrupted."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(_VALID, [index])
        found = cursor.fetchone()
    if found is not None and not found[0]:
        schema_editor.execute(f"DROP INDEX CONCURRENTLY {schema_editor.quote_name(index)}")
    return bool(found and found[0])
