-- Cards: the four places, exceptions, replacements, agents and guardians, and moves to another account.
--
-- Rule: four debit cards of one customer (通告 第五条, NOTICE_5_CARDS; slot), a further one by an approved exception
-- (card_exception_is_approved), a merge or stock (银监发〔2015〕48号, CBRC_48_CARDS: card_slot_or_reason); an agent collects
-- at most three cards for others (CBRC_48_AGENT: card_agent_three_per_person); a card belongs to the customer of its
-- account.

-- Refuses a place while the customer has four other live debit cards, with a place or without; as
-- accounts_account_takes_place.
CREATE OR REPLACE FUNCTION accounts_card_takes_place(new_card uuid, holder uuid, batch uuid) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
DECLARE batch_unfinished boolean;
BEGIN
  PERFORM FROM accounts_customer c WHERE c.id = holder FOR NO KEY UPDATE;
  batch_unfinished := EXISTS (SELECT FROM accounts_importbatch b WHERE b.id = batch AND b.finished_at IS NULL);
  IF 4 <= (
    SELECT count(*) FROM accounts_card o LEFT JOIN accounts_importbatch b ON b.id = o.import_batch_id
    WHERE o.customer_id = holder AND o.product = 'debit' AND o.status <> 'cancelled' AND o.id <> new_card
      AND NOT (batch_unfinished AND o.slot IS NULL AND b.id IS NOT NULL AND b.finished_at IS NULL)) THEN
    RAISE EXCEPTION 'a card takes no place while the customer has four live debit cards' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'card_no_place_beside_excess', TABLE = 'accounts_card';
  END IF;
END $$;

-- The card and all cards that it replaced, directly or indirectly.
CREATE OR REPLACE FUNCTION accounts_card_line(card uuid) RETURNS SETOF uuid LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
  WITH RECURSIVE chain AS (
    SELECT c.id, c.replaces_id FROM accounts_card c WHERE c.id = card
    UNION ALL SELECT c.id, c.replaces_id FROM accounts_card c JOIN chain ON c.id = chain.replaces_id
  ) SELECT id FROM chain
$$;

-- The last replacement of the given card; the card itself if it was never replaced.
CREATE OR REPLACE FUNCTION accounts_card_now(card uuid) RETURNS uuid LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
  WITH RECURSIVE chain AS (
    SELECT card AS id
    UNION ALL SELECT c.id FROM accounts_card c JOIN chain ON c.replaces_id = chain.id
  ) SELECT l.id FROM chain l WHERE NOT EXISTS (SELECT FROM accounts_card c WHERE c.replaces_id = l.id)
$$;

-- The customer of a card.

-- Refuses a card whose account belongs to another customer: one query for all rows of a statement, instead of a foreign
-- key of two columns. From 200 rows on, accounts that this transaction wrote are looked up first, because they need no
-- lock.
CREATE OR REPLACE FUNCTION card_account_is_its_customers() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
  SET enable_seqscan = off SET enable_bitmapscan = off AS $$
DECLARE
  account_ids uuid[];
  expected uuid[];
  actual uuid[];
BEGIN
  SELECT array_agg(w.id), array_agg(w.customer_id) INTO account_ids, expected FROM (
    SELECT DISTINCT account_id AS id, customer_id FROM written WHERE account_id IS NOT NULL ORDER BY 1, 2
  ) AS w;
  IF account_ids IS NULL THEN
    RETURN NULL;
  END IF;
  IF cardinality(account_ids) >= 200 THEN
    actual := ARRAY(
      SELECT t.customer_id FROM accounts_account t
      WHERE t.id = ANY(account_ids) AND t.xmin = pg_current_xact_id()::xid ORDER BY t.id
    );
    IF actual = expected THEN
      RETURN NULL;
    END IF;
  END IF;
  actual := ARRAY(SELECT t.customer_id FROM accounts_account t WHERE t.id = ANY(account_ids) ORDER BY t.id FOR KEY SHARE);
  -- Both arrays are in the order of the ids, so a missing account or another customer makes them differ.
  IF actual <> expected THEN
    RAISE EXCEPTION 'account_id names a row of another customer, or none' USING ERRCODE = 'foreign_key_violation',
      CONSTRAINT = 'card_account_is_its_customers', TABLE = 'accounts_card';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER card_account_is_its_customers AFTER INSERT ON accounts_card
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION card_account_is_its_customers();

