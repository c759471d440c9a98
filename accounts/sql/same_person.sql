-- Customers who may be one person: matched by name and birth date, or by a citizen number; decided by two persons.
--
-- Rule: 通告 第五条 says 同一个人 (NOTICE_5_CLASS_I, NOTICE_5_PAYMENT_III, NOTICE_5_CARDS). House rule: until a decision, a
-- Class I account, a Class III payment account and the four debit cards are counted over both customers. Constraints:
-- account_not_beside_possible_same, card_not_beside_possible_same.

-- The citizen numbers that a customer's documents show or contain, as keys of identities.
CREATE OR REPLACE FUNCTION accounts_citizen_keys(customer uuid) RETURNS bytea[] LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT coalesce(array_agg(DISTINCT citizen.key), '{}') FROM accounts_document d
  CROSS JOIN LATERAL (VALUES
    (CASE WHEN d.type IN ('resident_id', 'temporary_id', 'household_register') THEN d.identity_key END), (d.inner_key)
  ) citizen (key)
  WHERE d.customer_id = customer AND d.status = 'active' AND citizen.key IS NOT NULL
$$;

-- Individuals who may be the given person, with the reasons, and the reasons that two persons decided not to count.
-- Name and birth date count only if one of the two has no citizen number: two citizen numbers belong to two persons.
CREATE OR REPLACE FUNCTION accounts_possible_same(customer uuid, wanted_key bytea, citizen_keys bytea[])
RETURNS TABLE (customer_id uuid, reasons text[], decided text[]) LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
  WITH candidates AS (
    SELECT c.id FROM accounts_customer c WHERE c.match_key = wanted_key
    UNION
    SELECT i.customer_id FROM accounts_identity i WHERE i.key = ANY (citizen_keys)
    UNION
    SELECT d.customer_id FROM accounts_document d WHERE d.inner_key = ANY (citizen_keys) AND d.status = 'active'
  ), individuals AS MATERIALIZED (
    SELECT c.id, c.match_key, accounts_citizen_keys(c.id) AS keys
    FROM candidates JOIN accounts_customer c ON c.id = candidates.id
    WHERE c.id IS DISTINCT FROM customer AND c.kind = 'individual' AND NOT EXISTS (
      SELECT FROM accounts_sameperson s WHERE s.other_id = c.id AND s.decision = 'same' AND s.status = 'active'
    )
  ), matches AS (
    SELECT id, array_remove(ARRAY[
      CASE WHEN match_key = wanted_key AND (cardinality(citizen_keys) = 0 OR cardinality(keys) = 0)
           THEN 'name_birth_date' END,
      CASE WHEN keys && citizen_keys THEN 'citizen_number' END
    ], NULL) AS reasons FROM individuals
  )
  SELECT m.id, m.reasons, ARRAY(
    SELECT DISTINCT unnest(s.reasons)::text FROM accounts_sameperson s
    WHERE s.decision = 'different' AND s.status = 'active'
      AND (s.customer_id = customer AND s.other_id = m.id OR s.customer_id = m.id AND s.other_id = customer)
  )
  FROM matches m WHERE cardinality(m.reasons) > 0
$$;

-- Customers who may be the same person as the given one, for a reason without a decision.
CREATE OR REPLACE FUNCTION accounts_undecided_same(customer uuid) RETURNS SETOF uuid LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT m.customer_id FROM accounts_customer c
  CROSS JOIN LATERAL accounts_possible_same(c.id, c.match_key, accounts_citizen_keys(c.id)) m
  WHERE c.id = customer AND c.kind = 'individual' AND NOT m.reasons <@ m.decided
$$;

-- Two transactions that open accounts or cards for possibly one person wait for each other, so that the second sees
-- what the first has opened.
CREATE OR REPLACE FUNCTION accounts_lock_matches(customer uuid) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE bucket int;
BEGIN
  FOR bucket IN
    SELECT DISTINCT get_byte(lookup.key, 2) % 16 * 256 + get_byte(lookup.key, 3)
    FROM accounts_customer c CROSS JOIN LATERAL unnest(accounts_citizen_keys(c.id) || c.match_key) lookup (key)
    WHERE c.id = customer AND c.kind = 'individual' AND lookup.key IS NOT NULL ORDER BY 1
  LOOP
    PERFORM pg_advisory_xact_lock(x'6E'::int, bucket);
  END LOOP;
END $$;

