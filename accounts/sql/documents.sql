-- Identity documents, the identities that they prove, and the review of contradicting identities.
--
-- Rule: an identity and its documents belong to one customer (银发〔2007〕345号, PBOC_345_CHECK: identity_is_one_customer,
-- document_identity_is_its_customers). House rules: a further document takes an approval or a merge; its validity
-- changes only by a renewal (document_validity_by_renewal); it ends only by an approved withdrawal, the last one never.

-- The customer of a document and of its identity.

-- Refuses documents of a customer who does not exist. accounts_all_given_to_somebody checks active documents; customers
-- are never deleted, so nothing is locked.
CREATE OR REPLACE FUNCTION document_customer_exists() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
  SET enable_seqscan = off SET enable_bitmapscan = off AS $$
DECLARE
  customer_ids uuid[] := ARRAY(SELECT DISTINCT customer_id FROM written WHERE status <> 'active' ORDER BY 1);
BEGIN
  IF cardinality(customer_ids) <> (SELECT count(*) FROM accounts_customer c WHERE c.id = ANY(customer_ids)) THEN
    RAISE EXCEPTION 'customer_id names no row of accounts_customer' USING ERRCODE = 'foreign_key_violation',
      CONSTRAINT = 'document_customer_exists', TABLE = 'accounts_document';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER document_customer_exists AFTER INSERT ON accounts_document
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION document_customer_exists();

-- Refuses a document whose identity belongs to another customer: one query for all rows of a statement, instead of a
-- foreign key of two columns. From 200 rows on, identities that this transaction wrote are looked up first, because
-- they need no lock, which would write each of them again.
CREATE OR REPLACE FUNCTION document_identity_is_its_customers() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
  SET enable_seqscan = off SET enable_bitmapscan = off AS $$
DECLARE
  identity_ids uuid[];
  expected uuid[];
  actual uuid[];
BEGIN
  SELECT array_agg(w.id), array_agg(w.customer_id) INTO identity_ids, expected FROM (
    SELECT DISTINCT identity_id AS id, customer_id FROM written WHERE identity_id IS NOT NULL ORDER BY 1, 2
  ) AS w;
  IF identity_ids IS NULL THEN
    RETURN NULL;
  END IF;
  IF cardinality(identity_ids) >= 200 THEN
    actual := ARRAY(
      SELECT t.customer_id FROM accounts_identity t
      WHERE t.id = ANY(identity_ids) AND t.xmin = pg_current_xact_id()::xid ORDER BY t.id
    );
    IF actual = expected THEN
      RETURN NULL;
    END IF;
  END IF;
  actual := ARRAY(SELECT t.customer_id FROM accounts_identity t WHERE t.id = ANY(identity_ids) ORDER BY t.id FOR KEY SHARE);
  -- Both arrays are in the order of the ids, so a missing identity or another customer makes them differ.
  IF actual <> expected THEN
    RAISE EXCEPTION 'identity_id names a row of another customer, or none' USING ERRCODE = 'foreign_key_violation',
      CONSTRAINT = 'document_identity_is_its_customers', TABLE = 'accounts_document';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER document_identity_is_its_customers AFTER INSERT ON accounts_document
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION document_identity_is_its_customers();

-- The same at COMMIT for updated documents, and for an identity that changed its customer or was deleted while
-- documents refer to it.
CREATE OR REPLACE FUNCTION document_identity_is_its_customers_moved() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE document record;
BEGIN
  IF TG_TABLE_NAME = 'accounts_document' THEN
    SELECT r.identity_id, r.customer_id INTO document FROM accounts_document r WHERE r.id = NEW.id AND r.identity_id IS NOT NULL;
    IF NOT FOUND THEN
      RETURN NULL;
    END IF;
    PERFORM FROM accounts_identity t WHERE t.id = document.identity_id AND t.customer_id = document.customer_id FOR KEY SHARE;
    IF FOUND THEN
      RETURN NULL;
    END IF;
  ELSIF NOT EXISTS (
    SELECT FROM accounts_document r WHERE r.identity_id = OLD.id
      AND NOT EXISTS (SELECT FROM accounts_identity t WHERE t.id = r.identity_id AND t.customer_id = r.customer_id)
  ) THEN
    RETURN NULL;
  END IF;
  RAISE EXCEPTION 'identity_id names a row of another customer, or none' USING ERRCODE = 'foreign_key_violation',
    CONSTRAINT = 'document_identity_is_its_customers', TABLE = 'accounts_document';
