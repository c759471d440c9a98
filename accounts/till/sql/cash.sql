-- Cash at the counter: deposits, withdrawals, the tellers' boxes, counts, and reversals on the same day.
--
-- Rule (house rules): cash moves by a decision on that amount and account (entry_cash_is_decided), above the teller's
-- limit by two persons (cash_above_limit_takes_two), in a box that is open (cash_moves_in_an_open_box) and never
-- negative; a box is closed by an approved count; a reversal mirrors its movement once, on the same day.

-- Orders and decisions.

-- Posts a deposit or a withdrawal. The source is a decision that one principal made alone, or an approved order above
-- the teller's limit. A teller with an open box has already written the movement of the box.
CREATE OR REPLACE FUNCTION accounts_post_cash(source uuid) RETURNS TABLE (balance_fen bigint, available_fen bigint) LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  cash record;
  change bigint;
BEGIN
  SELECT d.object_id AS id, d.kind, d.account_id, (d.facts ->> 'amount_fen')::bigint AS fen, d.at,
    d.principal_id AS decided_by INTO cash
  FROM kernel_decision d
  WHERE d.id = source AND d.kind IN ('deposit', 'withdrawal') AND d.outcome = 'allowed' AND d.principal_id IS NOT NULL
    AND d.account_id IS NOT NULL AND NOT EXISTS (SELECT FROM accounts_countercash x WHERE x.id = d.object_id)
  UNION ALL
  SELECT x.id, x.kind, x.account_id, x.amount_fen, x.in_force_at, NULL FROM accounts_countercash x
  WHERE x.id = source AND x.status = 'active';
  IF (cash.id IS NOT NULL AND cash.fen > 0) IS NOT TRUE THEN
    RAISE EXCEPTION 'cash moves only by a decision' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'entry_cash_is_decided', TABLE = 'accounts_entry';
  END IF;
  IF EXISTS (SELECT FROM accounts_cashbox b WHERE b.teller_id = cash.decided_by
             AND b.opened_at < cash.at AND (b.closed_at IS NULL OR b.closed_at > cash.at))
     AND NOT EXISTS (SELECT FROM accounts_cashmovement m WHERE m.id = cash.id) THEN
    RAISE EXCEPTION 'a teller with an open box moves cash only in that box' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'entry_cash_in_the_open_box', TABLE = 'accounts_entry';
  END IF;
  change := CASE cash.kind WHEN 'deposit' THEN cash.fen ELSE -cash.fen END;
  INSERT INTO accounts_entry (posting_id, leg, kind, account_id, internal_id, amount_fen, posted_at, from_held)
  SELECT cash.id, side.leg, cash.kind, side.account_id, side.internal_id, side.amount_fen, cash.at, false
  FROM accounts_internalaccount i CROSS JOIN LATERAL (
    VALUES (CASE WHEN change < 0 THEN 1 ELSE 2 END, cash.account_id, NULL::uuid, change),
           (CASE WHEN change < 0 THEN 2 ELSE 1 END, NULL, i.id, -change)
  ) side(leg, account_id, internal_id, amount_fen) WHERE i.kind = 'cash';
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the bank has no cash account' USING ERRCODE = 'foreign_key_violation',
      CONSTRAINT = 'entry_internal_exists', TABLE = 'accounts_entry';
  END IF;
  RETURN QUERY SELECT a.balance_fen, a.balance_fen - a.held_fen FROM accounts_account a WHERE a.id = cash.account_id;
END $$;
REVOKE EXECUTE ON FUNCTION accounts_post_cash(uuid) FROM PUBLIC;

