-- Customers: names, re-verifications, particulars and beneficial owners.
--
-- Rule: a name changes only by a change of name in force (house rule: customer_name_by_change); a customer is re-verified
-- only by a re-verification in force, in person (银发〔2016〕261号 一(二), PBOC_261_REVERIFICATION); particulars fit the
-- kind of customer, have as many beneficial owners as they count (particulars_name_owners), and are added, never changed.

-- Names and match keys.

-- Refuses a new name unless the latest change of name in force leads from the former name to it.
CREATE OR REPLACE FUNCTION accounts_customer_named() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE change record;
BEGIN
  SELECT n.old_name_index, n.name_index INTO change FROM accounts_namechange n
  WHERE n.customer_id = NEW.id AND n.status = 'active' ORDER BY n.in_force_at DESC, n.id DESC LIMIT 1;
  IF OLD.name_index = NEW.name_index OR change.old_name_index IS DISTINCT FROM OLD.name_index
     OR change.name_index IS DISTINCT FROM NEW.name_index THEN
    RAISE EXCEPTION 'the name of a customer changes only by a change of name in force'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'customer_name_by_change', TABLE = 'accounts_customer';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER customer_name_by_change AFTER UPDATE OF name, name_index ON accounts_customer
  FOR EACH ROW WHEN ((OLD.name, OLD.name_index) IS DISTINCT FROM (NEW.name, NEW.name_index)) EXECUTE FUNCTION accounts_customer_named();

-- The match key (name and birth date) changes without the name only after a document of the customer has ended, because
-- the birth date may have come from that document.
CREATE OR REPLACE FUNCTION accounts_customer_keyed() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM accounts_document d WHERE d.customer_id = NEW.id AND d.status = 'ended') THEN
    RAISE EXCEPTION 'the match key changes only with the name, or after a document has ended'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'accounts_customer_stands', TABLE = 'accounts_customer';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER accounts_customer_match_stands AFTER UPDATE OF match_key ON accounts_customer
  FOR EACH ROW WHEN (
    OLD.match_key IS NOT NULL AND OLD.match_key IS DISTINCT FROM NEW.match_key AND OLD.name_index IS NOT DISTINCT FROM NEW.name_index
  ) EXECUTE FUNCTION accounts_customer_keyed();

-- Re-verifications.

-- Refuses a re-verification by telephone, by video or from a distance. The method is free text, so its words are
-- searched.
CREATE OR REPLACE FUNCTION accounts_reverification_in_person() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'a customer is re-verified in person' USING ERRCODE = 'check_violation',
    CONSTRAINT = 'reverification_in_person', TABLE = 'accounts_reverification';
END $$;
CREATE TRIGGER reverification_in_person AFTER INSERT OR UPDATE OF status, method ON accounts_reverification
  FOR EACH ROW WHEN (NEW.status = 'active' AND NEW.method ~* '电话|视频|远程|phone|video|remote')
  EXECUTE FUNCTION accounts_reverification_in_person();

-- Refuses an instant of re-verification at which no re-verification came into force.
CREATE OR REPLACE FUNCTION accounts_customer_reverified() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM accounts_reverification r WHERE r.customer_id = NEW.id AND r.status = 'active'
                 AND r.in_force_at = NEW.reverified_at) THEN
    RAISE EXCEPTION 'no re-verification came into force at this instant' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'customer_reverified_by_reverification', TABLE = 'accounts_customer';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER customer_reverified_by_reverification AFTER INSERT OR UPDATE OF reverified_at ON accounts_customer
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.reverified_at IS NOT NULL) EXECUTE FUNCTION accounts_customer_reverified();

-- Derives the case certificates that the re-verification lifts from what its checker was shown. A value given by the
-- writer is ignored.
CREATE OR REPLACE FUNCTION accounts_customer_knowing() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  NEW.reverified_knowing := (
    SELECT array_agg(DISTINCT shown.id::uuid)
    FROM accounts_reverification r
    JOIN kernel_approval a ON a.object_id = r.id AND a.kind = 'reverification'
    CROSS JOIN LATERAL jsonb_array_elements_text(a.before -> 'case_certificates') AS shown(id)
    WHERE r.customer_id = NEW.id AND r.status = 'active' AND r.in_force_at = NEW.reverified_at
  );
  RETURN NEW;
END $$;
CREATE TRIGGER accounts_customer_knowing BEFORE INSERT OR UPDATE OF reverified_at, reverified_knowing ON accounts_customer
  FOR EACH ROW WHEN (NEW.reverified_at IS NOT NULL OR NEW.reverified_knowing IS NOT NULL) EXECUTE FUNCTION accounts_customer_knowing();

-- Particulars.

-- Refuses particulars of an organization for an individual, and the other way round.
CREATE OR REPLACE FUNCTION accounts_particulars_told() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM accounts_customer u WHERE u.id = NEW.customer_id
                 AND u.kind = CASE WHEN NEW.proof_kind IS NULL THEN 'individual' ELSE 'organization' END) THEN
    RAISE EXCEPTION 'particulars fit the kind of customer' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'particulars_of_its_customer', TABLE = 'accounts_customerparticulars';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER particulars_of_its_customer AFTER INSERT ON accounts_customerparticulars FOR EACH ROW EXECUTE FUNCTION accounts_particulars_told();