END $$;
CREATE CONSTRAINT TRIGGER document_identity_is_its_customers_moved AFTER UPDATE OF identity_id, customer_id ON accounts_document
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.identity_id IS DISTINCT FROM NEW.identity_id OR OLD.customer_id <> NEW.customer_id)
  EXECUTE FUNCTION document_identity_is_its_customers_moved();
CREATE CONSTRAINT TRIGGER document_identity_is_its_customers_moved AFTER UPDATE OF customer_id ON accounts_identity
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.customer_id <> NEW.customer_id)
  EXECUTE FUNCTION document_identity_is_its_customers_moved();
CREATE CONSTRAINT TRIGGER document_identity_is_its_customers_gone AFTER DELETE ON accounts_identity
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION document_identity_is_its_customers_moved();

-- The first document (is_primary) and the merge that brought a document (merge_id) change only with a merge in force.
CREATE OR REPLACE FUNCTION accounts_document_first() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' OR NEW.is_primary OR NEW.customer_id = OLD.customer_id
     OR NEW.merge_id IS DISTINCT FROM (
       SELECT CASE WHEN OLD.is_primary THEN s.id ELSE OLD.merge_id END FROM accounts_sameperson s
       WHERE s.customer_id = NEW.customer_id AND s.other_id = OLD.customer_id AND s.decision = 'same'
         AND s.status = 'active') THEN
    RAISE EXCEPTION 'the first document of a customer changes only with a merge in force' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'accounts_document_stands', TABLE = 'accounts_document';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER accounts_document_first AFTER UPDATE OF is_primary, merge_id ON accounts_document
  FOR EACH ROW WHEN (OLD.is_primary <> NEW.is_primary OR OLD.merge_id IS DISTINCT FROM NEW.merge_id)
  EXECUTE FUNCTION accounts_document_first();
CREATE TRIGGER accounts_document_comes_by_none AFTER INSERT ON accounts_document
  FOR EACH ROW WHEN (NEW.merge_id IS NOT NULL) EXECUTE FUNCTION accounts_document_first();

-- Renewals and ends.

-- Validity changes only with the next renewal, from its former day to its new one. No renewal is left out or counted
-- twice.
CREATE OR REPLACE FUNCTION accounts_document_renewed() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' OR NEW.renewal_count <> OLD.renewal_count + 1
     OR NOT EXISTS (SELECT FROM accounts_documentrenewal r WHERE r.document_id = NEW.id AND r.nth = NEW.renewal_count
                    AND r.old_valid_until IS NOT DISTINCT FROM OLD.valid_until
                    AND r.valid_until IS NOT DISTINCT FROM NEW.valid_until) THEN
    RAISE EXCEPTION 'the validity of a document changes only with its next renewal'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'document_validity_by_renewal', TABLE = 'accounts_document';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER document_validity_by_renewal AFTER UPDATE OF valid_until, renewal_count ON accounts_document
  FOR EACH ROW WHEN (OLD.valid_until IS DISTINCT FROM NEW.valid_until OR OLD.renewal_count <> NEW.renewal_count)
  EXECUTE FUNCTION accounts_document_renewed();
CREATE TRIGGER document_begins_unrenewed AFTER INSERT ON accounts_document
  FOR EACH ROW WHEN (NEW.renewal_count <> 0) EXECUTE FUNCTION accounts_document_renewed();

