-- Money: postings of two entries, balances, and what is reserved for transfers on hold.
--
-- Rule (house rule): a posting has two legs whose sum is zero (entry_posting_balances); a balance changes only together
-- with its entries (account_balance_moves_with_entries), a reserved amount only with its transfers
-- (account_held_moves_with_transfers). A difference within a transaction is a row of accounts_unsettled; at COMMIT the rows
-- of each account must add up to zero. What one statement moves together, entries and balances, leaves no row.
--
-- A row is attributed to the command that wrote it by xmin and cmin. Entries of a command are found from the first number
-- that it can have (`bank.entries_from`). All queries walk through indexes only, planned once for one row and for thousands.
-- Entries of accounts that their command neither updates nor inserts are handled by exactly one of three triggers:
-- accounts_account_moved if it updates the account of its first entry, accounts_account_begins if it inserts
-- that account, else entry_account_exists.

-- While a report or a dump keeps its snapshot, no version of a row may go. With half a page left, each account of a
-- page can move once meanwhile without being entered into every index again.
ALTER TABLE accounts_account SET (fillfactor = 50);

-- Balances that a transaction has changed and not yet settled by entries; empty after each COMMIT.
CREATE UNLOGGED TABLE accounts_unsettled (
  account_id uuid NOT NULL, balance_fen bigint NOT NULL DEFAULT 0, held_fen bigint NOT NULL DEFAULT 0
);
CREATE INDEX unsettled_by_account ON accounts_unsettled (account_id);

-- Refuses entries of accounts that do not exist; owes the sum of entries whose account their command did not write.
CREATE OR REPLACE FUNCTION accounts_entries_alone(named uuid[], first bigint, x xid, c cid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off SET enable_bitmapscan = off AS $$
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
END $$;

-- Entries.

-- Remembers for the transaction from which number on its entries are.
CREATE OR REPLACE FUNCTION accounts_entry_begins() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE told text;
BEGIN
  told := set_config('bank.entries_from', coalesce(pg_sequence_last_value('accounts_entry_id_seq'), 0)::text, true);
  RETURN NULL;
END $$;
CREATE TRIGGER accounts_entry_begins BEFORE INSERT ON accounts_entry FOR EACH STATEMENT EXECUTE FUNCTION accounts_entry_begins();

-- Runs accounts_entries_alone, unless the command wrote the account of its first entry. A number below the remembered
-- one is refused: no entry may be overlooked.
CREATE OR REPLACE FUNCTION entry_account_exists() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
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
END $$;
CREATE TRIGGER entry_account_exists AFTER INSERT ON accounts_entry
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION entry_account_exists();

-- Refuses entries of internal accounts that do not exist.
CREATE OR REPLACE FUNCTION entry_internal_exists() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
  SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashagg = off AS $$
DECLARE named uuid[] := ARRAY(SELECT DISTINCT internal_id FROM written WHERE internal_id IS NOT NULL ORDER BY 1);
BEGIN
  IF cardinality(named) <> (SELECT count(*) FROM accounts_internalaccount WHERE id = ANY(named)) THEN
    RAISE EXCEPTION 'internal_id names no row of accounts_internalaccount'
      USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'entry_internal_exists', TABLE = 'accounts_entry';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER entry_internal_exists AFTER INSERT ON accounts_entry
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION entry_internal_exists();

-- Each posting of a statement has two legs with sum zero.
CREATE OR REPLACE FUNCTION accounts_entry_balanced() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM written GROUP BY posting_id HAVING count(*) <> 2 OR sum(amount_fen) <> 0) THEN
    RAISE EXCEPTION 'a posting has two legs that add up to zero'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_posting_balances', TABLE = 'accounts_entry';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER accounts_entry_balanced AFTER INSERT ON accounts_entry
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION accounts_entry_balanced();

-- Adds the statement's entries of internal accounts to their sums.
CREATE OR REPLACE FUNCTION accounts_internal_summed() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  INSERT INTO accounts_internalsum (internal_id, amount_fen)
    SELECT internal_id, sum(amount_fen) FROM written WHERE internal_id IS NOT NULL GROUP BY internal_id;
  RETURN NULL;
END $$;
CREATE TRIGGER entry_internal_summed AFTER INSERT ON accounts_entry
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION accounts_internal_summed();

-- Balances.

-- Compares the changed balances of a statement with its entries; the difference is owed until COMMIT. Without entries
-- in the transaction the whole change is owed.
CREATE OR REPLACE FUNCTION accounts_account_moved() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
  SET enable_seqscan = off SET enable_bitmapscan = off AS $$
DECLARE
  first bigint := nullif(current_setting('bank.entries_from', true), '')::bigint;
  command record;
  alone uuid[];
