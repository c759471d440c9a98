"""Database rights of the application's role: all that it needs, and none that could undo a record.

The tables belong to another role, which migrates. The application's role can therefore neither disable a
trigger nor change a table, and the database itself refuses to it what the triggers refuse to all.
"""

from collections.abc import Iterator

from django.apps import apps
from django.conf import settings
from django.db import connection
from psycopg import sql
from psycopg.types.json import Jsonb

from config.kernel.database.sql import rows
from config.kernel.database.transactions import owned

# The triggers of a table show its rights: rows of evidence are written once; rows that evidence or money refer to may
# change and are never deleted.
_GUARDED = """
SELECT c.relname AS name, t.tgname = c.relname || '_append_only' AS written_once
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
WHERE NOT t.tgisinternal AND NOT c.relispartition
  AND t.tgname IN (c.relname || '_append_only', c.relname || '_kept') ORDER BY 1
"""
# A table by months is read and written under its own name, never under that of a partition.
_PARTITIONS = "SELECT relname AS name FROM pg_class WHERE relispartition AND relkind = 'r' AND relnamespace = 'public'::regnamespace"

#: Tables that only the owner writes: applied migrations and what they created, marks of the keys, confirmations of
#: restores, and foundings of administrators without two administrators. Models add their own (`owners_tables`).
OWNERS = (
    "auth_permission",
    "django_content_type",
    "django_migrations",
    "kernel_founding",
    "kernel_keymark",
    "kernel_restore",
)
#: Functions that write what their caller may not write. A role that may call one may also use it as a trigger of its own.
_OWNERS_FUNCTIONS = """
SELECT oid::regprocedure::text AS name FROM pg_proc
WHERE pronamespace = 'public'::regnamespace AND prosecdef ORDER BY 1
"""
#: Revokes them from all roles, at the end of a restore's transaction: a dump has no rights, and every role may call a new
#: function.
CLOSE_FUNCTIONS = f"""
DO $$ DECLARE each record; BEGIN
  FOR each IN {_OWNERS_FUNCTIONS} LOOP
    EXECUTE 'REVOKE EXECUTE ON FUNCTION ' || each.name || ' FROM PUBLIC';
  END LOOP;
END $$;
"""
_COLUMNS = """
SELECT quote_ident(attname) AS name FROM pg_attribute
WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped AND attname <> ALL(%s) ORDER BY attnum
"""
#: Functions of the server by which a role without any grant can fill the disk or end the bank's sessions. Every role may
#: call them, and only a superuser can revoke that, in each database: `deploy/roles.sh` does on a new volume. A role that
#: cannot create a large object has none to write to.
WITHHELD = (
    "lo_creat",
    "lo_create",
    "lo_from_bytea",
    "pg_cancel_backend",
    "pg_logical_emit_message",
    "pg_terminate_backend",
)
_CALLABLE = """
SELECT oid::regprocedure::text AS name FROM pg_proc
WHERE pronamespace = 'pg_catalog'::regnamespace AND proname = ANY(%s) AND has_function_privilege(%s, oid, 'EXECUTE')
ORDER BY 1
"""
_SUPERUSER = "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"


def owners_tables() -> list[str]:
    """Return the tables that only the owner and its functions write: `OWNERS` and those of models.

    A model declares this with `written_by_owner`.
    """
    return [*OWNERS, *(each._meta.db_table for each in apps.get_models() if hasattr(each, "written_by_owner"))]


def owners_functions() -> list[str]:
    """Return the owner's functions through which the application writes these tables, as models name them."""
    return [name for each in apps.get_models() for name in getattr(each, "written_by_owner", ())]


def owners_columns() -> dict[str, list[str]]:
    """Return for each table the columns that only the owner's functions change (`columns_by_owner` of models)."""
    return {
        each._meta.db_table: [*each.columns_by_owner] for each in apps.get_models() if hasattr(each, "columns_by_owner")
    }


def withhold_functions(role: str) -> list[str]:
    """Revoke the functions of `WITHHELD` from all roles; return the statements left for a superuser."""
    revoking = [
        f"REVOKE EXECUTE ON FUNCTION {row['name']} FROM PUBLIC" for row in rows(_CALLABLE, [list(WITHHELD), role])
    ]
    if not revoking or not rows(_SUPERUSER)[0]["rolsuper"]:
        return revoking
    for statement in revoking:
        rows(statement)
    return []


#: The sandbox's clock, which its role alone may move.
CLOCK = "kernel_sandboxclock"

