-- Merged customers: two customers that were found to be one person.
--
-- Rule: 通告 第五条 says 同一个人: the person, not the document. House rule: all rows move to the surviving customer, only by a
-- merge in force, and each move is recorded; the merged customer owns nothing; accounts and cards that exceed a limit
-- afterwards refer to the merge. Constraints: customer_merged_by_merge, customer_merged_owns_nothing,
-- account_excess_by_merge, card_excess_by_merge.

-- Whether two customers are one: the only place in the database that decides it.
CREATE OR REPLACE FUNCTION accounts_same_customer(customer uuid, other uuid) RETURNS boolean LANGUAGE plpgsql STABLE
  SET search_path = pg_catalog, public, pg_temp AS $$ BEGIN RETURN customer = other; END $$;

-- The instant at which a merge gave rows to the customer; NULL if the merge is not in force or concerns another
-- customer.
CREATE OR REPLACE FUNCTION accounts_merge_of(merge uuid, customer uuid) RETURNS timestamptz LANGUAGE plpgsql STABLE
  SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN (
    SELECT s.in_force_at FROM accounts_sameperson s JOIN accounts_customer c ON c.id = s.customer_id
    WHERE s.id = merge AND s.decision = 'same' AND s.status = 'active' AND coalesce(c.merged_into_id, c.id) = customer);
END $$;

-- The customer of a row at an instant: before a merge the row belonged to the merged customer.
CREATE OR REPLACE FUNCTION accounts_customer_at(of_row uuid, customer uuid, instant timestamptz) RETURNS uuid
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN coalesce((
    SELECT s.other_id FROM accounts_movedrow m JOIN accounts_sameperson s ON s.id = m.merge_id
    WHERE m.row_id = of_row AND s.in_force_at > instant ORDER BY s.in_force_at, s.id LIMIT 1), customer);
END $$;

-- The merge of two customers.

-- The merged customer of a merge in force refers to the surviving one by the end of the transaction.
CREATE OR REPLACE FUNCTION accounts_same_person_merged() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM accounts_customer c WHERE c.id = NEW.other_id AND c.merged_into_id IS NOT NULL) THEN
    RAISE EXCEPTION 'a merge in force has merged its customer' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'same_person_is_merged', TABLE = 'accounts_sameperson';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER same_person_is_merged AFTER INSERT OR UPDATE ON accounts_sameperson
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.status = 'active' AND NEW.decision = 'same')
  EXECUTE FUNCTION accounts_same_person_merged();

-- A customer is merged only by a merge in force, into the last surviving customer; both are individuals, and the merged
-- one owns nothing. FOR UPDATE waits for a transaction that gives the customer a row (FOR KEY SHARE), and the other way
-- round.
CREATE OR REPLACE FUNCTION accounts_customer_merged() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  merged record;
  survivor record;