-- An approved order or reversal has two entries and a movement of its box by the end of its transaction.
CREATE OR REPLACE FUNCTION accounts_cash_approved_moves() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE box uuid; entry_kind text := TG_ARGV[0];
BEGIN
  IF entry_kind = 'reversal' THEN
    SELECT m.box_id INTO box FROM accounts_cashmovement m WHERE m.id = (to_jsonb(NEW) ->> 'movement_id')::uuid;
  ELSE
    box := (to_jsonb(NEW) ->> 'box_id')::uuid;
    entry_kind := to_jsonb(NEW) ->> 'kind';
  END IF;
  IF (SELECT count(*) FROM accounts_entry e WHERE e.posting_id = NEW.id AND e.kind = entry_kind) <> 2
     OR NOT EXISTS (SELECT FROM accounts_cashmovement m WHERE m.id = NEW.id AND m.kind = entry_kind AND m.box_id = box) THEN
    RAISE EXCEPTION 'an approved order or reversal has two entries and a movement of its box' USING ERRCODE = 'check_violation',
      CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER counter_cash_moves AFTER INSERT OR UPDATE ON accounts_countercash
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.status = 'active') EXECUTE FUNCTION accounts_cash_approved_moves('cash');
CREATE CONSTRAINT TRIGGER cash_reversal_moves AFTER INSERT OR UPDATE ON accounts_cashreversal
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.status = 'active') EXECUTE FUNCTION accounts_cash_approved_moves('reversal');

-- Boxes and their movements.

-- The day of a new box is the bank's day of its opening, and the box is not closed.
CREATE OR REPLACE FUNCTION accounts_cash_box_begins() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NEW.day <> (NEW.opened_at AT TIME ZONE 'UTC' + interval '8 hours')::date OR NEW.closed_at IS NOT NULL THEN
    RAISE EXCEPTION 'a new box is open, and of the day of its opening' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'cash_box_opened_on_its_day', TABLE = 'accounts_cashbox';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER cash_box_opened_on_its_day AFTER INSERT ON accounts_cashbox FOR EACH ROW EXECUTE FUNCTION accounts_cash_box_begins();

-- Cash moves only in an open box, on its day, and never more than is in it. Locks the box, so that no count comes
-- between this check and the movement.
CREATE OR REPLACE FUNCTION accounts_cash_moves_in_box() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE box record;
BEGIN
  SELECT * INTO box FROM accounts_cashbox b WHERE b.id = NEW.box_id FOR NO KEY UPDATE;
  IF box.id IS NULL OR box.closed_at IS NOT NULL OR box.opened_at > NEW.at OR box.day <> (NEW.at AT TIME ZONE 'UTC' + interval '8 hours')::date THEN
    RAISE EXCEPTION 'cash moves only in an open box, on its day' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'cash_moves_in_an_open_box', TABLE = 'accounts_cashmovement';
  END IF;
  IF box.opening_fen + NEW.amount_fen
     + (SELECT coalesce(sum(m.amount_fen), 0) FROM accounts_cashmovement m WHERE m.box_id = NEW.box_id) < 0 THEN
    RAISE EXCEPTION 'no more is paid out than is in the box' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'cash_box_not_negative', TABLE = 'accounts_cashmovement';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER cash_moves_in_an_open_box BEFORE INSERT ON accounts_cashmovement FOR EACH ROW EXECUTE FUNCTION accounts_cash_moves_in_box();

