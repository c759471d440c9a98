from django.db import migrations

# Both were in the list of bases that stood before, which let them pass: the version before executes the notice alone.
# What was said of an extent stands nowhere else, and the fingerprint of the content holds it.
UNLESS_ONE_RESTS_ELSEWHERE = """
DO $$ DECLARE first uuid;
BEGIN
  SELECT id INTO first FROM blacklist_certificate
  WHERE legal_basis <> 'NOTICE_2016' OR num_nonnulls(extent_accounts, extent_times, extent_counterparties) > 0
  ORDER BY id LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'certificate % rests on another basis than the notice, or tells an extent: the version before runs beside these columns, which stay', first;
  END IF;
END $$
"""


class Migration(migrations.Migration):
    """Back again it does not go once a certificate rests on another basis than the notice, or says how much was done."""

    dependencies = [("blacklist", "0010_subjects_matched")]

    operations = [migrations.RunSQL(migrations.RunSQL.noop, UNLESS_ONE_RESTS_ELSEWHERE)]