-- Refuses a renewal that the counter of its document leaves out: the document would not show it.
CREATE OR REPLACE FUNCTION accounts_document_renewal_counts() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM accounts_document d WHERE d.id = NEW.document_id AND d.status = 'active'
                 AND NEW.nth BETWEEN 1 AND d.renewal_count) THEN
    RAISE EXCEPTION 'a renewal belongs to a document in force, whose counter includes it'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'document_renewal_counts', TABLE = 'accounts_documentrenewal';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER document_renewal_counts AFTER INSERT ON accounts_documentrenewal
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION accounts_document_renewal_counts();

-- A document in force ends, and loses its identity, only by a withdrawal in force.
CREATE OR REPLACE FUNCTION accounts_document_ends() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF OLD.status <> 'active' OR NEW.status <> 'ended' OR NEW.identity_id IS NOT NULL OR NOT EXISTS (
    SELECT FROM accounts_documentwithdrawal w
    WHERE w.document_id = NEW.id AND w.status = 'active' AND w.in_force_at = NEW.ended_at
  ) THEN
    RAISE EXCEPTION 'a document in force ends only by its withdrawal'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'document_ends_by_withdrawal', TABLE = 'accounts_document';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER document_ends_by_withdrawal AFTER UPDATE OF status, ended_at, identity_id ON accounts_document
  FOR EACH ROW WHEN (
    (OLD.status = 'active' OR NEW.status = 'ended') AND OLD.status IS DISTINCT FROM NEW.status
    OR OLD.ended_at IS DISTINCT FROM NEW.ended_at
    OR OLD.status = 'active' AND OLD.identity_id IS DISTINCT FROM NEW.identity_id
  ) EXECUTE FUNCTION accounts_document_ends();

-- Refuses the end of a customer's last document. Deletes an identity without a document in force, so that it may become
-- another customer's; identities are deleted only here.
CREATE OR REPLACE FUNCTION accounts_identity_freed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM accounts_document d WHERE d.customer_id = NEW.customer_id AND d.status = 'active') THEN
    RAISE EXCEPTION 'the last document of a customer stays in force'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'document_last_stays', TABLE = 'accounts_document';
  END IF;
  IF NOT EXISTS (SELECT FROM accounts_document d WHERE d.identity_id = OLD.identity_id AND d.status = 'active') THEN
    DELETE FROM accounts_identity WHERE id = OLD.identity_id AND customer_id = NEW.customer_id;
  END IF;
  RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION accounts_identity_freed() FROM PUBLIC;
CREATE TRIGGER accounts_identity_freed AFTER UPDATE OF status ON accounts_document
  FOR EACH ROW WHEN (OLD.status = 'active' AND NEW.status = 'ended') EXECUTE FUNCTION accounts_identity_freed();

-- Contradicting identities.

-- A conflict is reviewed by another person than the one who recorded it. The change that resolves it concerns the same
-- customer, was proposed after the conflict, and is in force.
CREATE OR REPLACE FUNCTION accounts_conflict_reviewed() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE customer_ids uuid[]; recorder uuid; conflict_at timestamptz;
BEGIN
  SELECT ARRAY[c.id, coalesce(c.merged_into_id, c.id)], i.principal_id, i.at INTO customer_ids, recorder, conflict_at
  FROM accounts_identityconflict i JOIN accounts_customer c ON c.id = i.customer_id WHERE i.id = NEW.conflict_id;
  IF kernel_same_person(recorder, NEW.principal_id) OR NEW.at < conflict_at THEN
    RAISE EXCEPTION 'the person who recorded a conflict does not review it' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'conflict_review_by_another', TABLE = TG_TABLE_NAME;
  END IF;
  IF (NEW.name_change_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM accounts_namechange n WHERE n.id = NEW.name_change_id AND n.customer_id = ANY(customer_ids)
        AND n.status = 'active' AND n.asked_at >= conflict_at))
     OR (NEW.same_person_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM accounts_sameperson s WHERE s.id = NEW.same_person_id AND s.decision = 'same'
        AND (s.customer_id = ANY(customer_ids) OR s.other_id = ANY(customer_ids))
        AND s.status = 'active' AND s.asked_at >= conflict_at))
     OR (NEW.document_withdrawal_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM accounts_documentwithdrawal w JOIN accounts_document d ON d.id = w.document_id
        WHERE w.id = NEW.document_withdrawal_id AND d.customer_id = ANY(customer_ids)
        AND w.status = 'active' AND w.asked_at >= conflict_at)) THEN
    RAISE EXCEPTION 'the change that resolves a conflict is in force, newer, and of the same customer' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'conflict_review_of_its_customer', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER accounts_conflict_reviewed BEFORE INSERT ON accounts_conflictreview FOR EACH ROW EXECUTE FUNCTION accounts_conflict_reviewed();

