-- Accounts: places within the limit of a class, guardians, and the purpose of an account.
--
-- Rule: per individual and bank one Class I account and one Class III payment account (通告 第五条, NOTICE_5_CLASS_I,
-- NOTICE_5_PAYMENT_III), five Class II and five Class III (银发〔2018〕16号). An account within the limit has a place
-- (class_slot), an account beyond it has none. No account takes a place while the customer's open accounts, with a place
-- or without, reach the limit (银发〔2016〕261号 一(一), PBOC_261_STOCK: account_no_place_beside_excess,
-- account_beyond_by_approval).

-- Refuses a place while the customer's other open accounts of the class reach the limit, with a place or without. For
-- an account of an unfinished batch, accounts of unfinished batches without a place do not count, because they are as
-- old. Locks the customer: of two concurrent openings, the second counts the account of the first.
CREATE OR REPLACE FUNCTION accounts_account_takes_place(
  new_account uuid, holder uuid, of_kind text, of_class text, batch uuid
) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
DECLARE batch_unfinished boolean;
BEGIN
  PERFORM FROM accounts_customer c WHERE c.id = holder FOR NO KEY UPDATE;
  batch_unfinished := EXISTS (SELECT FROM accounts_importbatch b WHERE b.id = batch AND b.finished_at IS NULL);
  IF (CASE of_kind || '_' || lower(of_class) WHEN 'bank_i' THEN 1 WHEN 'bank_ii' THEN 5 WHEN 'bank_iii' THEN 5 WHEN 'payment_iii' THEN 1 END) <= (
    SELECT count(*) FROM accounts_account o LEFT JOIN accounts_importbatch b ON b.id = o.import_batch_id
    WHERE o.customer_id = holder AND o.kind = of_kind AND o.account_class = of_class AND o.status = 'open' AND o.id <> new_account
      AND NOT (batch_unfinished AND o.class_slot IS NULL AND b.id IS NOT NULL AND b.finished_at IS NULL)) THEN
    RAISE EXCEPTION 'an account takes no place while the limit of its class is reached' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'account_no_place_beside_excess', TABLE = 'accounts_account';
  END IF;
END $$;

-- Places of a class.

-- All new rows of a statement. Refuses a listed breach (breach_id) of another batch, limit or day than the account has,
-- or for an account with a place. An account takes no place while another one is beyond the limit; the customer is
-- locked only in this case.
CREATE OR REPLACE FUNCTION accounts_accounts_begin() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
  SET enable_seqscan = off AS $$
DECLARE account record;
BEGIN
  IF EXISTS (
    SELECT FROM fresh f LEFT JOIN accounts_stockbreach b ON b.id = f.breach_id
    WHERE f.breach_id IS NOT NULL AND (
      f.class_slot IS NOT NULL OR b.import_batch_id IS DISTINCT FROM f.import_batch_id
      OR b."limit" IS DISTINCT FROM (f.kind || '_' || lower(f.account_class))
      OR b.opened_on IS DISTINCT FROM (f.opened_at AT TIME ZONE 'Asia/Shanghai')::date)) THEN
    RAISE EXCEPTION 'a listed breach has batch, limit and day of its account, which has no place' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'account_breach_is_its_own', TABLE = 'accounts_account';
  END IF;
  FOR account IN
    SELECT f.* FROM fresh f WHERE f.status = 'open' AND f.class_slot IS NOT NULL AND EXISTS (
      SELECT FROM accounts_account o
      LEFT JOIN accounts_importbatch b ON b.id = o.import_batch_id AND b.finished_at IS NULL
      WHERE o.customer_id = f.customer_id AND o.kind = f.kind AND o.account_class = f.account_class
        AND o.status = 'open' AND o.class_slot IS NULL
        AND (o.kind = 'bank' AND o.account_class IN ('I', 'II', 'III') OR o.kind = 'payment' AND o.account_class = 'III')
        -- account_batch_unfinished has checked the new account's own batch.
        AND (b.id IS NULL OR f.import_batch_id IS NULL))
    ORDER BY f.customer_id
  LOOP
    PERFORM accounts_account_takes_place(account.id, account.customer_id, account.kind, account.account_class, account.import_batch_id);
  END LOOP;
  RETURN NULL;