BEGIN
  SELECT c.merged_into_id, c.kind INTO merged FROM accounts_customer c WHERE c.id = NEW.id FOR UPDATE;
  SELECT c.merged_into_id, c.kind INTO survivor FROM accounts_customer c WHERE c.id = merged.merged_into_id FOR SHARE;
  IF merged.merged_into_id IS DISTINCT FROM (
    SELECT coalesce(k.merged_into_id, k.id) FROM accounts_sameperson s JOIN accounts_customer k ON k.id = s.customer_id
    WHERE s.other_id = NEW.id AND s.decision = 'same' AND s.status = 'active') THEN
    RAISE EXCEPTION 'a customer is merged only by a merge in force' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'customer_merged_by_merge', TABLE = 'accounts_customer';
  ELSIF survivor.merged_into_id IS NOT NULL OR EXISTS (SELECT FROM accounts_customer WHERE merged_into_id = NEW.id) THEN
    RAISE EXCEPTION 'the surviving customer is not merged itself' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'customer_merged_into_who_remains', TABLE = 'accounts_customer';
  ELSIF merged.kind <> 'individual' OR survivor.kind <> 'individual' THEN
    RAISE EXCEPTION 'only individuals are merged' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'customer_merged_of_individuals', TABLE = 'accounts_customer';
  ELSIF EXISTS (SELECT FROM accounts_identity WHERE customer_id = NEW.id)
     OR EXISTS (SELECT FROM accounts_account WHERE customer_id = NEW.id)
     OR EXISTS (SELECT FROM accounts_card WHERE customer_id = NEW.id)
     OR EXISTS (SELECT FROM accounts_document WHERE customer_id = NEW.id AND status = 'active')
     OR EXISTS (SELECT FROM accounts_externalaccount WHERE customer_id = NEW.id AND status = 'active')
     OR EXISTS (SELECT FROM accounts_reverification WHERE customer_id = NEW.id AND status = 'active') THEN
    RAISE EXCEPTION 'a merged customer owns nothing' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'customer_merged_owns_nothing', TABLE = 'accounts_customer';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER customer_merged AFTER INSERT OR UPDATE OF merged_into_id ON accounts_customer
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.merged_into_id IS NOT NULL) EXECUTE FUNCTION accounts_customer_merged();

-- Rows that move with a merge.

-- A row changes its customer only with a merge of the two customers in force; the move is recorded. Runs with the
-- owner's rights, so that only this trigger writes the record.
CREATE OR REPLACE FUNCTION accounts_moves_by_merge() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE merged_by uuid;
BEGIN
  SELECT s.id INTO merged_by FROM accounts_sameperson s
  WHERE s.customer_id = NEW.customer_id AND s.other_id = OLD.customer_id AND s.decision = 'same'
    AND s.status = 'active';
  IF merged_by IS NULL THEN
    RAISE EXCEPTION 'the customer of a row of % changes only with a merge in force', TG_TABLE_NAME
      USING ERRCODE = 'check_violation', CONSTRAINT = TG_TABLE_NAME || '_stands', TABLE = TG_TABLE_NAME;
  END IF;
  INSERT INTO accounts_movedrow (id, merge_id, kind, row_id) VALUES (uuidv7(), merged_by, TG_ARGV[0], NEW.id);
  RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION accounts_moves_by_merge() FROM PUBLIC;
CREATE TRIGGER accounts_identity_moves AFTER UPDATE OF customer_id ON accounts_identity
  FOR EACH ROW WHEN (OLD.customer_id <> NEW.customer_id) EXECUTE FUNCTION accounts_moves_by_merge('identities');
CREATE TRIGGER accounts_document_moves AFTER UPDATE OF customer_id ON accounts_document
  FOR EACH ROW WHEN (OLD.customer_id <> NEW.customer_id) EXECUTE FUNCTION accounts_moves_by_merge('documents');
CREATE TRIGGER accounts_account_moves AFTER UPDATE OF customer_id ON accounts_account
  FOR EACH ROW WHEN (OLD.customer_id <> NEW.customer_id) EXECUTE FUNCTION accounts_moves_by_merge('accounts');
CREATE TRIGGER accounts_card_moves AFTER UPDATE OF customer_id ON accounts_card
  FOR EACH ROW WHEN (OLD.customer_id <> NEW.customer_id) EXECUTE FUNCTION accounts_moves_by_merge('cards');
CREATE TRIGGER accounts_externalaccount_moves AFTER UPDATE OF customer_id ON accounts_externalaccount
  FOR EACH ROW WHEN (OLD.customer_id <> NEW.customer_id) EXECUTE FUNCTION accounts_moves_by_merge('external_accounts');
CREATE TRIGGER accounts_reverification_moves AFTER UPDATE OF customer_id ON accounts_reverification
  FOR EACH ROW WHEN (OLD.customer_id <> NEW.customer_id) EXECUTE FUNCTION accounts_moves_by_merge('reverifications');

