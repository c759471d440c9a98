"""Rights that the application's roles must not have (权限): more than `grant_application` gives.

The grants show which roles belong to the application: those that may write a table of the bank and own none,
and this session's role. Members of such a role, of the owner or of a writing server role are checked in the
same way, and so are settings of their own. `config.kernel.schema.grants.missing_grants` reports rights that a
role lacks.
"""

from collections.abc import Collection

from django.conf import settings
from psycopg.types.json import Jsonb

from config.kernel.database.sql import rows
from config.kernel.schema.grants import CLOCK, WITHHELD, owners_columns, owners_functions, owners_tables

#: Roles of the server that write past all grants, and those that run programs or end sessions of others.
_WRITING = ("pg_execute_server_program", "pg_write_all_data", "pg_write_server_files")
_SERVERS_ROLES = (*_WRITING, "pg_create_subscription", "pg_maintain", "pg_read_server_files", "pg_signal_backend")
#: Settings that disable triggers, redirect names, let a lock be followed by an older state, forbid writing or lose
#: confirmed data, each with its harmless values. Other settings are the bank's own choice.
_WEAKENING = {
    "session_replication_role": ["origin"],
    "search_path": ["public", '"$user", public'],
    "default_transaction_isolation": ["read committed"],
    "default_transaction_read_only": ["off", "false", "no", "0"],
    "synchronous_commit": ["on", "local", "remote_write", "remote_apply"],
}
#: Limits that stop the bank's work when they are below a second; 0 means no limit.
_LIMITS = (
    "idle_in_transaction_session_timeout",
    "idle_session_timeout",
    "lock_timeout",
    "statement_timeout",
    "transaction_timeout",
)

