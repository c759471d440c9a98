"""Migration operations that models cannot say.

What an operation writes is frozen with the migrations that it stands in: a new text is a new operation.
"""

from typing import Any, NamedTuple

from django.db import migrations
from django.db.migrations.state import ProjectState

# Temporary tables come first in the ordinary search path, and every role may be let make them: a trigger would
# believe a table of its writer's own. Here they come last.
SEARCH_PATH = "search_path = pg_catalog, public, pg_temp"


class FixedSearchPath(migrations.RunSQL):
    """Let trigger functions of earlier migrations find the bank's tables and no others, whoever writes."""

    def __init__(self, *functions: str) -> None:
        self.functions = functions
        super().__init__(
            sql=";\n".join(f"ALTER FUNCTION {name}() SET {SEARCH_PATH}" for name in functions),
            reverse_sql=";\n".join(f"ALTER FUNCTION {name}() RESET search_path" for name in functions),
        )

    def deconstruct(self) -> tuple[str, list[str], dict[str, str]]:
        return self.__class__.__name__, list(self.functions), {}


class MadeOnce(migrations.RunSQL):
    """Make triggers in one step; where an interrupted run has made them, they stay and nothing is run.

    :ivar triggers: their names.
    """

    triggers: tuple[str, ...] = ()

    @classmethod
    def of(cls, sql: str, reverse_sql: str, *triggers: str) -> "MadeOnce":
        """Return the operation that runs a text which makes triggers."""
        made = cls(sql, reverse_sql)
        made.triggers = triggers
        return made

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_trigger WHERE tgname = ANY(%s)", [list(self.triggers)])
            stand = cursor.fetchone()[0] == len(self.triggers)
        if not stand:
            super().database_forwards(app_label, schema_editor, from_state, to_state)


class AppendOnly(MadeOnce):
    """Refuse UPDATE, DELETE and TRUNCATE on a table of evidence, whoever asks."""

    def __init__(self, table: str) -> None:
        self.table = table
        self.triggers = (f"{table}_append_only",)
        super().__init__(
            sql=(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only()"
            ),
            reverse_sql=f"DROP TRIGGER {table}_append_only ON {table}",
        )

    def deconstruct(self) -> tuple[str, list[str], dict[str, str]]:
        return self.__class__.__name__, [self.table], {}


class Kept(MadeOnce):
    """Refuse DELETE and TRUNCATE on a table, and a change of an id: what refers to its rows may rely on them."""

    def __init__(self, table: str) -> None:
        self.table = table
        self.triggers = (f"{table}_kept", f"{table}_id_kept")
        super().__init__(
            sql=(
                f"CREATE TRIGGER {table}_kept BEFORE DELETE OR TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();\n"
                f"CREATE TRIGGER {table}_id_kept BEFORE UPDATE OF id ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only()"
            ),
            reverse_sql=f"DROP TRIGGER {table}_kept ON {table}; DROP TRIGGER {table}_id_kept ON {table}",
        )

    def deconstruct(self) -> tuple[str, list[str], dict[str, str]]:
        return self.__class__.__name__, [self.table], {}


class Stands(MadeOnce):
    """Refuse a change of what a row says; where it stands may move on.

    :param columns: what stands from the first writing on.
    :param settled: a condition on OLD from which on nothing of the row changes at all.
    """

    def __init__(self, table: str, columns: tuple[str, ...], settled: str = "false") -> None:
        self.words = (table, columns, settled)
        self.triggers = (f"{table}_stands",)
        says = " OR ".join(f"OLD.{each} IS DISTINCT FROM NEW.{each}" for each in columns)
        super().__init__(
            sql=(
                f"CREATE TRIGGER {table}_stands BEFORE UPDATE ON {table} FOR EACH ROW "
                f"WHEN ({says} OR (({settled}) AND OLD IS DISTINCT FROM NEW)) EXECUTE FUNCTION kernel_stands()"
            ),
            reverse_sql=f"DROP TRIGGER {table}_stands ON {table}",
        )

    def deconstruct(self) -> tuple[str, list[Any], dict[str, str]]:
        return self.__class__.__name__, list(self.words), {}


class SecondPerson(MadeOnce):
    """Let nothing be in force at the end of a transaction that no second person has approved, whoever writes.

    :param in_force: a condition on NEW.
    :param kind: of the approval that puts it in force.
    """

    def __init__(self, table: str, in_force: str, kind: str) -> None:
        self.words = (table, in_force, kind)
        self.triggers = (f"{table}_second_person",)
        super().__init__(
            sql=(
                f"CREATE CONSTRAINT TRIGGER {table}_second_person AFTER INSERT OR UPDATE ON {table} "
                f"DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ({in_force}) "
                f"EXECUTE FUNCTION kernel_second_person('{kind}')"
            ),
            reverse_sql=f"DROP TRIGGER {table}_second_person ON {table}",
        )

    def deconstruct(self) -> tuple[str, list[str], dict[str, str]]:
        return self.__class__.__name__, list(self.words), {}


