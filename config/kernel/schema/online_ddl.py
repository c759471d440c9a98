"""Schema changes beside the bank's work: who writes to a table waits for none of them longer than a moment.

They run outside a transaction (`atomic = False`), and one that was interrupted is run again as it is.
"""

from typing import Any

from django.contrib.postgres import operations
from django.contrib.postgres.operations import NotInTransactionMixin
from django.db import IntegrityError, migrations, transaction
from django.db.migrations.state import ProjectState
from django.db.models import CheckConstraint, Model

from config.kernel.schema import months

#: How many of the rows that break a new rule are named.
NAMED = 20

# What must have the table to itself for a moment gives up sooner than it makes all writers queue behind it.
_FOR_A_MOMENT = "SET LOCAL lock_timeout = '2s'; "

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


class MakeTable(migrations.CreateModel):
    """Make a table with its indexes and foreign keys, all of it or nothing; one that an interrupted run has made stays."""

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        table = to_state.apps.get_model(app_label, self.name)._meta.db_table
        if _found(schema_editor, _TABLE, table):
            return
        with transaction.atomic(schema_editor.connection.alias):
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            # Django puts them off to the end of the migration, where an interruption would lose them.
            while schema_editor.deferred_sql:
                schema_editor.execute(schema_editor.deferred_sql.pop(0), params=None)


class CreateByMonth(migrations.CreateModel):
    """Create the table that lies in months, with a place for any id; `migrate` makes its months at its end."""

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        schema_editor.sql_create_table += " PARTITION BY RANGE (id)"
        super().database_forwards(app_label, schema_editor, from_state, to_state)
        del schema_editor.sql_create_table
        schema_editor.execute(f"CREATE TABLE {months.STRAYS} PARTITION OF {months.TABLE} DEFAULT", params=None)


class AddColumn(migrations.AddField):
    """Add a column; one that an interrupted run has added stays."""

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        column = model._meta.get_field(self.name).column
        if not _found(schema_editor, _COLUMN, model._meta.db_table, column):
            super().database_forwards(app_label, schema_editor, from_state, to_state)


class AddUnique(migrations.AddConstraint):
    """Let rows of a table that few write to be unique; the index that an interrupted run has built stays."""

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        if not _found(schema_editor, _INDEX, self.constraint.name):
            super().database_forwards(app_label, schema_editor, from_state, to_state)


class AddCheck(NotInTransactionMixin, migrations.AddConstraint):
    """Add a check, or put it in the place of the one of its name; going back puts that one back.

    New rows obey it at once, those that are there are read while others go on writing.

    :raises IntegrityError: when rows break it: it names them and changes nothing.
    """

    constraint: CheckConstraint

    @property
    def replaced(self) -> str:
        """Return the name of the check whose place this one takes."""
        return self.constraint.name

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        if self._stood(app_label, state):
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
        if stood := self._stood(app_label, to_state):
            self._put(schema_editor, to_state.apps.get_model(app_label, self.model_name), stood, self.constraint.name)
        else:
            super().database_backwards(app_label, schema_editor, from_state, to_state)

    def _stood(self, app_label: str, state: ProjectState) -> Any:
        checks = state.models[app_label, self.model_name_lower].options.get("constraints", [])
        return next((each for each in checks if each.name == self.replaced), None)

    def _put(self, schema_editor: Any, model: type[Model], check: CheckConstraint, replaced: str) -> None:
        self._ensure_not_in_transaction(schema_editor)
        table, name, old = (schema_editor.quote_name(each) for each in (model._meta.db_table, check.name, replaced))
        rule = str(check.constraint_sql(model, schema_editor))
        self._refuse_broken(schema_editor, table, rule)
        # Between the old rule and the new one there is no moment without either.
        gone = ", ".join(f"DROP CONSTRAINT IF EXISTS {each}" for each in dict.fromkeys((name, old)))
        schema_editor.execute(f"{_FOR_A_MOMENT}ALTER TABLE {table} {gone}, ADD {rule} NOT VALID", params=None)
        schema_editor.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}", params=None)

    def _refuse_broken(self, schema_editor: Any, table: str, rule: str) -> None:
        condition = rule.partition(" CHECK ")[2]
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(f"SELECT id::text FROM {table} WHERE NOT {condition} LIMIT {NAMED + 1}")  # noqa: S608
            broken = [row[0] for row in cursor.fetchall()]
        if broken:
            more = " and more" if len(broken) > NAMED else ""
            raise IntegrityError(
                f"{self.constraint.name} is not added, rows of {table} break it: {', '.join(broken[:NAMED])}{more}"
            )


class ReplaceCheck(AddCheck):
    """Put a check in the place of one of another name; going back puts that one back.

    :param replaced: the name of the check that goes.
    """

    def __init__(self, model_name: str, replaced: str, constraint: CheckConstraint) -> None:
        self._replaced = replaced
        super().__init__(model_name, constraint)

    @property
    def replaced(self) -> str:
        """Return the name of the check whose place this one takes."""
        return self._replaced

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        name, args, words = super().deconstruct()
        return name, list(args), {**words, "replaced": self._replaced}


