from typing import Any

import django.db.models.deletion
from django.db import migrations, models, transaction

from config.kernel.migration_ops import SEARCH_PATH
from config.kernel.online_ddl import MakeTable

#: What moves nothing of the bank's own costs a look at the statement's rows.
SUMMED = f"""
CREATE OR REPLACE FUNCTION accounts_internal_summed() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  INSERT INTO accounts_internalsum (internal_id, amount_fen)
    SELECT internal_id, sum(amount_fen) FROM written WHERE internal_id IS NOT NULL GROUP BY internal_id;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER entry_internal_summed AFTER INSERT ON accounts_entry REFERENCING NEW TABLE AS written
  FOR EACH STATEMENT EXECUTE FUNCTION accounts_internal_summed()
"""  # noqa: S608 - constants
#: Not an entry of before is added up while anybody waits: the trigger stands within an instant, and where it began is known.
BEFORE = """
INSERT INTO accounts_internalsum (internal_id, amount_fen)
SELECT internal_id, sum(amount_fen) FROM accounts_entry WHERE internal_id IS NOT NULL AND id <= %s GROUP BY internal_id
"""


def add_up(apps: Any, schema_editor: Any) -> None:  # noqa: ARG001
    """Add up what is posted from now on, then what was before; begun again, it comes to the same."""
    with schema_editor.connection.cursor() as cursor:
        with transaction.atomic(using=schema_editor.connection.alias):
            cursor.execute("SET LOCAL lock_timeout = '2s'")
            # Waits for whoever is posting or folding, and whoever comes after waits for it: nothing is under way below
            # `last`, and no sum that the trigger of an interrupted run has written is overlooked.
            cursor.execute("LOCK TABLE accounts_entry, accounts_internalsum IN SHARE ROW EXCLUSIVE MODE")
            cursor.execute("DELETE FROM accounts_internalsum")
            cursor.execute(SUMMED)
            cursor.execute("SELECT coalesce(max(id), 0) FROM accounts_entry")
            (last,) = cursor.fetchone()
        cursor.execute(BEFORE, [last])


def forget(apps: Any, schema_editor: Any) -> None:  # noqa: ARG001
    """Add up no more."""
    schema_editor.execute("DROP FUNCTION IF EXISTS accounts_internal_summed() CASCADE")


class Migration(migrations.Migration):
    """What the entries of the bank's own accounts come to is added up as they are written.

    Going back loses nothing: the entries say the same.
    """

    atomic = False
    dependencies = [("accounts", "0043_told_later")]

    operations = [
        MakeTable(
            name="InternalSum",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("amount_fen", models.BigIntegerField()),
                (
                    "internal",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sums",
                        to="accounts.internalaccount",
                    ),
                ),
            ],
        ),
        migrations.RunPython(add_up, forget),
    ]