-- A movement has its entries by the end of its transaction. Above the teller's limit it needs an approved order, below
-- it the teller's own decision.
CREATE OR REPLACE FUNCTION accounts_cash_movement_posted() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE box record;
BEGIN
  IF NOT EXISTS (SELECT FROM accounts_entry e JOIN accounts_internalaccount i ON i.id = e.internal_id
                 WHERE e.posting_id = NEW.id AND e.kind = NEW.kind AND i.kind = 'cash'
                   AND e.amount_fen = -NEW.amount_fen AND e.posted_at = NEW.at)
     OR NOT EXISTS (SELECT FROM accounts_entry e WHERE e.posting_id = NEW.id AND e.account_id = NEW.account_id) THEN
    RAISE EXCEPTION 'a movement of a box has its entries' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'cash_movement_is_posted', TABLE = 'accounts_cashmovement';
  END IF;
  IF NEW.kind = 'reversal' OR EXISTS (SELECT FROM accounts_countercash x WHERE x.id = NEW.id AND x.status = 'active'
                                      AND x.box_id = NEW.box_id) THEN
    RETURN NULL;
  END IF;
  SELECT * INTO box FROM accounts_cashbox b WHERE b.id = NEW.box_id;
  IF abs(NEW.amount_fen) > box.alone_fen THEN
    RAISE EXCEPTION 'cash above the limit takes two persons' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'cash_above_limit_takes_two', TABLE = 'accounts_cashmovement';
  END IF;
  IF NOT EXISTS (SELECT FROM kernel_decision d WHERE d.object_id = NEW.id AND d.kind = NEW.kind
                 AND d.principal_id = box.teller_id) THEN
    RAISE EXCEPTION 'only its teller moves cash in a box' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'cash_movement_of_its_teller', TABLE = 'accounts_cashmovement';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER cash_movement_is_posted AFTER INSERT ON accounts_cashmovement
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION accounts_cash_movement_posted();

-- A count in force has closed its box at that instant, and its book amount is that of the box.
CREATE OR REPLACE FUNCTION accounts_cash_counted() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM accounts_cashbox b WHERE b.id = NEW.box_id AND b.closed_at = NEW.in_force_at
                 AND NEW.book_fen = b.opening_fen + (SELECT coalesce(sum(m.amount_fen), 0)
                                                     FROM accounts_cashmovement m WHERE m.box_id = b.id)) THEN
    RAISE EXCEPTION 'a count closes its box, and has the book amount of the box' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'cash_count_closes_the_box', TABLE = 'accounts_cashcount';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER cash_count_closes_the_box AFTER INSERT OR UPDATE ON accounts_cashcount
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.status = 'active') EXECUTE FUNCTION accounts_cash_counted();

-- A box is closed by a count in force.
CREATE OR REPLACE FUNCTION accounts_cash_box_closes() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM accounts_cashcount c WHERE c.box_id = NEW.id AND c.status = 'active'
                 AND c.in_force_at = NEW.closed_at) THEN
    RAISE EXCEPTION 'a box is closed by an approved count' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'cash_box_closed_by_count', TABLE = 'accounts_cashbox';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER cash_box_closed_by_count AFTER UPDATE OF closed_at ON accounts_cashbox
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.closed_at IS NOT NULL) EXECUTE FUNCTION accounts_cash_box_closes();

-- Reversals.

-- Posts an approved reversal: the mirrored legs of its movement, on the same day of the bank.
CREATE OR REPLACE FUNCTION accounts_post_cash_reversal(reversal uuid) RETURNS void LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  INSERT INTO accounts_entry (posting_id, leg, kind, account_id, internal_id, amount_fen, posted_at, from_held)
  SELECT x.id, 3 - o.leg, 'reversal', o.account_id, o.internal_id, -o.amount_fen, x.in_force_at, false
  FROM accounts_cashreversal x JOIN accounts_entry o ON o.posting_id = x.movement_id
  WHERE x.id = reversal AND x.status = 'active' AND o.kind IN ('deposit', 'withdrawal')
    AND (o.account_id IS NULL OR o.account_id = x.account_id)
    AND (o.posted_at AT TIME ZONE 'UTC' + interval '8 hours')::date = (x.in_force_at AT TIME ZONE 'UTC' + interval '8 hours')::date;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'a reversal mirrors its movement, on the same day' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'entry_reversal_mirrors', TABLE = 'accounts_entry';
  END IF;
END $$;
REVOKE EXECUTE ON FUNCTION accounts_post_cash_reversal(uuid) FROM PUBLIC;

-- By table: rows and columns that never change, and the approval that a row needs.

