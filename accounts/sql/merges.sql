-- Merged customers: two customers that were found to be one person.
--
-- Rule: 通告 第五条 says 同一个人: the person, not the document. House rule: all rows move to the surviving customer by a
-- merge in force alone, each on record; the merged customer owns nothing; what exceeds a limit afterwards names the
-- merge. Constraints: customer_merged_by_merge, customer_merged_owns_nothing, account_excess_by_merge, card_excess_by_merge.

-- Whether two customers are one: here and nowhere else in the database.
CREATE OR REPLACE FUNCTION accounts_same_customer(one uuid, other uuid) RETURNS boolean LANGUAGE plpgsql STABLE
  SET search_path = pg_catalog, public, pg_temp AS $$ BEGIN RETURN one = other; END $$;

-- The instant of a merge in force that made rows this customer's; NULL if it is none.
CREATE OR REPLACE FUNCTION accounts_merge_of(merge uuid, customer uuid) RETURNS timestamptz LANGUAGE plpgsql STABLE
  SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN (
    SELECT s.in_force_at FROM accounts_sameperson s JOIN accounts_customer c ON c.id = s.customer_id
    WHERE s.id = merge AND s.decision = 'same' AND s.status = 'active' AND coalesce(c.merged_into_id, c.id) = customer);
END $$;

-- Whose a row was at an instant: before a merge it was the other customer's.
CREATE OR REPLACE FUNCTION accounts_customer_at(of_row uuid, customer uuid, instant timestamptz) RETURNS uuid
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN coalesce((
    SELECT s.other_id FROM accounts_movedrow m JOIN accounts_sameperson s ON s.id = m.merge_id
    WHERE m.row_id = of_row AND s.in_force_at > instant ORDER BY s.in_force_at, s.id LIMIT 1), customer);
END $$;

-- The merge of two customers.

-- A merge in force has merged its customer by the end of its transaction.
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

-- A customer is merged by a merge in force, into the last surviving one, both individuals, and owns nothing. FOR UPDATE
-- waits for a transaction that gives the customer something (FOR KEY SHARE), and the other way round.
CREATE OR REPLACE FUNCTION accounts_customer_merged() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  stands record;
  remains record;
BEGIN
  SELECT c.merged_into_id, c.kind INTO stands FROM accounts_customer c WHERE c.id = NEW.id FOR UPDATE;
  SELECT c.merged_into_id, c.kind INTO remains FROM accounts_customer c WHERE c.id = stands.merged_into_id FOR SHARE;
  IF stands.merged_into_id IS DISTINCT FROM (
    SELECT coalesce(k.merged_into_id, k.id) FROM accounts_sameperson s JOIN accounts_customer k ON k.id = s.customer_id
    WHERE s.other_id = NEW.id AND s.decision = 'same' AND s.status = 'active') THEN
    RAISE EXCEPTION 'a customer is merged by a merge in force' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'customer_merged_by_merge', TABLE = 'accounts_customer';
  ELSIF remains.merged_into_id IS NOT NULL OR EXISTS (SELECT FROM accounts_customer WHERE merged_into_id = NEW.id) THEN
    RAISE EXCEPTION 'who remains is not merged' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'customer_merged_into_who_remains', TABLE = 'accounts_customer';
  ELSIF stands.kind <> 'individual' OR remains.kind <> 'individual' THEN
    RAISE EXCEPTION 'two individuals are one person' USING ERRCODE = 'check_violation',
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

-- What moves with a merge.

-- A row changes its customer only with a merge of the two in force, and is recorded as moved. Definer's rights: nobody
-- writes that record by hand.
CREATE OR REPLACE FUNCTION accounts_moves_by_merge() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE one uuid;
BEGIN
  SELECT s.id INTO one FROM accounts_sameperson s
  WHERE s.customer_id = NEW.customer_id AND s.other_id = OLD.customer_id AND s.decision = 'same'
    AND s.status = 'active';
  IF one IS NULL THEN
    RAISE EXCEPTION 'whose a row of % is changes with a merge in force alone', TG_TABLE_NAME
      USING ERRCODE = 'check_violation', CONSTRAINT = TG_TABLE_NAME || '_stands', TABLE = TG_TABLE_NAME;
  END IF;
  INSERT INTO accounts_movedrow (id, merge_id, kind, row_id) VALUES (uuidv7(), one, TG_ARGV[0], NEW.id);
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

