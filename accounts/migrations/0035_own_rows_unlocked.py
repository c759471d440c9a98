from importlib import import_module

from django.db import migrations

from config.kernel.migration_ops import SEARCH_PATH

MOMENT = "SET LOCAL lock_timeout = '2s'"
#: Rows from which on it pays to look first whether this transaction has written all that a statement refers to. Nobody
#: else sees those, so nobody takes them away: they need no lock, which would write each of them once more. What a
#: savepoint has written, or another, is locked as before.
MANY = 200
GIVEN = f"""
{MOMENT};
CREATE OR REPLACE FUNCTION accounts_all_given_to_somebody() RETURNS trigger
LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
DECLARE
  named uuid[];
  there bigint;
BEGIN
  IF TG_TABLE_NAME = 'accounts_document' THEN
    named := ARRAY(SELECT DISTINCT customer_id FROM written WHERE status = 'active');
  ELSE
    named := ARRAY(SELECT DISTINCT customer_id FROM written);
  END IF;
  IF cardinality(named) = 0 THEN
    RETURN NULL;
  END IF;
  IF cardinality(named) >= {MANY} THEN
    SELECT count(*) INTO there FROM accounts_customer c
    WHERE c.id = ANY(named) AND c.merged_into_id IS NULL AND c.xmin = pg_current_xact_id()::xid;
    IF there = cardinality(named) THEN
      RETURN NULL;
    END IF;
  END IF;
  SELECT count(*) INTO there FROM (
    SELECT c.id FROM accounts_customer c WHERE c.id = ANY(named) AND c.merged_into_id IS NULL ORDER BY c.id FOR KEY SHARE
  ) AS held;
  IF there <> cardinality(named) THEN
    RAISE EXCEPTION 'a merged customer owns nothing' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'customer_merged_owns_nothing', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;
"""  # noqa: S608 - constants
PAIR = f"""
CREATE OR REPLACE FUNCTION {{name}}() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH}
  SET enable_seqscan = off SET enable_bitmapscan = off AS $$
DECLARE
  named uuid[];
  said uuid[];
  whose uuid[];
BEGIN
  SELECT array_agg(w.id), array_agg(w.customer_id) INTO named, said FROM (
    SELECT DISTINCT {{column}} AS id, customer_id FROM written WHERE {{column}} IS NOT NULL ORDER BY 1, 2
  ) AS w;
  IF named IS NULL THEN
    RETURN NULL;
  END IF;
  IF cardinality(named) >= {MANY} THEN
    whose := ARRAY(
      SELECT t.customer_id FROM {{target}} t
      WHERE t.id = ANY(named) AND t.xmin = pg_current_xact_id()::xid ORDER BY t.id
    );
    IF whose = said THEN
      RETURN NULL;
    END IF;
  END IF;
  whose := ARRAY(SELECT t.customer_id FROM {{target}} t WHERE t.id = ANY(named) ORDER BY t.id FOR KEY SHARE);
  -- As many as are named, in their order: one that is missing, or of two customers, makes a difference.
  IF whose <> said THEN
    RAISE EXCEPTION '{{column}} names a row of another customer, or none' USING ERRCODE = 'foreign_key_violation',
      CONSTRAINT = '{{name}}', TABLE = '{{table}}';
  END IF;
  RETURN NULL;
END $$;
"""  # noqa: S608 - constants

of_imports = import_module("accounts.migrations.0029_stock_imports")
of_sets = import_module("accounts.migrations.0034_references_in_sets")
PAIRS = "".join(
    PAIR.format(name=name, table=table, column=column, target=target) for name, table, column, target in of_sets.PAIRS
)


class Migration(migrations.Migration):
    """What a statement writes many of, and refers to rows of its own transaction, locks none of those."""

    dependencies = [("accounts", "0034_references_in_sets")]

    operations = [
        migrations.RunSQL(GIVEN + PAIRS, of_imports.IN_SETS + of_sets._swapped(of_sets.PAIR)),
    ]