-- Refuses a row that would belong to a merged customer.
CREATE OR REPLACE FUNCTION accounts_given_to_nobody() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM FROM accounts_customer c WHERE c.id = NEW.customer_id AND c.merged_into_id IS NULL FOR KEY SHARE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'a merged customer owns nothing' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'customer_merged_owns_nothing', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER accounts_externalaccount_given AFTER INSERT ON accounts_externalaccount
  FOR EACH ROW WHEN (NEW.status = 'active') EXECUTE FUNCTION accounts_given_to_nobody();
CREATE TRIGGER accounts_reverification_given AFTER INSERT ON accounts_reverification
  FOR EACH ROW WHEN (NEW.status = 'active') EXECUTE FUNCTION accounts_given_to_nobody();
CREATE TRIGGER accounts_document_given_later AFTER UPDATE OF status ON accounts_document
  FOR EACH ROW WHEN (NEW.status = 'active' AND OLD.status <> 'active') EXECUTE FUNCTION accounts_given_to_nobody();
CREATE TRIGGER accounts_externalaccount_given_later AFTER UPDATE OF status ON accounts_externalaccount
  FOR EACH ROW WHEN (NEW.status = 'active' AND OLD.status <> 'active') EXECUTE FUNCTION accounts_given_to_nobody();
CREATE TRIGGER accounts_reverification_given_later AFTER UPDATE OF status ON accounts_reverification
  FOR EACH ROW WHEN (NEW.status = 'active' AND OLD.status <> 'active') EXECUTE FUNCTION accounts_given_to_nobody();

-- The same for all rows of a statement. From 200 customers on, those that this transaction wrote are looked up first,
-- because they need no lock.
CREATE OR REPLACE FUNCTION accounts_all_given_to_somebody() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  customer_ids uuid[];
  unmerged_count bigint;
BEGIN
  IF TG_TABLE_NAME = 'accounts_document' THEN
    customer_ids := ARRAY(SELECT DISTINCT customer_id FROM written WHERE status = 'active');
  ELSE
    customer_ids := ARRAY(SELECT DISTINCT customer_id FROM written);
  END IF;
  IF cardinality(customer_ids) = 0 THEN
    RETURN NULL;
  END IF;
  IF cardinality(customer_ids) >= 200 THEN
    SELECT count(*) INTO unmerged_count FROM accounts_customer c
    WHERE c.id = ANY(customer_ids) AND c.merged_into_id IS NULL AND c.xmin = pg_current_xact_id()::xid;
    IF unmerged_count = cardinality(customer_ids) THEN
      RETURN NULL;
    END IF;
  END IF;
  SELECT count(*) INTO unmerged_count FROM (
    SELECT c.id FROM accounts_customer c WHERE c.id = ANY(customer_ids) AND c.merged_into_id IS NULL ORDER BY c.id FOR KEY SHARE
  ) AS locked;
  IF unmerged_count <> cardinality(customer_ids) THEN
    RAISE EXCEPTION 'a merged customer owns nothing' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'customer_merged_owns_nothing', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER accounts_identity_given AFTER INSERT ON accounts_identity
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION accounts_all_given_to_somebody();
CREATE TRIGGER accounts_document_given AFTER INSERT ON accounts_document
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION accounts_all_given_to_somebody();
CREATE TRIGGER accounts_account_given AFTER INSERT ON accounts_account
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION accounts_all_given_to_somebody();
CREATE TRIGGER accounts_card_given AFTER INSERT ON accounts_card
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION accounts_all_given_to_somebody();

-- Accounts and cards beyond a limit after a merge.

-- An account exceeds a limit because of a merge only if it was opened before the merge, and other accounts from before
-- the merge have all the places. No new account refers to a merge.
CREATE OR REPLACE FUNCTION accounts_account_excess() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  account record;
  merged_at timestamptz;
  places integer;