# Rights that `grant_application` grants and this session's role lacks. A version checks only the tables that it knows:
# those of its models, and others of its apps on which it has a grant. So its processes go on between `migrate` and
# `grant_application` of the next version, when there are tables, columns and functions that they never use. Identity
# columns need no grant on their sequence.
_MISSING = """
WITH guarded AS (
    SELECT t.tgrelid AS oid, bool_or(t.tgname LIKE '%%_append_only') AS written_once
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    WHERE NOT t.tgisinternal AND t.tgname IN (c.relname || '_append_only', c.relname || '_kept') GROUP BY 1
)
SELECT c.relname AS name, string_agg(p.privilege, ', ' ORDER BY p.place) || ' on ' || c.relname AS lacking
FROM pg_class c LEFT JOIN guarded g USING (oid),
     unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) WITH ORDINALITY AS p (privilege, place)
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND (c.relname = ANY(%(models)s)
       OR split_part(c.relname, '_', 1) = ANY(%(labels)s)
          AND has_table_privilege(c.oid, 'SELECT, INSERT, UPDATE, DELETE'))
  AND CASE WHEN c.relname = ANY(%(owners)s) THEN p.privilege = 'SELECT'
           WHEN c.relname = %(clock)s THEN %(sandbox)s AND p.privilege IN ('SELECT', 'UPDATE')
           WHEN g.written_once THEN p.privilege IN ('SELECT', 'INSERT')
           ELSE g.oid IS NULL OR p.privilege <> 'DELETE' END
  AND NOT CASE WHEN p.privilege = 'UPDATE' AND %(columns)s ? c.relname::text THEN (
        SELECT bool_and(has_column_privilege(c.oid, a.attnum, 'UPDATE')) FROM pg_attribute a
        WHERE a.attrelid = c.oid AND %(columns)s -> c.relname::text ? a.attname::text
      ) ELSE has_table_privilege(c.oid, p.privilege) END
GROUP BY c.relname
UNION ALL
SELECT split_part(name, '(', 1), 'EXECUTE on ' || name FROM unnest(%(functions)s::text[]) name
WHERE NOT has_function_privilege(to_regprocedure('public.' || name), 'EXECUTE')
UNION ALL SELECT '', 'USAGE on schema public' WHERE NOT has_schema_privilege('public', 'USAGE')
ORDER BY 1
"""


def missing_grants() -> list[str]:
    """Return the rights that this session's role lacks: `SELECT, INSERT on transfers_event`.

    It is compared with the rights that `grant_application` gives, from the catalog, which any role may read. The
    owner of the tables lacks nothing.
    """
    known = {
        "models": [*{each._meta.db_table for each in apps.get_models(include_auto_created=True)}, "django_migrations"],
        "labels": [each.label for each in apps.get_app_configs()],
        "owners": owners_tables(),
        "clock": CLOCK,
        "sandbox": settings.SANDBOX,
        "columns": Jsonb(_others_columns()),
        "functions": owners_functions(),
    }
    return [row["lacking"] for row in rows(_MISSING, known)]


def _others_columns() -> dict[str, list[str]]:
    """Return for each table the known columns that are not the owner's."""
    return {
        each._meta.db_table: [
            name
            for field in each._meta.local_concrete_fields
            if (name := str(field.column)) not in each.columns_by_owner
        ]
        for each in apps.get_models()
        if hasattr(each, "columns_by_owner")
    }


def _but_owners_columns() -> Iterator[str]:
    """Yield statements that revoke updates of the owner's columns from a role, and grant those of the others."""
    for table, columns in owners_columns().items():
        others = ", ".join(row["name"] for row in rows(_COLUMNS, [table, columns]))
        yield f"REVOKE UPDATE ON {table} FROM {{role}}"
        yield f"GRANT UPDATE ({others}) ON {table} TO {{role}}"


def grant_application(role: str) -> None:
    """Grant a role what the application needs, and revoke everything else; repeating it changes nothing.

    :param role: the application's existing role. The tables must belong to the current role.
    """
    guarded = rows(_GUARDED)
    written_once = [sql.Identifier(row["name"]) for row in guarded if row["written_once"]]
    never_deleted = [sql.Identifier(row["name"]) for row in guarded if not row["written_once"]]
    partitions = [sql.Identifier(row["name"]) for row in rows(_PARTITIONS)]
    names = {
        "role": sql.Identifier(role),
        "database": sql.Identifier(str(connection.settings_dict["NAME"])),
        "written_once": sql.SQL(", ").join(written_once),
        "never_deleted": sql.SQL(", ").join(never_deleted),
        "partitions": sql.SQL(", ").join(partitions),
        "owners": sql.SQL(", ").join(map(sql.Identifier, owners_tables())),
        "functions": sql.SQL(", ").join(map(sql.SQL, owners_functions())),
    }
    # A role that may write it can move the bank's clock.
    clock = ("GRANT SELECT, UPDATE ON kernel_sandboxclock TO {role}",) if settings.SANDBOX else ()
    with owned(), connection.cursor() as cursor:
        for statement in (
            "GRANT CONNECT ON DATABASE {database} TO {role}",
            "GRANT USAGE ON SCHEMA public TO {role}",
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
            "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}",
            "REVOKE UPDATE, DELETE ON {written_once} FROM {role}",
            "REVOKE DELETE ON {never_deleted} FROM {role}",
            "REVOKE INSERT, UPDATE, DELETE ON {owners} FROM {role}",
            *_but_owners_columns(),
            CLOSE_FUNCTIONS,
            "GRANT EXECUTE ON FUNCTION {functions} TO {role}",
            *(("REVOKE ALL ON {partitions} FROM {role}",) if partitions else ()),
            "REVOKE ALL ON kernel_sandboxclock FROM {role}",
            *clock,
            # A temporary table with the name of one of the bank's tables could be read instead of it.
            "REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC, {role}",
        ):
            cursor.execute(sql.SQL(statement).format(**names))
