from django.db import migrations

from config.kernel.migration_ops import SEARCH_PATH

#: Whoever moves money and however he claims it: an outcome of a held transfer is told as an event, all of a batch
#: in one statement, and that is refused while a restore is unconfirmed. One look per statement, none per row.
WAITS = f"""
CREATE FUNCTION transfers_releases_wait() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  IF EXISTS (SELECT FROM kernel_restore WHERE confirmed_at IS NULL)
     AND EXISTS (SELECT FROM written WHERE old_status = 'held' AND new_status IN ('posted', 'returned')) THEN
    RAISE EXCEPTION 'restored, unconfirmed: nothing is released'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'event_releases_wait', TABLE = 'transfers_event';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER event_releases_wait AFTER INSERT ON transfers_event REFERENCING NEW TABLE AS written
  FOR EACH STATEMENT EXECUTE FUNCTION transfers_releases_wait()
"""  # noqa: S608 - a constant


class Migration(migrations.Migration):
    dependencies = [("transfers", "0012_queue"), ("kernel", "0008_restores")]

    operations = [migrations.RunSQL(WAITS, "DROP FUNCTION transfers_releases_wait() CASCADE")]
