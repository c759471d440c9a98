from django.db import migrations

from config.kernel.migration_ops import FixedSearchPath

# The clock of a sandbox reads a table, production's none.
SANDBOX_CLOCK = """
DO $$ BEGIN
  IF (SELECT prosrc LIKE '%kernel_sandboxclock%' FROM pg_proc WHERE oid = 'bank_now()'::regprocedure) THEN
    ALTER FUNCTION bank_now() SET search_path = pg_catalog, public, pg_temp;
    ALTER FUNCTION bank_now() SET timezone = 'UTC';
  END IF;
END $$
"""
PLAIN_CLOCK = "ALTER FUNCTION bank_now() RESET ALL"

# Nothing of the bank needs a temporary table of somebody who does not own the database.
TEMPORARY = """
DO $$ BEGIN
  IF (SELECT pg_has_role(datdba, 'USAGE') FROM pg_database WHERE datname = current_database()) THEN
    EXECUTE format('{action}', current_database());
  ELSE
    RAISE NOTICE 'left to the owner of the database: %', format('{action}', current_database());
  END IF;
END $$
"""
REVOKED = TEMPORARY.replace("{action}", "REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC")
GRANTED = TEMPORARY.replace("{action}", "GRANT TEMPORARY ON DATABASE %I TO PUBLIC")


class Migration(migrations.Migration):
    dependencies = [("kernel", "0005_decisions_stand")]

    operations = [
        FixedSearchPath("kernel_append_only", "kernel_stands", "kernel_second_person"),
        migrations.RunSQL(SANDBOX_CLOCK, PLAIN_CLOCK),
        migrations.RunSQL(REVOKED, GRANTED),
    ]
