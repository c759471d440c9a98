"""The schema according to the catalog, and separate databases in which it is built."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.db.backends.signals import connection_created

from config.kernel.database.sql import rows
from tests.scratch import scratch

OURS = "^(kernel|blacklist|accounts|transfers)_"

_TABLES = """
SELECT c.relname AS place, concat_ws(' ', 'options', c.reloptions::text, pg_get_expr(c.relpartbound, c.oid),
                                     pg_get_partkeydef(c.oid)) AS line
FROM pg_class c WHERE c.relkind IN ('r', 'p') AND c.relname ~ %(ours)s AND c.relnamespace = 'public'::regnamespace
UNION ALL
SELECT c.relname, concat_ws(' ', 'column', a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
                            a.attidentity, a.attcollation::regcollation, pg_get_expr(d.adbin, d.adrelid))
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p') AND c.relname ~ %(ours)s
UNION ALL
SELECT c.relname, concat_ws(' ', 'constraint', o.conname, o.convalidated, pg_get_constraintdef(o.oid))
FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid WHERE c.relname ~ %(ours)s
UNION ALL
SELECT c.relname, concat_ws(' ', 'index', i.indisvalid, pg_get_indexdef(i.indexrelid))
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid WHERE c.relname ~ %(ours)s
UNION ALL
SELECT c.relname, concat_ws(' ', 'trigger', t.tgenabled, pg_get_triggerdef(t.oid))
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal AND c.relname ~ %(ours)s
"""
_LOOSE = """
SELECT 'functions' AS place, concat_ws(' ', p.oid::regprocedure, p.proconfig, p.provolatile, p.prosrc) AS line
FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace
UNION ALL
SELECT 'sequences', c.relname FROM pg_class c WHERE c.relkind = 'S' AND c.relname ~ %(ours)s
UNION ALL
SELECT 'database', has_database_privilege('public', current_database(), 'TEMPORARY')::text
"""


def tables() -> dict[str, list[str]]:
    """Return the catalog's description of each table: columns, constraints, indexes, triggers, options."""
    return _gathered(_TABLES)


def schema() -> dict[str, list[str]]:
    """Return the tables with functions, sequences and the right to create temporary tables."""
    return tables() | _gathered(_LOOSE)


def _gathered(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in rows(text, {"ours": OURS}):
        found.setdefault(row["place"], []).append(row["line"])
    return {place: sorted(lines) for place, lines in sorted(found.items())}


@contextmanager
def scratch_database(name: str, *, migrated: bool = False) -> Iterator[str]:
    """Use an empty or migrated database beside the test database; drop it afterwards.

    Needs a transactional test (`@pytest.mark.django_db(transaction=True)`).
    """
    # Some other test may have made this process one of the bank's, which works on no database without marks.
    connection_created.disconnect(dispatch_uid="foundations")
    home = connection.settings_dict["NAME"]
    with scratch(name, migrated=migrated) as place:
        try:
            connection.close()
            connection.settings_dict["NAME"] = place.name
            yield place.name
        finally:
            connection.close()
            connection.settings_dict["NAME"] = home
