from django.db import migrations

from config.kernel.migration_ops import SEARCH_PATH

_BEGIN = """
CREATE OR REPLACE FUNCTION accounts_balances_begin() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET {settings} AS $$
DECLARE
  first bigint := nullif(current_setting('bank.entries_from', true), '')::bigint;
  command record;
BEGIN
  IF {nothing} THEN
    RETURN NULL;
  END IF;
  SELECT a.xmin AS x, a.cmin AS c INTO command FROM accounts_account a WHERE a.id = (SELECT n.id FROM written n LIMIT 1);
  INSERT INTO accounts_unsettled (account_id, balance_fen, held_fen)
  SELECT account_id, sum(fen), sum(held) FROM (
    SELECT n.id AS account_id, n.balance_fen AS fen, n.held_fen AS held, 1 AS made FROM written n
    UNION ALL SELECT e.account_id, -e.amount_fen, CASE WHEN e.from_held THEN -e.amount_fen ELSE 0 END, 0
    FROM accounts_entry e
    WHERE e.id >= first AND e.account_id IS NOT NULL AND e.xmin = command.x AND e.cmin = command.c
  ) AS moved GROUP BY account_id HAVING (sum(fen) <> 0 OR sum(held) <> 0) AND sum(made) > 0;
  RETURN NULL;
END $$
"""
_NO_MONEY = "NOT EXISTS (SELECT FROM written WHERE balance_fen <> 0 OR held_fen <> 0)"
# What a command opens and posts to at once owes what its entries say, with a balance or without. Where nothing was
# posted in the transaction, nothing is looked for.
BESIDE_ENTRIES = _BEGIN.format(settings=SEARCH_PATH, nothing=f"first IS NULL AND {_NO_MONEY}")
BEFORE = _BEGIN.format(settings=SEARCH_PATH, nothing=_NO_MONEY)


class Migration(migrations.Migration):
    """An account that is opened with nothing on it is compared with what the same command posts to it, too.

    What such a command left before is told by the proof: a balance is what its entries add up to.
    """

    dependencies = [("accounts", "0044_internal_sums")]

    operations = [migrations.RunSQL(BESIDE_ENTRIES, BEFORE)]