# The role that owns most tables counts as the owner. Rights on a partition are checked under its table's name.
_EXCESS = """
WITH relation AS MATERIALIZED (
    SELECT c.oid, c.relname::text AS name, c.relowner, c.relacl, c.relispartition AS part,
           coalesce(r.relname, c.relname)::text AS home
    FROM pg_class c LEFT JOIN pg_class r ON r.oid = pg_partition_root(c.oid) AND c.relispartition
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
      AND coalesce(r.relname, c.relname) = ANY(%(tables)s)
), owner AS (
    SELECT mode() WITHIN GROUP (ORDER BY relowner) AS oid FROM relation
), application AS (
    SELECT r.oid FROM pg_roles r, owner
    WHERE r.oid <> owner.oid AND (
        r.oid IN (SELECT e.grantee FROM relation, aclexplode(relacl) e WHERE e.privilege_type IN ('INSERT', 'UPDATE', 'DELETE')
                  UNION ALL
                  SELECT e.grantee FROM relation JOIN pg_attribute a ON a.attrelid = relation.oid, aclexplode(a.attacl) e
                  WHERE e.privilege_type IN ('INSERT', 'UPDATE'))
        OR r.rolname = current_user AND NOT pg_has_role(r.oid, owner.oid, 'MEMBER'))
), past AS (
    SELECT oid FROM owner UNION ALL SELECT oid FROM pg_roles WHERE rolname = ANY(%(writing)s)
), role AS MATERIALIZED (
    SELECT r.*, EXISTS (SELECT FROM past WHERE pg_has_role(r.oid, past.oid, 'MEMBER')) AS past
    FROM pg_roles r, owner
    WHERE r.oid IN (SELECT oid FROM application)
       OR r.oid <> owner.oid AND r.rolcanlogin AND NOT r.rolsuper
          AND EXISTS (SELECT FROM (TABLE past UNION ALL TABLE application) x WHERE pg_has_role(r.oid, x.oid, 'MEMBER'))
), grantee AS (
    SELECT rolname::text AS name FROM role WHERE NOT (rolsuper OR past) UNION ALL SELECT 'public'
)
SELECT format('grant %%s on %%s to %%s: too much', string_agg(p.privilege, ', ' ORDER BY p.place), relation.name, grantee.name) AS line
FROM relation, grantee,
     unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER', 'MAINTAIN'])
     WITH ORDINALITY AS p (privilege, place)
WHERE CASE WHEN p.privilege IN ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES')
           THEN has_any_column_privilege(grantee.name, relation.oid, p.privilege)
           ELSE has_table_privilege(grantee.name, relation.oid, p.privilege) END
  AND NOT CASE WHEN grantee.name = 'public' THEN false
               WHEN p.privilege = 'SELECT' THEN true
               WHEN part OR home = ANY(%(owners)s) THEN false
               WHEN home = %(clock)s THEN %(sandbox)s AND p.privilege = 'UPDATE'
               WHEN home = ANY(%(written_once)s) THEN p.privilege = 'INSERT'
               WHEN home = ANY(%(kept)s) THEN p.privilege IN ('INSERT', 'UPDATE')
               ELSE p.privilege IN ('INSERT', 'UPDATE', 'DELETE') END
GROUP BY relation.name, grantee.name
UNION ALL
SELECT format('grant UPDATE (%%s) on %%s to %%s: too much', a.attname, relation.name, grantee.name)
FROM relation JOIN pg_attribute a ON a.attrelid = relation.oid AND %(columns)s -> relation.name ? a.attname::text, grantee
WHERE has_column_privilege(grantee.name, relation.oid, a.attnum, 'UPDATE')
UNION ALL
SELECT format('grant EXECUTE on %%s to %%s: too much', p.oid::regprocedure, grantee.name) FROM pg_proc p, grantee
WHERE p.pronamespace = 'public'::regnamespace AND p.proname = ANY(%(functions)s) AND p.prosecdef
  AND has_function_privilege(grantee.name, p.oid, 'EXECUTE')
  AND (grantee.name = 'public' OR p.proname <> ALL (%(called)s) AND NOT has_function_privilege('public', p.oid, 'EXECUTE'))
UNION ALL
SELECT format('grant of %%s to %%s: may be passed on', relation.name, role.rolname)
FROM relation, aclexplode(relation.relacl) e JOIN role ON role.oid = e.grantee WHERE e.is_grantable
UNION ALL
SELECT format('grant UPDATE on sequence %%s to %%s: too much', c.relname, grantee.name) FROM pg_class c, grantee
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'S'
  AND CASE c.relkind WHEN 'S' THEN has_sequence_privilege(grantee.name, c.oid, 'UPDATE') END
UNION ALL
SELECT format('grant CREATE on schema public to %%s: too much', name) FROM grantee
WHERE has_schema_privilege(name, 'public', 'CREATE')
UNION ALL
SELECT format('grant %%s on the database to %%s: too much', privilege, name)
FROM grantee, unnest(ARRAY['CREATE', 'TEMPORARY']) privilege
WHERE has_database_privilege(name, current_database(), privilege)
UNION ALL
SELECT format('role %%s: may %%s', rolname, may)
FROM role, unnest(ARRAY[CASE WHEN rolsuper THEN 'everything' END, CASE WHEN rolcreaterole THEN 'make roles' END,
                        CASE WHEN rolcreatedb THEN 'make databases' END, CASE WHEN rolreplication THEN 'replicate' END,
                        CASE WHEN rolbypassrls THEN 'pass row security' END]) may WHERE may IS NOT NULL
UNION ALL
SELECT format('role %%s: member of %%s', role.rolname, r.rolname) FROM role, pg_roles r, owner
WHERE NOT role.rolsuper AND (r.oid = owner.oid OR r.rolname = ANY(%(servers)s)) AND pg_has_role(role.oid, r.oid, 'MEMBER')
UNION ALL
SELECT format('schema %%s: comes before public', nspname) FROM pg_namespace JOIN role ON role.rolname = nspname
UNION ALL
SELECT format('owner of table %%s: %%s', relation.name, relowner::regrole) FROM relation, owner WHERE relowner <> owner.oid
UNION ALL
SELECT format('owner of function %%s: %%s', p.oid::regprocedure, proowner::regrole) FROM pg_proc p, owner
WHERE pronamespace = 'public'::regnamespace AND proowner <> owner.oid AND proname = ANY(%(functions)s)
UNION ALL
SELECT format('grant EXECUTE on %%s to %%s: too much', p.oid::regprocedure, role.rolname)
FROM pg_proc p, aclexplode(p.proacl) e JOIN role ON role.oid = e.grantee
WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.proname = ANY(%(withheld)s)
UNION ALL
SELECT format('setting session_replication_role=%%s of this session: not the bank''s', held)
FROM current_setting('session_replication_role') held WHERE held <> 'origin'
UNION ALL
SELECT format('setting %%s of %%s: not the bank''s', given, coalesce(r.rolname, 'the database'))
FROM pg_db_role_setting s LEFT JOIN pg_roles r ON r.oid = s.setrole, unnest(s.setconfig) given,
     LATERAL (SELECT lower(split_part(given, '=', 1)) AS name, substring(given FROM '=(.*)') AS value) x
WHERE (s.setrole = 0 OR s.setrole IN (SELECT oid FROM role UNION ALL SELECT oid FROM owner))
  AND s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
  AND (NOT %(weakening)s -> name ? lower(value)
       OR name = ANY(%(limits)s)
          AND CASE WHEN value ~ '^[0-9]+$' THEN value::numeric BETWEEN 1 AND 999
                   WHEN value ~ '^[0-9.]+ *(us|ms|s|min|h|d)$' THEN value::interval > '0' AND value::interval < '1 s'
                   ELSE true END)
ORDER BY 1
"""


def excess(
    tables: Collection[str], written_once: Collection[str], kept: Collection[str], functions: Collection[str]
) -> list[str]:
    """Return the excess rights of roles, further owners of objects, and foreign settings, each by name.

    :param tables: of the bank; a partition has the name of its table.
    :param written_once: tables of evidence, whose rows never change.
    :param kept: tables whose rows are never deleted.
    :param functions: names of the bank's functions.
    """
    known = {
        "tables": list(tables),
        "written_once": list(written_once),
        "kept": list(kept),
        "owners": owners_tables(),
        "columns": Jsonb(owners_columns()),
        "clock": CLOCK,
        "sandbox": settings.SANDBOX,
        "servers": list(_SERVERS_ROLES),
        "writing": list(_WRITING),
        "weakening": Jsonb(_WEAKENING),
        "limits": list(_LIMITS),
        "withheld": list(WITHHELD),
        "functions": list(functions),
        "called": [each.partition("(")[0] for each in owners_functions()],
    }
    return [row["line"] for row in rows(_EXCESS, known)]