BEGIN
  SELECT a.* INTO account FROM accounts_account a WHERE a.id = NEW.id;
  merged_at := accounts_merge_of(account.merge_id, account.customer_id);
  places := CASE account.kind || ' ' || account.account_class
    WHEN 'bank I' THEN 1 WHEN 'bank II' THEN 5 WHEN 'bank III' THEN 5 WHEN 'payment III' THEN 1 ELSE 0 END;
  IF TG_OP = 'INSERT' OR merged_at IS NULL OR account.opened_at > merged_at
     OR account.status = 'open' AND account.class_slot IS NULL AND places > (
       SELECT count(DISTINCT o.class_slot) FROM accounts_account o
       WHERE o.customer_id = account.customer_id AND o.kind = account.kind AND o.account_class = account.account_class
         AND o.opened_at <= merged_at AND (o.closed_at IS NULL OR o.closed_at >= merged_at)) THEN
    RAISE EXCEPTION 'an account loses its place by a merge only to accounts that are older than the merge' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'account_excess_by_merge', TABLE = 'accounts_account';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER account_excess_begins AFTER INSERT ON accounts_account
  FOR EACH ROW WHEN (NEW.merge_id IS NOT NULL) EXECUTE FUNCTION accounts_account_excess();
CREATE CONSTRAINT TRIGGER account_excess_by_merge AFTER UPDATE OF merge_id, class_slot, account_class ON accounts_account
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (
    NEW.merge_id IS NOT NULL AND NEW.downgrade_id IS NULL
      AND (OLD.merge_id IS DISTINCT FROM NEW.merge_id
        OR OLD.class_slot IS NOT NULL AND NEW.class_slot IS NULL
        OR OLD.account_class <> NEW.account_class)
  ) EXECUTE FUNCTION accounts_account_excess();

-- The same for cards, except that a replacement keeps the merge of the cancelled card that it replaces.
CREATE OR REPLACE FUNCTION accounts_card_excess() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  card record;
  merged_at timestamptz;
BEGIN
  SELECT c.* INTO card FROM accounts_card c WHERE c.id = NEW.id;
  IF TG_OP = 'INSERT' THEN
    IF EXISTS (SELECT FROM accounts_card r WHERE r.id = card.replaces_id AND r.merge_id = card.merge_id
               AND r.account_id = card.account_id AND r.status = 'cancelled') THEN
      RETURN NULL;
    END IF;
  ELSE
    merged_at := accounts_merge_of(card.merge_id, card.customer_id);
  END IF;
  IF merged_at IS NULL OR card.issued_at > merged_at
     OR card.status <> 'cancelled' AND card.slot IS NULL AND 4 > (
       SELECT count(DISTINCT o.slot) FROM accounts_card o
       WHERE o.customer_id = card.customer_id AND o.issued_at <= merged_at
         AND (o.cancelled_at IS NULL OR o.cancelled_at >= merged_at)) THEN
    RAISE EXCEPTION 'a card loses its place by a merge only to cards that are older than the merge' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'card_excess_by_merge', TABLE = 'accounts_card';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER card_excess_begins AFTER INSERT ON accounts_card
  FOR EACH ROW WHEN (NEW.merge_id IS NOT NULL) EXECUTE FUNCTION accounts_card_excess();
CREATE CONSTRAINT TRIGGER card_excess_by_merge AFTER UPDATE OF merge_id, slot ON accounts_card
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (
    NEW.merge_id IS NOT NULL AND (OLD.merge_id IS DISTINCT FROM NEW.merge_id OR OLD.slot IS NOT NULL AND NEW.slot IS NULL)
  ) EXECUTE FUNCTION accounts_card_excess();

-- By table: rows and columns that never change.

-- Only accounts_moves_by_merge writes it.
CREATE TRIGGER accounts_movedrow_by_triggers BEFORE INSERT ON accounts_movedrow
  FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION kernel_append_only();
CREATE TRIGGER accounts_movedrow_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON accounts_movedrow
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
