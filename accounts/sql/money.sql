-- Money: postings of two entries, and the balances that they make.
--
-- Rule (house rule): a posting has two legs whose sum is zero (entry_posting_balances), and a balance is the sum of its
-- entries. The application's role writes neither entries nor balances nor reserved amounts
-- (config/kernel/schema/grants.py). Entries are written by the owner's functions (accounts_post_*) and the triggers of
-- transfers/sql/money.sql, each from the rows that it is given; the trigger below changes the balances. A role that may
-- call a function may also attach it to a table of its own. Therefore only the owner may call a function that writes
-- money, unless the application calls it.

-- While a report or a dump keeps its snapshot, no old version of a row is removed. With half of each page free, each
-- account of a page can change once in that time without a new entry in every index.
ALTER TABLE accounts_account SET (fillfactor = 50);

-- Changes balances and reserved amounts by the entries of a statement, and sums up those of the bank's internal
-- accounts. The accounts are read in the order of their index, which suits one entry and thousands.
CREATE OR REPLACE FUNCTION accounts_entries_move_balances() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp
  SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_nestloop = off SET enable_mergejoin = on AS $$
DECLARE
  account_ids uuid[] := ARRAY(SELECT DISTINCT account_id FROM written WHERE account_id IS NOT NULL ORDER BY 1);
  updated_count bigint;
BEGIN
  IF EXISTS (SELECT FROM written GROUP BY posting_id HAVING count(*) <> 2 OR sum(amount_fen) <> 0) THEN
    RAISE EXCEPTION 'a posting has two legs that add up to zero'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_posting_balances', TABLE = 'accounts_entry';
  END IF;
  UPDATE accounts_account a SET balance_fen = a.balance_fen + d.fen, held_fen = a.held_fen + d.held
  FROM (
    SELECT account_id, sum(amount_fen) AS fen, coalesce(sum(amount_fen) FILTER (WHERE from_held), 0) AS held
    FROM written WHERE account_id IS NOT NULL GROUP BY account_id
  ) d WHERE a.id = d.account_id AND a.id = ANY(account_ids);
  GET DIAGNOSTICS updated_count = ROW_COUNT;
  IF updated_count <> cardinality(account_ids) THEN
    RAISE EXCEPTION 'account_id names no row of accounts_account'
      USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'entry_account_exists', TABLE = 'accounts_entry';
  END IF;
  IF EXISTS (SELECT FROM (SELECT DISTINCT internal_id AS id FROM written WHERE internal_id IS NOT NULL) w
             WHERE NOT EXISTS (SELECT FROM accounts_internalaccount i WHERE i.id = w.id)) THEN
    RAISE EXCEPTION 'internal_id names no row of accounts_internalaccount'
      USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'entry_internal_exists', TABLE = 'accounts_entry';
  END IF;
  INSERT INTO accounts_internalsum (internal_id, amount_fen)
    SELECT internal_id, sum(amount_fen) FROM written WHERE internal_id IS NOT NULL GROUP BY internal_id;
  RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION accounts_entries_move_balances() FROM PUBLIC;
CREATE TRIGGER accounts_entries_move_balances AFTER INSERT ON accounts_entry
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION accounts_entries_move_balances();

-- Refuses an account that begins with money: its first balance comes from an entry, its first reserve from a transfer.
CREATE OR REPLACE FUNCTION accounts_account_begins_empty() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'an account begins without money'
    USING ERRCODE = 'check_violation', CONSTRAINT = 'account_begins_empty', TABLE = 'accounts_account';
END $$;
CREATE TRIGGER accounts_account_begins_empty BEFORE INSERT ON accounts_account
  FOR EACH ROW WHEN (NEW.balance_fen <> 0 OR NEW.held_fen <> 0) EXECUTE FUNCTION accounts_account_begins_empty();

-- Replaces the oldest sums by one row for each internal account; returns whether there are more. Folds at least two
-- sums for each account, so that at least half of them go. Concurrent calls fold different rows, found by their
-- physical place (ctid), without which each call would search all rows.
CREATE OR REPLACE FUNCTION accounts_fold_internal_sums(most bigint) RETURNS boolean LANGUAGE sql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
  WITH size AS (
    SELECT greatest(most, 2 * count(*)) AS size FROM accounts_internalaccount
  ), deleted AS (
    DELETE FROM accounts_internalsum WHERE ctid = ANY(ARRAY(
      SELECT ctid FROM accounts_internalsum ORDER BY id LIMIT (SELECT size FROM size) FOR UPDATE SKIP LOCKED
    )) RETURNING internal_id, amount_fen
  ), folded AS (
    INSERT INTO accounts_internalsum (internal_id, amount_fen)
    SELECT internal_id, sum(amount_fen) FROM deleted GROUP BY internal_id
  )
  SELECT count(*) = (SELECT size FROM size) FROM deleted
$$;
REVOKE EXECUTE ON FUNCTION accounts_fold_internal_sums(bigint) FROM PUBLIC;

-- By table: rows and columns that never change.

CREATE TRIGGER accounts_entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON accounts_entry FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();

CREATE TRIGGER accounts_internalaccount_kept BEFORE UPDATE OF id OR DELETE OR TRUNCATE ON accounts_internalaccount
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
CREATE TRIGGER accounts_internalaccount_stands AFTER UPDATE OF kind, bank_code ON accounts_internalaccount
  FOR EACH ROW WHEN ((OLD.kind, OLD.bank_code) IS DISTINCT FROM (NEW.kind, NEW.bank_code)) EXECUTE FUNCTION kernel_stands();
