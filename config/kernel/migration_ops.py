"""Migration operations that models cannot say."""

from typing import Any

from django.db import migrations

# Temporary tables come first in the ordinary search path, and every role may be let make them: a trigger would
# believe a table of its writer's own. Here they come last.
SEARCH_PATH = "search_path = pg_catalog, public, pg_temp"

APPEND_ONLY_FUNCTION = f"""
CREATE OR REPLACE FUNCTION kernel_append_only() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  RAISE EXCEPTION 'append_only: % on %', TG_OP, TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation',
    CONSTRAINT = TG_TABLE_NAME || '_append_only', TABLE = TG_TABLE_NAME;
END $$
"""

STANDS_FUNCTION = f"""
CREATE OR REPLACE FUNCTION kernel_stands() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  RAISE EXCEPTION 'what a row of % says stands', TG_TABLE_NAME USING ERRCODE = 'check_violation',
    CONSTRAINT = TG_TABLE_NAME || '_stands', TABLE = TG_TABLE_NAME;
END $$
"""
SECOND_PERSON_FUNCTION = f"""
CREATE OR REPLACE FUNCTION kernel_second_person() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM kernel_approval a
                 WHERE a.kind = TG_ARGV[0] AND a.object_id = NEW.id AND a.status = 'approved') THEN
    RAISE EXCEPTION '% is in force by no second person', TG_TABLE_NAME USING ERRCODE = 'check_violation',
      CONSTRAINT = TG_TABLE_NAME || '_second_person', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$
"""


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


class AppendOnly(migrations.RunSQL):
    """Refuse UPDATE, DELETE and TRUNCATE on a table of evidence, whoever asks."""

    def __init__(self, table: str) -> None:
        self.table = table
        super().__init__(
            sql=(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only()"
            ),
            reverse_sql=f"DROP TRIGGER {table}_append_only ON {table}",
        )

    def deconstruct(self) -> tuple[str, list[str], dict[str, str]]:
        return self.__class__.__name__, [self.table], {}


class Kept(migrations.RunSQL):
    """Refuse DELETE and TRUNCATE on a table, and a change of an id: what refers to its rows may rely on them."""

    def __init__(self, table: str) -> None:
        self.table = table
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


class Stands(migrations.RunSQL):
    """Refuse a change of what a row says; where it stands may move on.

    :param columns: what stands from the first writing on.
    :param settled: a condition on OLD from which on nothing of the row changes at all.
    """

    def __init__(self, table: str, columns: tuple[str, ...], settled: str = "false") -> None:
        self.words = (table, columns, settled)
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


class SecondPerson(migrations.RunSQL):
    """Let nothing be in force at the end of a transaction that no second person has approved, whoever writes.

    :param in_force: a condition on NEW.
    :param kind: of the approval that puts it in force.
    """

    def __init__(self, table: str, in_force: str, kind: str) -> None:
        self.words = (table, in_force, kind)
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


# The index answers whatever the statistics say: the plan is made once for a single row and for thousands.
# Each id is asked for once, all in one walk through the index, in its order.
_REFERENCE = """
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SET {search_path}
  SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashagg = off AS $$
DECLARE named uuid[] := ARRAY(SELECT DISTINCT {column} FROM written WHERE {column} IS NOT NULL ORDER BY 1);
BEGIN
  IF cardinality(named) <> (SELECT count(*) FROM {target} WHERE id = ANY(named)) THEN
    RAISE EXCEPTION '{column} names no row of {target}'
      USING ERRCODE = 'foreign_key_violation', CONSTRAINT = '{name}', TABLE = '{table}';
  END IF;
  RETURN NULL;
END $$
"""
_ASKED = """
CREATE OR REPLACE TRIGGER {name} AFTER INSERT ON {table} REFERENCING NEW TABLE AS written
  FOR EACH STATEMENT EXECUTE FUNCTION {name}()
"""


class SetReference(migrations.RunSQL):
    """A reference checked for all rows of a statement at once: a foreign key asks row by row.

    Sound where the table is append-only and the target's rows are `Kept`: then a row that is there
    when it is referred to is there for ever.

    :param name: of the constraint that the database reports.
    :param anew: write only the function, for databases that have the trigger with an older text of it.
    """

    def __init__(self, name: str, table: str, column: str, target: str, *, anew: bool = False) -> None:
        self.words, self.anew = (name, table, column, target), anew
        text = _REFERENCE if anew else f"{_REFERENCE};{_ASKED}"
        super().__init__(
            sql=text.format(name=name, table=table, column=column, target=target, search_path=SEARCH_PATH),
            reverse_sql=self.noop if anew else f"DROP FUNCTION {name}() CASCADE",
        )

    def deconstruct(self) -> tuple[str, list[str], dict[str, bool]]:
        return self.__class__.__name__, list(self.words), {"anew": True} if self.anew else {}