END $$;
CREATE TRIGGER account_no_place_beside_excess AFTER INSERT ON accounts_account
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION accounts_accounts_begin();

-- The same for an account that gets a place later, except when the clean-up undoes what it did to the account.
CREATE OR REPLACE FUNCTION accounts_account_gets_place() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
  SET enable_seqscan = off AS $$
BEGIN
  IF EXISTS (
    SELECT FROM accounts_account o
    WHERE o.customer_id = NEW.customer_id AND o.kind = NEW.kind AND o.account_class = NEW.account_class
      AND o.status = 'open' AND o.class_slot IS NULL
      AND (o.kind = 'bank' AND o.account_class IN ('I', 'II', 'III') OR o.kind = 'payment' AND o.account_class = 'III')
  ) AND NOT accounts_taken_back(NEW.id, (NEW.kind || '_' || lower(NEW.account_class))) THEN
    PERFORM accounts_account_takes_place(NEW.id, NEW.customer_id, NEW.kind, NEW.account_class, NEW.import_batch_id);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER account_gets_no_place_beside_excess AFTER UPDATE OF class_slot, account_class ON accounts_account
  FOR EACH ROW WHEN (
    NEW.status = 'open' AND NEW.class_slot IS NOT NULL AND OLD.customer_id = NEW.customer_id
      AND (OLD.class_slot IS NULL OR OLD.account_class <> NEW.account_class)
  ) EXECUTE FUNCTION accounts_account_gets_place();

-- An account loses its place only by a merge of customers (account_excess_by_merge), or by a downgrade or an undo of
-- the clean-up.
CREATE OR REPLACE FUNCTION accounts_account_goes_beyond() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE account record;
BEGIN
  SELECT a.* INTO account FROM accounts_account a WHERE a.id = NEW.id;
  IF account.status = 'open' AND account.class_slot IS NULL AND account.merge_id IS NULL
     AND (account.kind = 'bank' AND account.account_class IN ('I', 'II', 'III') OR account.kind = 'payment' AND account.account_class = 'III')
     AND NOT accounts_taken_back(account.id, (account.kind || '_' || lower(account.account_class)))
     AND NOT EXISTS (
       SELECT FROM accounts_cleanupaction x JOIN accounts_cleanupitem i ON i.id = x.item_id
       WHERE x.way = 'downgrade' AND x.status = 'active' AND x.undone_at IS NULL AND i.account_id = account.id
         AND x.to_class = account.account_class) THEN
    RAISE EXCEPTION 'an account loses its place only by an approved merge, downgrade or undo' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'account_beyond_by_approval', TABLE = 'accounts_account';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER account_beyond_by_approval AFTER UPDATE OF class_slot, account_class ON accounts_account
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (
    NEW.status = 'open' AND NEW.class_slot IS NULL AND NEW.merge_id IS NULL
      AND (NEW.kind = 'bank' AND NEW.account_class IN ('I', 'II', 'III') OR NEW.kind = 'payment' AND NEW.account_class = 'III')
      AND (OLD.class_slot IS NOT NULL OR OLD.account_class <> NEW.account_class)
  ) EXECUTE FUNCTION accounts_account_goes_beyond();

-- Guardians.

-- Refuses a guardian as the agent of an organization, for an account or a card (cards.sql).
CREATE OR REPLACE FUNCTION accounts_guarded() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM accounts_customer c WHERE c.id = NEW.customer_id AND c.kind = 'individual') THEN
    RAISE EXCEPTION 'a guardian acts for an individual' USING ERRCODE = 'check_violation',
      CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER account_guardian_of_individual AFTER INSERT ON accounts_account
  FOR EACH ROW WHEN (NEW.agent_relation = 'guardian') EXECUTE FUNCTION accounts_guarded();

-- Purpose of an individual's account, kind of an organization's account.