class ColumnsStand(migrations.RunSQL):
    """Refuse a change of some columns, once all checks have had their say; an update that names none pays nothing.

    :param when: a condition on OLD from which on they stand; always, unless told.
    :param name: tells several of one table apart; the constraint is named after the table all the same.
    """

    def __init__(self, table: str, columns: tuple[str, ...], when: str = "true", name: str = "stands") -> None:
        self.words = (table, columns, when, name)
        says = " OR ".join(f"OLD.{each} IS DISTINCT FROM NEW.{each}" for each in columns)
        super().__init__(
            sql=(
                "SET LOCAL lock_timeout = '2s'; "
                f"CREATE OR REPLACE TRIGGER {table}_{name} AFTER UPDATE OF {', '.join(columns)} ON {table} "
                f"FOR EACH ROW WHEN (({when}) AND ({says})) EXECUTE FUNCTION kernel_stands()"
            ),
            reverse_sql=f"SET LOCAL lock_timeout = '2s'; DROP TRIGGER IF EXISTS {table}_{name} ON {table}",
        )

    def deconstruct(self) -> tuple[str, list[Any], dict[str, str]]:
        return self.__class__.__name__, list(self.words), {}


class SecondPersonSince(migrations.RunSQL):
    """Ask, in the place of `SecondPerson`, also since when: what is in force is so from its approval on.

    :param since: the column that says it.
    """

    def __init__(self, table: str, in_force: str, kind: str, since: str) -> None:
        self.words = (table, in_force, kind, since)
        super().__init__(sql=self._trigger(f"'{kind}', '{since}'"), reverse_sql=self._trigger(f"'{kind}'"))

    def deconstruct(self) -> tuple[str, list[str], dict[str, str]]:
        return self.__class__.__name__, list(self.words), {}

    def _trigger(self, arguments: str) -> str:
        table, in_force, _, _ = self.words
        return (
            f"SET LOCAL lock_timeout = '2s'; DROP TRIGGER IF EXISTS {table}_second_person ON {table}; "
            f"CREATE CONSTRAINT TRIGGER {table}_second_person AFTER INSERT OR UPDATE ON {table} "
            f"DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ({in_force}) "
            f"EXECUTE FUNCTION kernel_second_person({arguments})"
        )


_FOUND = "SELECT true FROM {0.target} t WHERE t.id = w.{0.column}"


class Reference(NamedTuple):
    """What a column refers to: a table whose rows are kept, by their ids.

    :ivar constraint: the name under which a row that names nothing is refused.
    :ivar foreign_key: the foreign key that asked so before, row by row.
    """

    column: str
    target: str
    constraint: str
    foreign_key: str


def asked_in_sets(table: str, *references: Reference) -> tuple[str, str]:
    """Return what asks once for a statement that inserts whether all it refers to is there, and the way back.

    A foreign key asks for each row at COMMIT, and marks the row that is referred to: of a principal or an account all
    that is accepted at one time marks the same. What is referred to is never deleted and keeps its id (`Kept`); that
    the column stands is for the caller to see to.

    The way back adds foreign keys that are yet to be validated.
    """
    # A scalar subquery is looked up by id, whatever was planned for: EXISTS may be planned as a walk through all rows.
    missing = "\n".join(
        f"      WHEN w.{each.column} IS NOT NULL AND ({_FOUND.format(each)}) IS NULL THEN '{each.constraint}'"
        for each in references
    )
    forwards = f"""
SET LOCAL lock_timeout = '2s';
CREATE OR REPLACE FUNCTION {table}_names_rows() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH}
  SET enable_seqscan = off SET enable_bitmapscan = off AS $$
DECLARE
  broken text;
BEGIN
  SELECT min(missing.name) INTO broken FROM (
    SELECT CASE
{missing}
    END AS name FROM written w
  ) AS missing;
  IF broken IS NOT NULL THEN
    RAISE EXCEPTION 'a row refers to one that is not there' USING ERRCODE = 'foreign_key_violation',
      CONSTRAINT = broken, TABLE = '{table}';
  END IF;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER {table}_names_rows AFTER INSERT ON {table} REFERENCING NEW TABLE AS written
  FOR EACH STATEMENT EXECUTE FUNCTION {table}_names_rows();
ALTER TABLE {table} {", ".join(f"DROP CONSTRAINT IF EXISTS {each.foreign_key}" for each in references)}
"""  # noqa: S608 - constants
    gone = ", ".join(f"DROP CONSTRAINT IF EXISTS {each.foreign_key}" for each in references)
    added = ", ".join(
        f"ADD CONSTRAINT {each.foreign_key} FOREIGN KEY ({each.column}) REFERENCES {each.target} (id)"
        " DEFERRABLE INITIALLY DEFERRED NOT VALID"
        for each in references
    )
    backwards = f"""
SET LOCAL lock_timeout = '2s';
ALTER TABLE {table} {gone}, {added};
DROP TRIGGER IF EXISTS {table}_names_rows ON {table};
DROP FUNCTION IF EXISTS {table}_names_rows()
"""
    return forwards, backwards


def validated(table: str, *references: Reference) -> list[str]:
    """Return what validates the foreign keys that the way back has added, one after the other, while others write."""
    return [f"ALTER TABLE {table} VALIDATE CONSTRAINT {each.foreign_key}" for each in references]
