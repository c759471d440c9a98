from django.db import migrations

from config.kernel.migration_ops import Kept, Stands

#: What a proposal says and who made it; what it would change is masked evidence and stands with the decision.
SAYS = ("kind", "made_by_id", "made_at", "expires_at", "object_type", "object_id", "before", "subject_keys")

STANDS = """
CREATE OR REPLACE FUNCTION kernel_stands() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'what a row of % says stands', TG_TABLE_NAME USING ERRCODE = 'check_violation',
    CONSTRAINT = TG_TABLE_NAME || '_stands', TABLE = TG_TABLE_NAME;
END $$
"""
SECOND_PERSON = """
CREATE OR REPLACE FUNCTION kernel_second_person() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM kernel_approval a
                 WHERE a.kind = TG_ARGV[0] AND a.object_id = NEW.id AND a.status = 'approved') THEN
    RAISE EXCEPTION '% is in force by no second person', TG_TABLE_NAME USING ERRCODE = 'check_violation',
      CONSTRAINT = TG_TABLE_NAME || '_second_person', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("kernel", "0004_machines_have_no_user")]

    operations = [
        migrations.RunSQL(STANDS, "DROP FUNCTION kernel_stands()"),
        migrations.RunSQL(SECOND_PERSON, "DROP FUNCTION kernel_second_person()"),
        Kept("kernel_approval"),
        Stands("kernel_approval", SAYS, settled="OLD.status IN ('approved', 'rejected')"),
    ]