-- Refuses to give a merged customer anything, row by row.
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

-- The same for a statement of many rows. From 200 customers on, those that this transaction wrote are looked at first
-- and need no lock.
CREATE OR REPLACE FUNCTION accounts_all_given_to_somebody() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
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
  IF cardinality(named) >= 200 THEN
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
CREATE TRIGGER accounts_identity_given AFTER INSERT ON accounts_identity
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION accounts_all_given_to_somebody();
CREATE TRIGGER accounts_document_given AFTER INSERT ON accounts_document
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION accounts_all_given_to_somebody();
CREATE TRIGGER accounts_account_given AFTER INSERT ON accounts_account
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION accounts_all_given_to_somebody();
CREATE TRIGGER accounts_card_given AFTER INSERT ON accounts_card
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION accounts_all_given_to_somebody();

-- What a merge leaves beyond a limit.

-- An account exceeds a limit by a merge only if it was opened before the merge, and others from before it have all the
-- places. None begins so.
CREATE OR REPLACE FUNCTION accounts_account_excess() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  stands record;
  since timestamptz;
  places integer;
BEGIN
  SELECT a.* INTO stands FROM accounts_account a WHERE a.id = NEW.id;
  since := accounts_merge_of(stands.merge_id, stands.customer_id);
  places := CASE stands.kind || ' ' || stands.account_class
    WHEN 'bank I' THEN 1 WHEN 'bank II' THEN 5 WHEN 'bank III' THEN 5 WHEN 'payment III' THEN 1 ELSE 0 END;
  IF TG_OP = 'INSERT' OR since IS NULL OR stands.opened_at > since
     OR stands.status = 'open' AND stands.class_slot IS NULL AND places > (
       SELECT count(DISTINCT o.class_slot) FROM accounts_account o
       WHERE o.customer_id = stands.customer_id AND o.kind = stands.kind AND o.account_class = stands.account_class
         AND o.opened_at <= since AND (o.closed_at IS NULL OR o.closed_at >= since)) THEN
    RAISE EXCEPTION 'an account loses its place to others that were there at a merge' USING ERRCODE = 'check_violation',
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

-- The same for cards; but a replacement keeps the merge of the cancelled card whose place it takes.
CREATE OR REPLACE FUNCTION accounts_card_excess() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  stands record;
  since timestamptz;
BEGIN
  SELECT c.* INTO stands FROM accounts_card c WHERE c.id = NEW.id;
  IF TG_OP = 'INSERT' THEN
    IF EXISTS (SELECT FROM accounts_card r WHERE r.id = stands.replaces_id AND r.merge_id = stands.merge_id
               AND r.account_id = stands.account_id AND r.status = 'cancelled') THEN
      RETURN NULL;
    END IF;
  ELSE
    since := accounts_merge_of(stands.merge_id, stands.customer_id);
  END IF;
  IF since IS NULL OR stands.issued_at > since
     OR stands.status <> 'cancelled' AND stands.slot IS NULL AND 4 > (
       SELECT count(DISTINCT o.slot) FROM accounts_card o
       WHERE o.customer_id = stands.customer_id AND o.issued_at <= since
         AND (o.cancelled_at IS NULL OR o.cancelled_at >= since)) THEN
    RAISE EXCEPTION 'a card loses its place to others that were there at a merge' USING ERRCODE = 'check_violation',
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

-- What is kept as it was written, and who approves it: by table.

-- Written by accounts_moves_by_merge alone.
CREATE TRIGGER accounts_movedrow_by_triggers BEFORE INSERT ON accounts_movedrow
  FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION kernel_append_only();
CREATE TRIGGER accounts_movedrow_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON accounts_movedrow
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