-- A change starts from the present values of an open account, and is its latest change. Locks the account.
CREATE OR REPLACE FUNCTION accounts_telling_follows() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE account record;
BEGIN
  SELECT status, unit_kind, purpose INTO account FROM accounts_account WHERE id = NEW.account_id FOR NO KEY UPDATE;
  IF account.status IS DISTINCT FROM 'open'
     OR account.unit_kind IS DISTINCT FROM NEW.was_unit_kind OR account.purpose IS DISTINCT FROM NEW.was_purpose
     OR EXISTS (SELECT FROM accounts_accounttelling t WHERE t.account_id = NEW.account_id AND t.at > NEW.at) THEN
    RAISE EXCEPTION 'a change starts from the present kind and purpose of an open account' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'account_telling_follows', TABLE = 'accounts_accounttelling';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER account_telling_follows BEFORE INSERT ON accounts_accounttelling FOR EACH ROW EXECUTE FUNCTION accounts_telling_follows();

-- Writes the new values to the account. Refuses the second of two changes of an account in one statement: it does not
-- start from the values that the first has written.
CREATE OR REPLACE FUNCTION accounts_telling_holds() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  UPDATE accounts_account a SET unit_kind = NEW.unit_kind, purpose = NEW.purpose
  WHERE a.id = NEW.account_id
    AND a.unit_kind IS NOT DISTINCT FROM NEW.was_unit_kind AND a.purpose IS NOT DISTINCT FROM NEW.was_purpose;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'one statement changes kind and purpose of an account once' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'account_telling_alone', TABLE = 'accounts_accounttelling';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER account_telling_holds AFTER INSERT ON accounts_accounttelling FOR EACH ROW EXECUTE FUNCTION accounts_telling_holds();

-- Kind and purpose of an account change only from the former to the new values of its latest recorded change.
CREATE OR REPLACE FUNCTION accounts_account_as_told() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM (SELECT t.* FROM accounts_accounttelling t WHERE t.account_id = NEW.id
                 ORDER BY t.at DESC, t.id DESC LIMIT 1) last
    WHERE last.unit_kind IS NOT DISTINCT FROM NEW.unit_kind AND last.purpose IS NOT DISTINCT FROM NEW.purpose
      AND last.was_unit_kind IS NOT DISTINCT FROM OLD.unit_kind AND last.was_purpose IS NOT DISTINCT FROM OLD.purpose
  ) THEN
    RAISE EXCEPTION 'kind and purpose of an account change only by a recorded change' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'account_as_told', TABLE = 'accounts_account';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER accounts_account_told AFTER UPDATE OF unit_kind, purpose ON accounts_account
  FOR EACH ROW WHEN ((OLD.unit_kind, OLD.purpose) IS DISTINCT FROM (NEW.unit_kind, NEW.purpose))
  EXECUTE FUNCTION accounts_account_as_told();

-- By table: rows and columns that never change.

CREATE TRIGGER accounts_account_kept BEFORE UPDATE OF id OR DELETE OR TRUNCATE ON accounts_account
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
-- An account that is beyond a limit because of a merge keeps its reference to the merge.
CREATE TRIGGER accounts_account_stands AFTER UPDATE OF account_number, kind, import_batch_id, opened_at, agent_key, agent_name, status,
    closed_at, agent_relation, merge_id, breach_id ON accounts_account
  FOR EACH ROW WHEN (
    (OLD.account_number, OLD.kind, OLD.import_batch_id, OLD.opened_at, OLD.agent_key, OLD.agent_name, OLD.agent_relation, OLD.breach_id)
      IS DISTINCT FROM
      (NEW.account_number, NEW.kind, NEW.import_batch_id, NEW.opened_at, NEW.agent_key, NEW.agent_name, NEW.agent_relation, NEW.breach_id)
    OR OLD.status = 'closed' AND (OLD.status, OLD.closed_at) IS DISTINCT FROM (NEW.status, NEW.closed_at)
    OR OLD.merge_id IS NOT NULL AND OLD.merge_id IS DISTINCT FROM NEW.merge_id AND OLD.class_slot IS NULL
  ) EXECUTE FUNCTION kernel_stands();

CREATE TRIGGER accounts_accounttelling_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON accounts_accounttelling
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