BEGIN
  IF first IS NULL THEN
    INSERT INTO accounts_unsettled (account_id, balance_fen, held_fen)
    SELECT account_id, sum(fen), sum(held) FROM (
      SELECT n.id AS account_id, n.balance_fen AS fen, n.held_fen AS held FROM now_there n
      UNION ALL SELECT o.id, -o.balance_fen, -o.held_fen FROM was_there o
    ) AS moved GROUP BY account_id HAVING sum(fen) <> 0 OR sum(held) <> 0;
    RETURN NULL;
  END IF;
  SELECT a.xmin AS x, a.cmin AS c INTO command FROM accounts_account a WHERE a.id = (SELECT n.id FROM now_there n LIMIT 1);

  WITH moved AS MATERIALIZED (
    SELECT account_id, sum(fen) AS fen, sum(held) AS held, sum(changed) AS own FROM (
      SELECT n.id AS account_id, n.balance_fen AS fen, n.held_fen AS held, 1 AS changed FROM now_there n
      UNION ALL SELECT o.id, -o.balance_fen, -o.held_fen, 0 FROM was_there o
      UNION ALL SELECT e.account_id, -e.amount_fen, CASE WHEN e.from_held THEN -e.amount_fen ELSE 0 END, 0
      FROM accounts_entry e
      WHERE e.id >= first AND e.account_id IS NOT NULL AND e.xmin = command.x AND e.cmin = command.c
    ) AS moved GROUP BY account_id HAVING sum(changed) = 0 OR sum(fen) <> 0 OR sum(held) <> 0
  ), owed AS (
    INSERT INTO accounts_unsettled (account_id, balance_fen, held_fen) SELECT account_id, fen, held FROM moved WHERE own > 0
  )
  SELECT array_agg(account_id ORDER BY account_id) INTO alone FROM moved WHERE own = 0;
  IF alone IS NOT NULL AND (
    SELECT e.account_id FROM accounts_entry e
    WHERE e.id >= first AND e.account_id IS NOT NULL AND e.xmin = command.x AND e.cmin = command.c ORDER BY e.id LIMIT 1
  ) IN (SELECT n.id FROM now_there n) THEN
    PERFORM accounts_entries_alone(alone, first, command.x, command.c);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER accounts_account_moved AFTER UPDATE ON accounts_account
  REFERENCING OLD TABLE AS was_there NEW TABLE AS now_there FOR EACH STATEMENT EXECUTE FUNCTION accounts_account_moved();

-- The same comparison as accounts_account_moved for inserted accounts: their first balance comes from entries.
CREATE OR REPLACE FUNCTION accounts_balances_begin() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  first bigint := nullif(current_setting('bank.entries_from', true), '')::bigint;
  command record;
  alone uuid[];
BEGIN
  IF first IS NULL AND NOT EXISTS (SELECT FROM written WHERE balance_fen <> 0 OR held_fen <> 0) THEN
    RETURN NULL;
  END IF;
  SELECT a.xmin AS x, a.cmin AS c INTO command FROM accounts_account a WHERE a.id = (SELECT n.id FROM written n LIMIT 1);

  WITH moved AS MATERIALIZED (
    SELECT account_id, sum(fen) AS fen, sum(held) AS held, sum(made) AS own FROM (
      SELECT n.id AS account_id, n.balance_fen AS fen, n.held_fen AS held, 1 AS made FROM written n
      UNION ALL SELECT e.account_id, -e.amount_fen, CASE WHEN e.from_held THEN -e.amount_fen ELSE 0 END, 0
      FROM accounts_entry e
      WHERE e.id >= first AND e.account_id IS NOT NULL AND e.xmin = command.x AND e.cmin = command.c
    ) AS moved GROUP BY account_id HAVING sum(made) = 0 OR sum(fen) <> 0 OR sum(held) <> 0
  ), owed AS (
    INSERT INTO accounts_unsettled (account_id, balance_fen, held_fen) SELECT account_id, fen, held FROM moved WHERE own > 0
  )
  SELECT array_agg(account_id ORDER BY account_id) INTO alone FROM moved WHERE own = 0;
  IF alone IS NOT NULL AND (
    SELECT e.account_id FROM accounts_entry e
    WHERE e.id >= first AND e.account_id IS NOT NULL AND e.xmin = command.x AND e.cmin = command.c ORDER BY e.id LIMIT 1
  ) IN (SELECT n.id FROM written n) THEN
    PERFORM accounts_entries_alone(alone, first, command.x, command.c);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER accounts_account_begins AFTER INSERT ON accounts_account
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION accounts_balances_begin();

-- At COMMIT each account's differences add up to zero, and are deleted.
CREATE OR REPLACE FUNCTION accounts_settled() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
  SET enable_seqscan = off AS $$
DECLARE owed record;
BEGIN
  SELECT sum(balance_fen) AS balance, sum(held_fen) AS held INTO owed FROM accounts_unsettled u
  WHERE u.account_id = NEW.account_id;
  IF owed.balance IS NULL THEN
    RETURN NULL;
  ELSIF owed.balance <> 0 THEN
    RAISE EXCEPTION 'a balance moves with its entries alone' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'account_balance_moves_with_entries', TABLE = 'accounts_account';
  ELSIF owed.held <> 0 THEN
    RAISE EXCEPTION 'what is reserved moves with its transfers alone' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'account_held_moves_with_transfers', TABLE = 'accounts_account';
  END IF;
  DELETE FROM accounts_unsettled u WHERE u.account_id = NEW.account_id;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER accounts_settled AFTER INSERT ON accounts_unsettled
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION accounts_settled();

-- What is kept as it was written, and who approves it: by table.

CREATE TRIGGER accounts_entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON accounts_entry FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();

CREATE TRIGGER accounts_internalaccount_kept BEFORE UPDATE OF id OR DELETE OR TRUNCATE ON accounts_internalaccount
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
CREATE TRIGGER accounts_internalaccount_stands AFTER UPDATE OF kind, bank_code ON accounts_internalaccount
  FOR EACH ROW WHEN ((OLD.kind, OLD.bank_code) IS DISTINCT FROM (NEW.kind, NEW.bank_code)) EXECUTE FUNCTION kernel_stands();

-- Written by triggers alone.
CREATE TRIGGER accounts_unsettled_by_triggers BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON accounts_unsettled
  FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION kernel_append_only();