-- Particulars have as many owners as owner_count says. A passive organization has an owner, and all of its owners state
-- their tax residency; owners of other organizations state none.
CREATE OR REPLACE FUNCTION accounts_owners_told() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE particulars uuid := coalesce(to_jsonb(NEW) ->> 'particulars_id', NEW.id::text)::uuid;
BEGIN
  IF (SELECT coalesce(p.owner_count, 0) FROM accounts_customerparticulars p WHERE p.id = particulars)
     <> (SELECT count(*) FROM accounts_beneficialowner o WHERE o.particulars_id = particulars) THEN
    RAISE EXCEPTION 'the number of owners is owner_count' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'particulars_name_owners', TABLE = TG_TABLE_NAME;
  END IF;
  IF (SELECT CASE WHEN p.tax_entity = 'passive' THEN p.owner_count = 0 OR EXISTS (
               SELECT FROM accounts_beneficialowner o WHERE o.particulars_id = particulars AND o.tax_residency IS NULL)
             ELSE EXISTS (
               SELECT FROM accounts_beneficialowner o WHERE o.particulars_id = particulars AND o.tax_residency IS NOT NULL) END
      FROM accounts_customerparticulars p WHERE p.id = particulars) THEN
    RAISE EXCEPTION 'owners state their tax residency for a passive organization, and only for one' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'particulars_passive_controllers', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER particulars_name_owners AFTER INSERT ON accounts_customerparticulars
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION accounts_owners_told();
CREATE CONSTRAINT TRIGGER owners_of_particulars AFTER INSERT ON accounts_beneficialowner
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION accounts_owners_told();

-- By table: rows and columns that never change, and the approval that a row needs.

CREATE TRIGGER accounts_customer_kept BEFORE UPDATE OF id OR DELETE OR TRUNCATE ON accounts_customer
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
CREATE TRIGGER accounts_customer_stands AFTER UPDATE OF kind, created_at, import_batch_id, merged_into_id ON accounts_customer
  FOR EACH ROW WHEN (
    (OLD.kind, OLD.created_at, OLD.import_batch_id) IS DISTINCT FROM (NEW.kind, NEW.created_at, NEW.import_batch_id)
    OR OLD.merged_into_id IS NOT NULL AND NEW.merged_into_id IS NULL
  ) EXECUTE FUNCTION kernel_stands();

CREATE TRIGGER accounts_namechange_kept BEFORE UPDATE OF id OR DELETE OR TRUNCATE ON accounts_namechange
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
CREATE TRIGGER accounts_namechange_stands AFTER UPDATE OF customer_id, document_id, old_name, old_name_index, name, name_index, evidence,
    asked_at, status, in_force_at ON accounts_namechange
  FOR EACH ROW WHEN (
    (OLD.customer_id, OLD.document_id, OLD.old_name, OLD.old_name_index, OLD.name, OLD.name_index, OLD.evidence, OLD.asked_at)
      IS DISTINCT FROM
      (NEW.customer_id, NEW.document_id, NEW.old_name, NEW.old_name_index, NEW.name, NEW.name_index, NEW.evidence, NEW.asked_at)
    OR OLD.status <> 'pending' AND (OLD.status, OLD.in_force_at) IS DISTINCT FROM (NEW.status, NEW.in_force_at)
  ) EXECUTE FUNCTION kernel_stands();
CREATE CONSTRAINT TRIGGER accounts_namechange_second_person AFTER INSERT OR UPDATE ON accounts_namechange
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.status = 'active')
  EXECUTE FUNCTION kernel_second_person('name_change', 'in_force_at');

CREATE TRIGGER accounts_reverification_kept BEFORE UPDATE OF id OR DELETE OR TRUNCATE ON accounts_reverification
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
CREATE CONSTRAINT TRIGGER accounts_reverification_second_person AFTER INSERT OR UPDATE ON accounts_reverification
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.status = 'active')
  EXECUTE FUNCTION kernel_second_person('reverification', 'in_force_at');
CREATE TRIGGER accounts_reverification_stands AFTER UPDATE OF method, result, asked_at, status, in_force_at ON accounts_reverification
  FOR EACH ROW WHEN (
    (OLD.method, OLD.result, OLD.asked_at) IS DISTINCT FROM (NEW.method, NEW.result, NEW.asked_at)
    OR OLD.status <> 'pending' AND (OLD.status, OLD.in_force_at) IS DISTINCT FROM (NEW.status, NEW.in_force_at)
  ) EXECUTE FUNCTION kernel_stands();

CREATE TRIGGER accounts_identitycheck_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON accounts_identitycheck
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();

CREATE TRIGGER accounts_customerparticulars_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON accounts_customerparticulars
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();

CREATE TRIGGER accounts_beneficialowner_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON accounts_beneficialowner
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();

CREATE TRIGGER accounts_legalrepresentative_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON accounts_legalrepresentative
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