class AddIndex(operations.AddIndexConcurrently):
    """Build an index; what an interrupted run has left of it is built anew. In a table by months each part has its own."""

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        self._ensure_not_in_transaction(schema_editor)
        model = to_state.apps.get_model(app_label, self.model_name)
        if model._meta.db_table == months.TABLE:
            self._add_by_parts(schema_editor, model)
        elif not drop_unless_valid(schema_editor, self.index.name):
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        self._ensure_not_in_transaction(schema_editor)
        if from_state.apps.get_model(app_label, self.model_name)._meta.db_table == months.TABLE:
            months.retried(lambda: months.run(f"DROP INDEX IF EXISTS {self.index.name}"))
        else:
            super().database_backwards(app_label, schema_editor, from_state, to_state)

    def _add_by_parts(self, schema_editor: Any, model: type[Model]) -> None:
        table, name = model._meta.db_table, self.index.name
        made = str(self.index.create_sql(model, schema_editor))
        head, _, on = made.partition(f'INDEX "{name}" ON "{table}"')
        if not _found(schema_editor, _INDEX, name):
            # Without the parts it is there at once, and is valid once each has its own.
            months.retried(lambda: months.run(f"{head}INDEX {name} ON ONLY {table}{on}"))
        for part in months.partitions():
            of_part = name + part.removeprefix(table)
            if not drop_unless_valid(schema_editor, of_part):
                schema_editor.execute(f"{head}INDEX CONCURRENTLY {of_part} ON {part}{on}", params=None)
            months.retried(lambda of_part=of_part: months.run(f"ALTER INDEX {name} ATTACH PARTITION {of_part}"))  # type: ignore[misc]


class ReplaceIndex(migrations.RunSQL):
    """Build an index beside the one of its name and let it take the place: queries and rules always have one.

    :param on: table, columns and condition, as `CREATE INDEX name ON` takes them.
    :param stood: the same of the one that stood until now, for the way back.
    :param state_operations: the two as models say them.
    """

    atomic = False

    def __init__(self, name: str, on: str, stood: str, *, unique: bool = False, state_operations: list[Any]) -> None:
        self.words, self.unique = (name, on, stood), unique
        super().__init__(
            sql=self._steps(name, on), reverse_sql=self._steps(name, stood), state_operations=state_operations
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

    def _steps(self, name: str, on: str) -> list[Any]:
        kind = "UNIQUE INDEX" if self.unique else "INDEX"
        return [
            f"DROP INDEX CONCURRENTLY IF EXISTS {name}_next",
            f"CREATE {kind} CONCURRENTLY {name}_next ON {on}",
            f"{_FOR_A_MOMENT}DROP INDEX IF EXISTS {name}; ALTER INDEX {name}_next RENAME TO {name}",
        ]


class AddUniqueKey(NotInTransactionMixin, migrations.RunSQL):
    """Make columns a key that foreign keys may refer to: its index is built first, then takes the key's name."""

    atomic = False

    def __init__(self, name: str, table: str, *columns: str) -> None:
        self.words = (name, table, *columns)
        super().__init__(
            sql=f"{_FOR_A_MOMENT}ALTER TABLE {table} ADD CONSTRAINT {name} UNIQUE USING INDEX {name}",
            reverse_sql=f"ALTER TABLE {table} DROP CONSTRAINT {name}",
        )

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return self.__class__.__name__, list(self.words), {}

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        self._ensure_not_in_transaction(schema_editor)
        name, table, *columns = self.words
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("SELECT FROM pg_constraint WHERE conname = %s", [name])
            if cursor.fetchone() is not None:
                return
        if not drop_unless_valid(schema_editor, name):
            schema_editor.execute(f"CREATE UNIQUE INDEX CONCURRENTLY {name} ON {table} ({', '.join(columns)})")
        super().database_forwards(app_label, schema_editor, from_state, to_state)


class AddForeignKey(migrations.RunSQL):
    """Add a foreign key; rows that are there are read while others go on writing.

    :param refers: columns and target, as `FOREIGN KEY` takes them.
    """

    atomic = False

    def __init__(self, name: str, table: str, refers: str) -> None:
        self.words = (name, table, refers)
        added = f"DROP CONSTRAINT IF EXISTS {name}, ADD CONSTRAINT {name} FOREIGN KEY {refers} NOT VALID"
        super().__init__(
            sql=[
                f"{_FOR_A_MOMENT}ALTER TABLE {table} {added}",
                f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}",
            ],
            reverse_sql=f"ALTER TABLE {table} DROP CONSTRAINT {name}",
        )

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return self.__class__.__name__, list(self.words), {}


def _found(schema_editor: Any, question: str, *about: str) -> bool:
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(question, about)
        return cursor.fetchone() is not None


def drop_unless_valid(schema_editor: Any, index: str) -> bool:
    """Return whether an index stands; drop what is left of one whose building was interrupted."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(_VALID, [index])
        found = cursor.fetchone()
    if found is not None and not found[0]:
        schema_editor.execute(f"DROP INDEX CONCURRENTLY {schema_editor.quote_name(index)}")
    return bool(found and found[0])
