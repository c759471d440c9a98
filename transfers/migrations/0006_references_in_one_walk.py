from django.db import migrations

# For databases that have the trigger with an older text of its function.
# The index answers whatever the statistics say: the plan is made once for a single row and for thousands.
# Each id is asked for once, all in one walk through the index, in its order.
REFERENCE = """
CREATE OR REPLACE FUNCTION event_transfer_exists() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
  SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashagg = off AS $$
DECLARE named uuid[] := ARRAY(SELECT DISTINCT transfer_id FROM written WHERE transfer_id IS NOT NULL ORDER BY 1);
BEGIN
  IF cardinality(named) <> (SELECT count(*) FROM transfers_transfer WHERE id = ANY(named)) THEN
    RAISE EXCEPTION 'transfer_id names no row of transfers_transfer'
      USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'event_transfer_exists', TABLE = 'transfers_event';
  END IF;
  RETURN NULL;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("transfers", "0005_events_checked_in_sets")]

    operations = [
        migrations.RunSQL(REFERENCE, migrations.RunSQL.noop),
    ]