-- Refuses a Class I or a Class III payment account if a customer who may be the same person has one.
CREATE OR REPLACE FUNCTION accounts_account_not_beside() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM accounts_lock_matches(NEW.customer_id);
  IF EXISTS (
    SELECT FROM accounts_undecided_same(NEW.customer_id) other (id) JOIN accounts_account a ON a.customer_id = other.id
    WHERE a.status = 'open' AND a.kind = NEW.kind AND a.account_class = NEW.account_class
  ) THEN
    RAISE EXCEPTION 'two customers who may be one person have one such account together until this is decided'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'account_not_beside_possible_same', TABLE = 'accounts_account';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER account_not_beside_possible_same AFTER INSERT ON accounts_account
  FOR EACH ROW WHEN (
    NEW.status = 'open' AND NEW.import_batch_id IS NULL AND (NEW.kind, NEW.account_class) IN (('bank', 'I'), ('payment', 'III'))
  ) EXECUTE FUNCTION accounts_account_not_beside();
CREATE TRIGGER account_change_not_beside_possible_same AFTER UPDATE OF kind, account_class, status ON accounts_account
  FOR EACH ROW WHEN (
    NEW.status = 'open' AND (NEW.kind, NEW.account_class) IN (('bank', 'I'), ('payment', 'III'))
      AND (OLD.kind, OLD.account_class, OLD.status) IS DISTINCT FROM (NEW.kind, NEW.account_class, NEW.status)
  ) EXECUTE FUNCTION accounts_account_not_beside();

-- Refuses a fifth debit card, counted over customers who may be the same person. A card that replaces one cancelled at
-- the same instant does not count as a further card.
CREATE OR REPLACE FUNCTION accounts_card_not_beside() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE others_count int;
BEGIN
  IF EXISTS (SELECT FROM accounts_card r WHERE r.id = NEW.replaces_id AND r.customer_id = NEW.customer_id
             AND r.cancelled_at = NEW.issued_at) THEN
    RETURN NULL;
  END IF;
  PERFORM accounts_lock_matches(NEW.customer_id);
  SELECT count(*) INTO others_count
  FROM accounts_undecided_same(NEW.customer_id) other (id) JOIN accounts_card c ON c.customer_id = other.id
  WHERE c.product = 'debit' AND c.status <> 'cancelled';
  IF others_count > 0 AND others_count + (SELECT count(*) FROM accounts_card c WHERE c.customer_id = NEW.customer_id
                              AND c.product = 'debit' AND c.status <> 'cancelled') > 4 THEN
    RAISE EXCEPTION 'customers who may be one person have four debit cards together until this is decided'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'card_not_beside_possible_same', TABLE = 'accounts_card';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER card_not_beside_possible_same AFTER INSERT ON accounts_card
  FOR EACH ROW WHEN (NEW.product = 'debit' AND NEW.status <> 'cancelled' AND NEW.import_batch_id IS NULL)
  EXECUTE FUNCTION accounts_card_not_beside();

-- By table: rows and columns that never change, and the approval that a row needs.

CREATE TRIGGER accounts_sameperson_kept BEFORE UPDATE OF id OR DELETE OR TRUNCATE ON accounts_sameperson
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
CREATE TRIGGER accounts_sameperson_stands AFTER UPDATE OF customer_id, other_id, decision, evidence, asked_at, status, in_force_at,
    reverified_at, reasons ON accounts_sameperson
  FOR EACH ROW WHEN (
    (OLD.customer_id, OLD.other_id, OLD.decision, OLD.evidence, OLD.asked_at, OLD.reasons) IS DISTINCT FROM
      (NEW.customer_id, NEW.other_id, NEW.decision, NEW.evidence, NEW.asked_at, NEW.reasons)
    OR OLD.status <> 'pending'
      AND (OLD.status, OLD.in_force_at, OLD.reverified_at) IS DISTINCT FROM (NEW.status, NEW.in_force_at, NEW.reverified_at)
  ) EXECUTE FUNCTION kernel_stands();
CREATE CONSTRAINT TRIGGER accounts_sameperson_second_person AFTER INSERT OR UPDATE ON accounts_sameperson
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.status = 'active' AND NEW.decision = 'same')
  EXECUTE FUNCTION kernel_second_person('customer_merge', 'in_force_at');
CREATE CONSTRAINT TRIGGER accounts_sameperson_different AFTER INSERT OR UPDATE ON accounts_sameperson
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.status = 'active' AND NEW.decision = 'different')
  EXECUTE FUNCTION kernel_second_person('customer_difference', 'in_force_at');