-- The same at COMMIT for updated cards, and for an account that changed its customer or was deleted while cards refer
-- to it.
CREATE OR REPLACE FUNCTION card_account_is_its_customers_moved() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE card record;
BEGIN
  IF TG_TABLE_NAME = 'accounts_card' THEN
    SELECT r.account_id, r.customer_id INTO card FROM accounts_card r WHERE r.id = NEW.id AND r.account_id IS NOT NULL;
    IF NOT FOUND THEN
      RETURN NULL;
    END IF;
    PERFORM FROM accounts_account t WHERE t.id = card.account_id AND t.customer_id = card.customer_id FOR KEY SHARE;
    IF FOUND THEN
      RETURN NULL;
    END IF;
  ELSIF NOT EXISTS (
    SELECT FROM accounts_card r WHERE r.account_id = OLD.id
      AND NOT EXISTS (SELECT FROM accounts_account t WHERE t.id = r.account_id AND t.customer_id = r.customer_id)
  ) THEN
    RETURN NULL;
  END IF;
  RAISE EXCEPTION 'account_id names a row of another customer, or none' USING ERRCODE = 'foreign_key_violation',
    CONSTRAINT = 'card_account_is_its_customers', TABLE = 'accounts_card';
END $$;
CREATE CONSTRAINT TRIGGER card_account_is_its_customers_moved AFTER UPDATE OF account_id, customer_id ON accounts_card
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.account_id IS DISTINCT FROM NEW.account_id OR OLD.customer_id <> NEW.customer_id)
  EXECUTE FUNCTION card_account_is_its_customers_moved();
CREATE CONSTRAINT TRIGGER card_account_is_its_customers_moved AFTER UPDATE OF customer_id ON accounts_account
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.customer_id <> NEW.customer_id)
  EXECUTE FUNCTION card_account_is_its_customers_moved();
CREATE CONSTRAINT TRIGGER card_account_is_its_customers_gone AFTER DELETE ON accounts_account
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION card_account_is_its_customers_moved();

-- The four places.

-- All new rows of a statement. The batch of a card is unfinished, and a listed breach is its own. A replacement has the
-- place and the reasons of the replaced card. A card takes no place while another one is beyond the four.
CREATE OR REPLACE FUNCTION accounts_cards_begin() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  batch uuid;
  card record;
BEGIN
  FOR batch IN
    SELECT DISTINCT f.import_batch_id FROM fresh f
    WHERE f.import_batch_id IS NOT NULL AND f.replaces_id IS NULL ORDER BY 1
  LOOP
    PERFORM accounts_batch_unfinished(batch, 'card_batch_unfinished', 'accounts_card');
  END LOOP;
  IF EXISTS (
    SELECT FROM fresh f LEFT JOIN accounts_stockbreach b ON b.id = f.breach_id
    WHERE f.breach_id IS NOT NULL AND f.replaces_id IS NULL AND (
      f.slot IS NOT NULL OR f.product <> 'debit' OR b.import_batch_id IS DISTINCT FROM f.import_batch_id
      OR b."limit" IS DISTINCT FROM 'cards'
      OR b.opened_on IS DISTINCT FROM (f.issued_at AT TIME ZONE 'Asia/Shanghai')::date)) THEN
    RAISE EXCEPTION 'a listed breach has batch, limit and day of its card, which has no place' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'card_breach_is_its_own', TABLE = 'accounts_card';
  END IF;
  IF EXISTS (
    SELECT FROM fresh f LEFT JOIN accounts_card r ON r.id = f.replaces_id
    WHERE f.replaces_id IS NOT NULL
      AND (f.import_batch_id IS NOT NULL OR f.breach_id IS NOT NULL OR f.product = 'debit' AND f.slot IS NULL)
      AND (
        r.status = 'cancelled' AND r.cancelled_at = f.issued_at AND r.customer_id = f.customer_id
        AND r.account_id = f.account_id AND r.product = f.product
        AND (r.slot, r.import_batch_id, r.breach_id, r.exception_id, r.merge_id)
            IS NOT DISTINCT FROM (f.slot, f.import_batch_id, f.breach_id, f.exception_id, f.merge_id)
        -- A replaced card without a place or a reason was issued before the rule, or is itself a replacement.
        AND (f.product <> 'debit' OR r.slot IS NOT NULL OR r.replaces_id IS NOT NULL
             OR coalesce(r.breach_id, r.exception_id, r.merge_id) IS NOT NULL OR r.issued_at < '2015-12-31T16:00:00+00:00')
      ) IS NOT TRUE) THEN
    RAISE EXCEPTION 'a replacement has the place and the reasons of the replaced card' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'card_replacement_inherits', TABLE = 'accounts_card';
  END IF;
  FOR card IN
    SELECT f.* FROM fresh f
    -- An approved exception takes a free place without this check.
    WHERE f.product = 'debit' AND f.status <> 'cancelled' AND f.slot IS NOT NULL AND f.exception_id IS NULL AND EXISTS (
      SELECT FROM accounts_card o
      LEFT JOIN accounts_importbatch b ON b.id = o.import_batch_id AND b.finished_at IS NULL
      WHERE o.customer_id = f.customer_id AND o.product = 'debit' AND o.status <> 'cancelled' AND o.slot IS NULL
        AND (b.id IS NULL OR f.import_batch_id IS NULL)
    ) AND NOT EXISTS (
      SELECT FROM accounts_card r WHERE r.id = f.replaces_id AND r.customer_id = f.customer_id AND r.status = 'cancelled'
        AND r.product = 'debit' AND r.slot = f.slot AND r.cancelled_at = f.issued_at
    )
    ORDER BY f.customer_id
  LOOP
    PERFORM accounts_card_takes_place(card.id, card.customer_id, card.import_batch_id);
  END LOOP;
  RETURN NULL;
