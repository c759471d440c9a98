from django.db import migrations

from config.kernel.migration_ops import SEARCH_PATH

# The law's numbers as they were when this was written: `migrate` tells the database what came since. Whoever reads them
# asks for them each time: a row more holds for sessions that are there already.
REGIMES = f"""
CREATE OR REPLACE FUNCTION transfers_atm_regimes() RETURNS TABLE (
  profile text, since timestamptz, hold_seconds integer, organization boolean, own_here boolean, own_elsewhere boolean
) LANGUAGE sql STABLE SET {SEARCH_PATH} AS $$
  VALUES
    ('NOTICE_2016', timestamptz '-infinity', 0, true, true, true),
    ('NOTICE_2016', timestamptz '2016-12-01 00:00:00+08', 86400, true, true, true),
    ('PBOC_261', timestamptz '-infinity', 0, true, true, false),
    ('PBOC_261', timestamptz '2016-12-01 00:00:00+08', 86400, true, true, false)
$$
"""  # noqa: S608 - constants
NO_REGIMES = "DROP FUNCTION IF EXISTS transfers_atm_regimes()"
_SIGNATURE = """
CREATE OR REPLACE FUNCTION transfers_atm_regime(
  profile text, accepted timestamptz,
  OUT hold_seconds integer, OUT organization boolean, OUT own_here boolean, OUT own_elsewhere boolean
) LANGUAGE plpgsql STABLE SET"""
REGIME = f"""{_SIGNATURE} {SEARCH_PATH} AS $$
#variable_conflict use_column
BEGIN
  SELECT r.hold_seconds, r.organization, r.own_here, r.own_elsewhere
  INTO hold_seconds, organization, own_here, own_elsewhere
  FROM transfers_atm_regimes() r WHERE r.profile = $1 AND r.since <= $2 ORDER BY r.since DESC LIMIT 1;
END $$
"""  # noqa: S608 - constants
NUMBERS = f"""{_SIGNATURE} {SEARCH_PATH} AS $$
BEGIN
  IF profile IN ('NOTICE_2016', 'PBOC_261') THEN
    hold_seconds := CASE WHEN accepted < '2016-12-01 00:00:00+08' THEN 0 ELSE 86400 END;
    organization := true;
    own_here := true;
    own_elsewhere := profile = 'NOTICE_2016';
  END IF;
END $$
"""


class Migration(migrations.Migration):
    """The database reads the rule at machines from a table of its own, which `migrate` keeps as the code has it.

    It is a function, not rows: whoever owns the tables writes it, and no grant lets anybody else.
    """

    dependencies = [("transfers", "0026_lateness_by_day")]

    operations = [
        migrations.RunSQL(REGIMES, NO_REGIMES),
        migrations.RunSQL(REGIME, NUMBERS),
    ]