CREATE TRIGGER accounts_countercash_kept BEFORE UPDATE OF id OR DELETE OR TRUNCATE ON accounts_countercash
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
CREATE TRIGGER accounts_countercash_stands AFTER UPDATE OF account_id, box_id, kind, amount_fen, asked_at, status, in_force_at ON
    accounts_countercash
  FOR EACH ROW WHEN (
    (OLD.account_id, OLD.box_id, OLD.kind, OLD.amount_fen, OLD.asked_at) IS DISTINCT FROM
      (NEW.account_id, NEW.box_id, NEW.kind, NEW.amount_fen, NEW.asked_at)
    OR OLD.status <> 'pending' AND (OLD.status, OLD.in_force_at) IS DISTINCT FROM (NEW.status, NEW.in_force_at)
  ) EXECUTE FUNCTION kernel_stands();
CREATE CONSTRAINT TRIGGER accounts_countercash_second_person AFTER INSERT OR UPDATE ON accounts_countercash
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.status = 'active')
  EXECUTE FUNCTION kernel_second_person('counter_cash', 'in_force_at');

CREATE TRIGGER accounts_cashbox_kept BEFORE UPDATE OF id OR DELETE OR TRUNCATE ON accounts_cashbox
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
CREATE TRIGGER accounts_cashbox_stands AFTER UPDATE OF teller_id, day, opening_fen, alone_fen, opened_at, closed_at ON accounts_cashbox
  FOR EACH ROW WHEN (
    (OLD.teller_id, OLD.day, OLD.opening_fen, OLD.alone_fen, OLD.opened_at) IS DISTINCT FROM
      (NEW.teller_id, NEW.day, NEW.opening_fen, NEW.alone_fen, NEW.opened_at)
    OR OLD.closed_at IS NOT NULL AND OLD.closed_at IS DISTINCT FROM NEW.closed_at
  ) EXECUTE FUNCTION kernel_stands();

CREATE TRIGGER accounts_cashmovement_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON accounts_cashmovement
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();

CREATE TRIGGER accounts_cashcount_kept BEFORE UPDATE OF id OR DELETE OR TRUNCATE ON accounts_cashcount
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
CREATE TRIGGER accounts_cashcount_stands AFTER UPDATE OF box_id, book_fen, counted_fen, reason, asked_at, status, in_force_at ON
    accounts_cashcount
  FOR EACH ROW WHEN (
    (OLD.box_id, OLD.book_fen, OLD.counted_fen, OLD.reason, OLD.asked_at) IS DISTINCT FROM
      (NEW.box_id, NEW.book_fen, NEW.counted_fen, NEW.reason, NEW.asked_at)
    OR OLD.status <> 'pending' AND (OLD.status, OLD.in_force_at) IS DISTINCT FROM (NEW.status, NEW.in_force_at)
  ) EXECUTE FUNCTION kernel_stands();
CREATE CONSTRAINT TRIGGER accounts_cashcount_second_person AFTER INSERT OR UPDATE ON accounts_cashcount
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.status = 'active')
  EXECUTE FUNCTION kernel_second_person('cash_count', 'in_force_at');

CREATE TRIGGER accounts_cashreversal_kept BEFORE UPDATE OF id OR DELETE OR TRUNCATE ON accounts_cashreversal
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
CREATE TRIGGER accounts_cashreversal_stands AFTER UPDATE OF movement_id, account_id, reason, asked_at, status, in_force_at ON
    accounts_cashreversal
  FOR EACH ROW WHEN (
    (OLD.movement_id, OLD.account_id, OLD.reason, OLD.asked_at) IS DISTINCT FROM (NEW.movement_id, NEW.account_id, NEW.reason, NEW.asked_at)
    OR OLD.status <> 'pending' AND (OLD.status, OLD.in_force_at) IS DISTINCT FROM (NEW.status, NEW.in_force_at)
  ) EXECUTE FUNCTION kernel_stands();
CREATE CONSTRAINT TRIGGER accounts_cashreversal_second_person AFTER INSERT OR UPDATE ON accounts_cashreversal
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.status = 'active')
  EXECUTE FUNCTION kernel_second_person('cash_reversal', 'in_force_at');
