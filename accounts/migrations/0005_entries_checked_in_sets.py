import django.db.models.deletion
from django.db import migrations, models

from config.kernel.migration_ops import Kept

SIDES = {"account": "accounts.account", "internal": "accounts.internalaccount"}


# A reference checked for all rows of a statement at once: a foreign key asks row by row. Sound where the table is
# append-only and the target's rows are kept: a row that is there when it is referred to is there for ever.
# The index answers whatever the statistics say: the plan is made once for a single row and for thousands.
# Each id is asked for once, all in one walk through the index, in its order.
REFERENCE = """
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
  SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashagg = off AS $$
DECLARE named uuid[] := ARRAY(SELECT DISTINCT {column} FROM written WHERE {column} IS NOT NULL ORDER BY 1);
BEGIN
  IF cardinality(named) <> (SELECT count(*) FROM {target} WHERE id = ANY(named)) THEN
    RAISE EXCEPTION '{column} names no row of {target}'
      USING ERRCODE = 'foreign_key_violation', CONSTRAINT = '{name}', TABLE = '{table}';
  END IF;
  RETURN NULL;
END $$
;
CREATE OR REPLACE TRIGGER {name} AFTER INSERT ON {table} REFERENCING NEW TABLE AS written
  FOR EACH STATEMENT EXECUTE FUNCTION {name}()
"""


def reference(name: str, column: str, target: str) -> migrations.RunSQL:
    text = REFERENCE.format(name=name, table="accounts_entry", column=column, target=target)
    return migrations.RunSQL(text, f"DROP FUNCTION {name}() CASCADE")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_external_accounts_compared")]

    operations = [
        Kept("accounts_account"),
        Kept("accounts_internalaccount"),
        *(
            migrations.AlterField(
                model_name="entry",
                name=name,
                field=models.ForeignKey(
                    db_constraint=False,
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="entries",
                    to=target,
                ),
            )
            for name, target in SIDES.items()
        ),
        reference("entry_account_exists", "account_id", "accounts_account"),
        reference("entry_internal_exists", "internal_id", "accounts_internalaccount"),
    ]