-- By table: rows and columns that never change, and the approval that a row needs.

CREATE TRIGGER accounts_document_kept BEFORE UPDATE OF id OR DELETE OR TRUNCATE ON accounts_document
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
-- Only a linked document needs an approval of its own: the first one comes with its customer, others with an approved
-- merge or import.
CREATE CONSTRAINT TRIGGER accounts_document_second_person AFTER INSERT OR UPDATE ON accounts_document
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (
    NEW.status = 'active' AND NOT NEW.is_primary AND NEW.merge_id IS NULL AND NEW.import_batch_id IS NULL
  ) EXECUTE FUNCTION kernel_second_person('document_link');
CREATE TRIGGER accounts_document_stands AFTER UPDATE OF identity_key, type, country, number, created_at, status, identity_id, inner_key,
    import_batch_id ON accounts_document
  FOR EACH ROW WHEN (
    (OLD.identity_key, OLD.type, OLD.country, OLD.number, OLD.inner_key, OLD.created_at, OLD.import_batch_id) IS DISTINCT FROM
      (NEW.identity_key, NEW.type, NEW.country, NEW.number, NEW.inner_key, NEW.created_at, NEW.import_batch_id)
    OR OLD.status NOT IN ('pending', 'active') AND (OLD.status, OLD.identity_id) IS DISTINCT FROM (NEW.status, NEW.identity_id)
  ) EXECUTE FUNCTION kernel_stands();
CREATE TRIGGER document_ends_by_withdrawal_begins AFTER INSERT ON accounts_document
  FOR EACH ROW WHEN (NEW.status = 'ended') EXECUTE FUNCTION kernel_stands();

-- Only accounts_identity_freed deletes an identity.
CREATE TRIGGER accounts_identity_kept BEFORE DELETE OR TRUNCATE ON accounts_identity
  FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION kernel_append_only();
CREATE TRIGGER accounts_identity_id_kept BEFORE UPDATE OF id ON accounts_identity FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
CREATE TRIGGER accounts_identity_stands AFTER UPDATE OF key ON accounts_identity
  FOR EACH ROW WHEN (OLD.key IS DISTINCT FROM NEW.key) EXECUTE FUNCTION kernel_stands();

CREATE TRIGGER accounts_documentrenewal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON accounts_documentrenewal
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();

CREATE TRIGGER accounts_documentwithdrawal_kept BEFORE UPDATE OF id OR DELETE OR TRUNCATE ON accounts_documentwithdrawal
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
CREATE TRIGGER accounts_documentwithdrawal_stands AFTER UPDATE OF document_id, reason, asked_at, status, in_force_at ON
    accounts_documentwithdrawal
  FOR EACH ROW WHEN (
    (OLD.document_id, OLD.reason, OLD.asked_at) IS DISTINCT FROM (NEW.document_id, NEW.reason, NEW.asked_at)
    OR OLD.status <> 'pending' AND (OLD.status, OLD.in_force_at) IS DISTINCT FROM (NEW.status, NEW.in_force_at)
  ) EXECUTE FUNCTION kernel_stands();
CREATE CONSTRAINT TRIGGER accounts_documentwithdrawal_second_person AFTER INSERT OR UPDATE ON accounts_documentwithdrawal
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.status = 'active')
  EXECUTE FUNCTION kernel_second_person('document_withdrawal', 'in_force_at');

CREATE TRIGGER accounts_identityconflict_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON accounts_identityconflict
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();

CREATE TRIGGER accounts_conflictreview_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON accounts_conflictreview
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
