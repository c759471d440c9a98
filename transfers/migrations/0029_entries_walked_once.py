from importlib import import_module

from django.db import migrations

from config.kernel.migration_ops import SEARCH_PATH

_moves = import_module("accounts.migrations.0014_money_moves_with_entries")
_begins = import_module("accounts.migrations.0045_accounts_begin_beside_entries")
_holds = import_module("transfers.migrations.0016_accepted_by_its_rows")

# All three are changed at one instant: no command is judged by one of them as it was and by another as it is.
MOMENT = "SET LOCAL lock_timeout = '2s'; LOCK TABLE accounts_account, accounts_entry IN SHARE ROW EXCLUSIVE MODE"
# The command that wrote a row stands in it. Entries of accounts that their command neither updates nor makes are looked at
# by one of three triggers: that of the updated accounts, if the account of the command's first entry is among them; that of
# the accounts made, if it is among those; else that of the entries. Nearly always there are none, and no account is
# looked up for it: the trigger that compares balances with entries sees that none is left.
ALONE = f"""
CREATE OR REPLACE FUNCTION accounts_entries_alone(named uuid[], first bigint, x xid, c cid) RETURNS void
LANGUAGE plpgsql SET {SEARCH_PATH} SET enable_seqscan = off SET enable_bitmapscan = off AS $$
BEGIN
  IF cardinality(named) <> (SELECT count(*) FROM accounts_account a WHERE a.id = ANY(named)) THEN
    RAISE EXCEPTION 'account_id names no row of accounts_account'
      USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'entry_account_exists', TABLE = 'accounts_entry';
  END IF;
  INSERT INTO accounts_unsettled (account_id, balance_fen)
  SELECT e.account_id, -sum(e.amount_fen) FROM accounts_entry e
  WHERE e.id >= first AND e.account_id = ANY(named) AND e.xmin = x AND e.cmin = c
    AND (SELECT (a.xmin = x AND a.cmin = c) IS NOT TRUE FROM accounts_account a WHERE a.id = e.account_id)
  GROUP BY 1;
END $$
"""  # noqa: S608 - constants
_FIRST = """
SELECT e.account_id FROM accounts_entry e
WHERE e.id >= first AND e.account_id IS NOT NULL AND e.xmin = command.x AND e.cmin = command.c ORDER BY e.id LIMIT 1
"""
_BEGINS = """\
DECLARE
  first bigint := nullif(current_setting('bank.entries_from', true), '')::bigint;
  command record;
  alone uuid[];
BEGIN
"""
_COMPARED = """
  WITH moved AS MATERIALIZED (
    SELECT account_id, sum(fen) AS fen, sum(held) AS held, sum({own}) AS own FROM (
      {rows}
      UNION ALL SELECT e.account_id, -e.amount_fen, CASE WHEN e.from_held THEN -e.amount_fen ELSE 0 END, 0
      FROM accounts_entry e
      WHERE e.id >= first AND e.account_id IS NOT NULL AND e.xmin = command.x AND e.cmin = command.c
    ) AS moved GROUP BY account_id HAVING sum({own}) = 0 OR sum(fen) <> 0 OR sum(held) <> 0
  ), owed AS (
    INSERT INTO accounts_unsettled (account_id, balance_fen, held_fen) SELECT account_id, fen, held FROM moved WHERE own > 0
  )
  SELECT array_agg(account_id ORDER BY account_id) INTO alone FROM moved WHERE own = 0;
  IF alone IS NOT NULL AND ({first}) IN (SELECT n.id FROM {named} n) THEN
    PERFORM accounts_entries_alone(alone, first, command.x, command.c);
  END IF;
  RETURN NULL;
END $$
"""
MOVED = f"""
CREATE OR REPLACE FUNCTION accounts_account_moved() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET {SEARCH_PATH}
  SET enable_seqscan = off SET enable_bitmapscan = off AS $$
{_BEGINS}  IF first IS NULL THEN
    INSERT INTO accounts_unsettled (account_id, balance_fen, held_fen)
    SELECT account_id, sum(fen), sum(held) FROM (
      SELECT n.id AS account_id, n.balance_fen AS fen, n.held_fen AS held FROM now_there n
      UNION ALL SELECT o.id, -o.balance_fen, -o.held_fen FROM was_there o
    ) AS moved GROUP BY account_id HAVING sum(fen) <> 0 OR sum(held) <> 0;
    RETURN NULL;
  END IF;
  SELECT a.xmin AS x, a.cmin AS c INTO command FROM accounts_account a WHERE a.id = (SELECT n.id FROM now_there n LIMIT 1);
""" + _COMPARED.format(  # noqa: S608 - constants
    own="changed",
    first=_FIRST,
    named="now_there",
    rows="""SELECT n.id AS account_id, n.balance_fen AS fen, n.held_fen AS held, 1 AS changed FROM now_there n
      UNION ALL SELECT o.id, -o.balance_fen, -o.held_fen, 0 FROM was_there o""",
)
BEGUN = f"""
CREATE OR REPLACE FUNCTION accounts_balances_begin() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET {SEARCH_PATH} AS $$
{_BEGINS}  IF first IS NULL AND NOT EXISTS (SELECT FROM written WHERE balance_fen <> 0 OR held_fen <> 0) THEN
    RETURN NULL;
  END IF;
  SELECT a.xmin AS x, a.cmin AS c INTO command FROM accounts_account a WHERE a.id = (SELECT n.id FROM written n LIMIT 1);
""" + _COMPARED.format(  # noqa: S608 - constants
    own="made",
    first=_FIRST,
    named="written",
    rows="SELECT n.id AS account_id, n.balance_fen AS fen, n.held_fen AS held, 1 AS made FROM written n",
)
EXISTS = f"""
CREATE OR REPLACE FUNCTION entry_account_exists() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET {SEARCH_PATH}
  SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashagg = off AS $$
DECLARE
  named uuid[];
  first bigint;
  command record;
BEGIN
  SELECT min(id) INTO first FROM written;
  IF first < current_setting('bank.entries_from')::bigint THEN
    RAISE EXCEPTION 'entries are numbered as they come' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'entry_numbers_ascend', TABLE = 'accounts_entry';
  END IF;
  SELECT e.xmin AS x, e.cmin AS c INTO command FROM accounts_entry e WHERE e.id = first;
  IF EXISTS (
    SELECT FROM accounts_account a
    WHERE a.id = (SELECT w.account_id FROM written w WHERE w.account_id IS NOT NULL ORDER BY w.id LIMIT 1)
      AND a.xmin = command.x AND a.cmin = command.c
  ) THEN
    RETURN NULL;
  END IF;
  named := ARRAY(SELECT DISTINCT account_id FROM written WHERE account_id IS NOT NULL ORDER BY 1);
  PERFORM accounts_entries_alone(named, first, command.x, command.c);
  RETURN NULL;
END $$
"""  # noqa: S608 - constants
EXISTED = _moves.BALANCED[_moves.BALANCED.index("CREATE OR REPLACE FUNCTION entry_account_exists") :].partition(
    "END $$;"
)[0]
GONE = "DROP FUNCTION IF EXISTS accounts_entries_alone(uuid[], bigint, xid, cid)"


class Migration(migrations.Migration):
    """Whether the accounts of entries are there and have moved is seen where their balances are compared, not asked again.

    Of what a release costs the database it was a twelfth, and more in a large bank, where each account lies elsewhere.
    """

    dependencies = [("transfers", "0028_wider_channels"), ("accounts", "0045_accounts_begin_beside_entries")]

    operations = [
        migrations.RunSQL(
            [MOMENT, ALONE, MOVED, BEGUN, EXISTS],
            [MOMENT, f"{EXISTED}END $$", _begins.BESIDE_ENTRIES, _holds.WITH_HOLDS, GONE],
        )
    ]