END $$;
CREATE TRIGGER card_no_place_beside_excess AFTER INSERT ON accounts_card
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION accounts_cards_begin();

-- A card gets a place later only while the customer has fewer than four other live debit cards.
CREATE OR REPLACE FUNCTION accounts_card_gets_place() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM accounts_card_takes_place(NEW.id, NEW.customer_id, NEW.import_batch_id);
  RETURN NULL;
END $$;
CREATE TRIGGER card_gets_no_place_beside_excess AFTER UPDATE OF slot ON accounts_card
  FOR EACH ROW WHEN (NEW.status <> 'cancelled' AND NEW.slot IS NOT NULL AND OLD.slot IS NULL AND OLD.customer_id = NEW.customer_id)
  EXECUTE FUNCTION accounts_card_gets_place();

-- A card loses its place only by a merge of customers.
CREATE OR REPLACE FUNCTION accounts_card_goes_beyond() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'a card loses its place only by a merge of customers' USING ERRCODE = 'check_violation',
    CONSTRAINT = 'card_beyond_by_approval', TABLE = 'accounts_card';
END $$;
CREATE TRIGGER card_beyond_by_approval AFTER UPDATE OF slot ON accounts_card
  FOR EACH ROW WHEN (NEW.product = 'debit' AND OLD.slot IS NOT NULL AND NEW.slot IS NULL AND NEW.merge_id IS NULL)
  EXECUTE FUNCTION accounts_card_goes_beyond();

-- A card by exception has account and product of the approved exception, or replaces such a card.
CREATE OR REPLACE FUNCTION accounts_card_excepted() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM accounts_cardexception x WHERE x.id = NEW.exception_id AND x.status = 'active'
                 AND x.account_id = NEW.account_id AND x.product = NEW.product)
     AND NOT EXISTS (SELECT FROM accounts_card r WHERE r.id = NEW.replaces_id AND r.exception_id = NEW.exception_id
                     AND r.account_id = NEW.account_id AND r.product = NEW.product AND r.status = 'cancelled') THEN
    RAISE EXCEPTION 'no approved exception has this account and product' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'card_exception_is_approved', TABLE = 'accounts_card';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER card_exception_is_approved AFTER INSERT ON accounts_card
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.exception_id IS NOT NULL) EXECUTE FUNCTION accounts_card_excepted();

-- Agents, guardians, and products for individuals.

-- card_agent_slot_once counts the places of an agent per document; here the cards of all documents of the person are
-- counted. Locks the agent's customer row, so that two counters wait for each other.
CREATE OR REPLACE FUNCTION accounts_card_agent_person() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE person uuid;
BEGIN
  SELECT i.customer_id INTO person FROM accounts_identity i WHERE i.key = NEW.agent_key;
  PERFORM FROM accounts_customer c WHERE c.id = person FOR NO KEY UPDATE;
  IF (SELECT count(*) FROM accounts_identity i JOIN accounts_card c ON c.agent_key = i.key
      WHERE i.customer_id = person AND c.agent_slot IS NOT NULL AND c.status <> 'cancelled') > 3 THEN
    RAISE EXCEPTION 'an agent collects at most three cards for others, over all of the agent''s documents'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'card_agent_three_per_person', TABLE = 'accounts_card';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER card_agent_three_per_person AFTER INSERT ON accounts_card
  FOR EACH ROW WHEN (NEW.agent_slot IS NOT NULL) EXECUTE FUNCTION accounts_card_agent_person();

CREATE CONSTRAINT TRIGGER card_guardian_of_individual AFTER INSERT ON accounts_card
  FOR EACH ROW WHEN (NEW.agent_relation = 'guardian') EXECUTE FUNCTION accounts_guarded();

-- Products outside the four are issued to individuals; an organization's card is only replaced.
CREATE OR REPLACE FUNCTION accounts_card_personal() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM accounts_customer c WHERE c.kind = 'individual'
      AND c.id = (SELECT a.customer_id FROM accounts_account a WHERE a.id = NEW.account_id)
    )
     AND NOT EXISTS (SELECT FROM accounts_card r WHERE r.id = NEW.replaces_id AND r.product = NEW.product
                     AND r.account_id = NEW.account_id) THEN
    RAISE EXCEPTION 'a product for individuals is issued to individuals' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'card_exempt_is_personal', TABLE = 'accounts_card';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER card_exempt_is_personal AFTER INSERT ON accounts_card
  FOR EACH ROW WHEN (NEW.product <> 'debit') EXECUTE FUNCTION accounts_card_personal();

