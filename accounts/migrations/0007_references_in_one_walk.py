from django.db import migrations

# For databases that have the trigger with an older text of its function.
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
"""


def reference(name: str, column: str, target: str) -> migrations.RunSQL:
    text = REFERENCE.format(name=name, table="accounts_entry", column=column, target=target)
    return migrations.RunSQL(text, migrations.RunSQL.noop)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_kept")]

    operations = [
        reference("entry_account_exists", "account_id", "accounts_account"),
        reference("entry_internal_exists", "internal_id", "accounts_internalaccount"),
    ]
