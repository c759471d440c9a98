"""Functions that write beyond their caller's rights are executable by the owner, or by the application if needed."""

import psycopg
import pytest

from config.kernel.database.ids import new_id
from config.kernel.database.sql import rows
from config.kernel.schema.grants import owners_functions
from tests.roles import connected_as, role, superuser

pytestmark = pytest.mark.django_db(transaction=True)

OF_OWNER = """
SELECT oid::regprocedure::text AS name, proname, prorettype = 'trigger'::regtype AS is_trigger FROM pg_proc
WHERE pronamespace = 'public'::regnamespace AND prosecdef ORDER BY 1
"""


def test_owner_function_cannot_be_attached_to_a_foreign_table():
    """Rows of that table would be taken for the bank's."""
    triggers = [row["proname"] for row in rows(OF_OWNER) if row["is_trigger"]]
    assert {"accounts_entries_move_balances", "transfers_reserve_or_post", "transfers_settle"} <= set(triggers)
    with role("stranger") as name:
        with superuser() as server:
            server.execute(f"CREATE SCHEMA {name} AUTHORIZATION {name}; GRANT USAGE ON SCHEMA public TO {name}")
        with connected_as(name) as server:
            server.execute(f"CREATE TABLE {name}.own (id uuid)")
            server.commit()
            for function in triggers:
                with pytest.raises(psycopg.errors.InsufficientPrivilege, match=function):
                    server.execute(
                        f"CREATE TRIGGER own AFTER INSERT ON {name}.own EXECUTE FUNCTION public.{function}()"
                    )
                server.rollback()


def test_owner_function_cannot_be_called_by_other_roles():
    called = {row["name"] for row in rows(OF_OWNER) if not row["is_trigger"]}
    assert called == set(owners_functions())
    with role("stranger") as name, connected_as(name) as server:
        for function in sorted(called):
            argument = 1 if "bigint" in function else f"'{new_id()}'"
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                server.execute(f"SELECT public.{function.partition('(')[0]}({argument})")
            server.rollback()