-- Moves to another account.

-- A card changes its account only by a merge of the two accounts in force that moves the cards; the move is recorded.
-- Runs with the owner's rights, so that only this trigger writes the record.
CREATE OR REPLACE FUNCTION accounts_card_moved() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE action record;
BEGIN
  SELECT x.id, x.in_force_at INTO action FROM accounts_cleanupaction x JOIN accounts_cleanupitem i ON i.id = x.item_id
  WHERE x.way = 'merge' AND x.cards = 'move' AND x.status = 'active' AND i.account_id = OLD.account_id
    AND x.to_account_id = NEW.account_id;
  IF NOT FOUND OR OLD.status = 'cancelled' OR OLD.customer_id <> NEW.customer_id THEN
    RAISE EXCEPTION 'a card changes its account only by a action of the two accounts' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'card_moves_by_merge', TABLE = 'accounts_card';
  END IF;
  INSERT INTO accounts_cardmove (id, action_id, card_id, from_account_id, to_account_id, at)
  VALUES (uuidv7(), action.id, NEW.id, OLD.account_id, NEW.account_id, action.in_force_at);
  RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION accounts_card_moved() FROM PUBLIC;
CREATE TRIGGER card_moves_by_merge AFTER UPDATE OF account_id ON accounts_card
  FOR EACH ROW WHEN (OLD.account_id <> NEW.account_id) EXECUTE FUNCTION accounts_card_moved();

-- By table: rows and columns that never change, and the approval that a row needs.

CREATE TRIGGER accounts_card_kept BEFORE UPDATE OF id OR DELETE OR TRUNCATE ON accounts_card FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
CREATE TRIGGER accounts_card_stands AFTER UPDATE OF product, number, number_index, exception_id, import_batch_id, agent_key, agent_name,
    agent_slot, replaces_id, issued_at, status, cancelled_at, agent_relation, proof, merge_id, breach_id ON accounts_card
  FOR EACH ROW WHEN (
    (OLD.product, OLD.number, OLD.number_index, OLD.exception_id, OLD.import_batch_id, OLD.agent_key, OLD.agent_name, OLD.agent_slot,
      OLD.replaces_id, OLD.issued_at, OLD.agent_relation, OLD.proof, OLD.breach_id) IS DISTINCT FROM
      (NEW.product, NEW.number, NEW.number_index, NEW.exception_id, NEW.import_batch_id, NEW.agent_key, NEW.agent_name, NEW.agent_slot,
        NEW.replaces_id, NEW.issued_at, NEW.agent_relation, NEW.proof, NEW.breach_id)
    OR OLD.status = 'cancelled' AND (OLD.status, OLD.cancelled_at) IS DISTINCT FROM (NEW.status, NEW.cancelled_at)
    OR OLD.merge_id IS NOT NULL AND OLD.merge_id IS DISTINCT FROM NEW.merge_id AND OLD.slot IS NULL
  ) EXECUTE FUNCTION kernel_stands();

CREATE TRIGGER accounts_cardexception_kept BEFORE UPDATE OF id OR DELETE OR TRUNCATE ON accounts_cardexception
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
CREATE CONSTRAINT TRIGGER accounts_cardexception_second_person AFTER INSERT OR UPDATE ON accounts_cardexception
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.status = 'active')
  EXECUTE FUNCTION kernel_second_person('card_exception', 'approved_at');
CREATE TRIGGER accounts_cardexception_stands AFTER UPDATE OF account_id, product, reason, asked_at, status, approved_at, proof,
    handed_out_at, handed_out_by_id ON accounts_cardexception
  FOR EACH ROW WHEN (
    (OLD.account_id, OLD.product, OLD.reason, OLD.asked_at, OLD.proof) IS DISTINCT FROM
      (NEW.account_id, NEW.product, NEW.reason, NEW.asked_at, NEW.proof)
    OR OLD.status <> 'pending' AND (OLD.status, OLD.approved_at) IS DISTINCT FROM (NEW.status, NEW.approved_at)
    OR OLD.handed_out_at IS NOT NULL
      AND (OLD.handed_out_at, OLD.handed_out_by_id) IS DISTINCT FROM (NEW.handed_out_at, NEW.handed_out_by_id)
  ) EXECUTE FUNCTION kernel_stands();

CREATE TRIGGER accounts_cardmove_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON accounts_cardmove
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
-- Only accounts_card_moved writes it.
CREATE TRIGGER accounts_cardmove_by_triggers BEFORE INSERT ON accounts_cardmove
  FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION kernel_append_only();
