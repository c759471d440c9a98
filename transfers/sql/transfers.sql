-- Transfers: accepted by the rule of their day, then posted, cancelled or returned.
--
-- Rule: 银发〔2016〕261号 二(八) (PBOC_261_ATM, PBOC_261_REVOCATION), 通告 第五条 (NOTICE_5_ATM): at a machine, money to an account
-- that is not the payer's own is held for 24 hours. Which rule applies is derived from the two accounts
-- (transfer_arrives_as_its_regime_says); the accepted data never change (transfer_accepted_stands); `held` is left once,
-- to `posted`, `cancelled` or `returned` (transfer_moves). 反电信网络诈骗法 第十八条 (AFL_18_DELAY): the bank may delay a held
-- transfer once (transfer_due_moves_by_its_delay).

-- Each release leaves a dead index entry at the head of the queue, and every read of the queue passes it until vacuum.
-- Vacuum therefore starts after a number of rows, since a share of the table would be millions, and always cleans the
-- indexes, which it would leave out where few pages changed.
ALTER TABLE transfers_transfer SET (
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 50000, vacuum_index_cleanup = on,
  autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 50000
);

-- Acceptance.

-- Refuses accounts, cards and principals that do not exist: one query for all rows of a statement, instead of foreign
-- keys that are checked row by row at COMMIT. None of these is ever deleted, so nothing is locked.
CREATE OR REPLACE FUNCTION transfers_transfer_names_rows() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
  SET enable_seqscan = off SET enable_bitmapscan = off AS $$
DECLARE violated text;
BEGIN
  SELECT min(missing.name) INTO violated FROM (
    SELECT CASE
      WHEN w.payer_account_id IS NOT NULL AND (SELECT true FROM accounts_account t WHERE t.id = w.payer_account_id) IS NULL
        THEN 'transfer_payer_account_exists'
      WHEN w.payer_card_id IS NOT NULL AND (SELECT true FROM accounts_card t WHERE t.id = w.payer_card_id) IS NULL
        THEN 'transfer_payer_card_exists'
      WHEN w.payee_account_id IS NOT NULL AND (SELECT true FROM accounts_account t WHERE t.id = w.payee_account_id) IS NULL
        THEN 'transfer_payee_account_exists'
      WHEN w.payee_internal_id IS NOT NULL AND (SELECT true FROM accounts_internalaccount t WHERE t.id = w.payee_internal_id) IS NULL
        THEN 'transfer_payee_internal_exists'
      WHEN w.made_by_id IS NOT NULL AND (SELECT true FROM kernel_principal t WHERE t.id = w.made_by_id) IS NULL
        THEN 'transfer_maker_exists'
    END AS name FROM written w
  ) AS missing;
  IF violated IS NOT NULL THEN
    RAISE EXCEPTION 'a reference names no row' USING ERRCODE = 'foreign_key_violation',
      CONSTRAINT = violated, TABLE = 'transfers_transfer';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER transfers_transfer_names_rows AFTER INSERT ON transfers_transfer
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION transfers_transfer_names_rows();

-- Derives from the two accounts which rule of the day applies at a machine, and refuses any other.
CREATE OR REPLACE FUNCTION transfers_transfer_accepted() RETURNS trigger LANGUAGE plpgsql
  SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  regime record;
  payer record;
  own boolean;
  rule text;
BEGIN
  IF NEW.status <> 'held' AND (NEW.status <> 'posted' OR NEW.settled_at <> NEW.accepted_at) THEN
    RAISE EXCEPTION 'a transfer begins held, refused, or posted at the instant of its acceptance'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_begins', TABLE = 'transfers_transfer';
  END IF;
  IF NEW.channel = 'atm' THEN
    regime := transfers_atm_regime(NEW.rule_profile, NEW.accepted_at);
    SELECT a.customer_id, c.kind, (SELECT p.customer_id FROM accounts_account p WHERE p.id = NEW.payee_account_id) AS payee
    INTO payer FROM accounts_account a JOIN accounts_customer c ON c.id = a.customer_id
    WHERE a.id = NEW.payer_account_id;
    IF NEW.payee_account_id IS NULL THEN
      own := regime.own_elsewhere AND transfers_own_elsewhere(
        payer.customer_id, NEW.payee_key, NEW.accepted_at);
    ELSE
      own := regime.own_here AND accounts_same_customer(payer.payee, payer.customer_id);
    END IF;
    rule := CASE
      WHEN regime.hold_seconds = 0 THEN 'ATM_BEFORE_RULE'
      WHEN regime.organization AND payer.kind = 'organization' THEN 'ATM_ORGANIZATION'
      WHEN own THEN 'ATM_OWN_ACCOUNT'
      WHEN regime.hold_seconds > 0 THEN 'ATM_24_HOURS'
    END;
    IF (NEW.rule_code = rule AND NEW.same_holder = own
        AND coalesce(NEW.hold_seconds, 0) = CASE rule WHEN 'ATM_24_HOURS' THEN regime.hold_seconds ELSE 0 END)
       IS NOT TRUE THEN
      RAISE EXCEPTION 'the regime of the day and the two accounts give the arrival of a transfer at a machine'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_arrives_as_its_regime_says',
              TABLE = 'transfers_transfer';
    END IF;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER transfers_transfer_accepted AFTER INSERT ON transfers_transfer
  FOR EACH ROW WHEN (
    NEW.status <> 'refused' AND (
      NEW.channel = 'atm' OR NEW.status <> 'held' AND (NEW.status <> 'posted' OR NEW.settled_at IS DISTINCT FROM NEW.accepted_at))
  ) EXECUTE FUNCTION transfers_transfer_accepted();

-- A payee given by a card number is the account of that card.
CREATE OR REPLACE FUNCTION transfers_payee_by_card() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
  SET enable_seqscan = off AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM accounts_card k WHERE k.number_index = NEW.payee_key AND k.account_id = NEW.payee_account_id
  ) THEN
    RAISE EXCEPTION 'a payee given by a card number is the account of that card'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_payee_by_its_card', TABLE = 'transfers_transfer';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER transfers_payee_by_card AFTER INSERT ON transfers_transfer
  FOR EACH ROW WHEN (NEW.payee_account_id IS NOT NULL AND NEW.payee_key IS NOT NULL) EXECUTE FUNCTION transfers_payee_by_card();

-- Later changes of a transfer.

-- Refuses any step but those out of `held`, and an outcome that is written later than its step.
CREATE OR REPLACE FUNCTION transfers_transfer_moves() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NEW.status <> OLD.status
     AND NOT (OLD.status = 'held' AND NEW.status IN ('posted', 'cancelled', 'returned')) THEN
    RAISE EXCEPTION 'no transfer moves from % to %', OLD.status, NEW.status
      USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_moves', TABLE = 'transfers_transfer';
  END IF;
  RAISE EXCEPTION 'an outcome is written once, with its step'
    USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_outcome_stands', TABLE = 'transfers_transfer';
END $$;
CREATE TRIGGER transfers_transfer_moves BEFORE UPDATE OF status, settled_at, ended_at, outcome_code, cancel_reason, attempts, parked_until,
    parked_reason ON transfers_transfer
  FOR EACH ROW WHEN (
    NEW.status <> OLD.status AND NOT (OLD.status = 'held' AND NEW.status IN ('posted', 'cancelled', 'returned'))
    OR NEW.status = OLD.status
      AND (NEW.settled_at, NEW.ended_at, NEW.outcome_code, NEW.cancel_reason) IS DISTINCT FROM
        (OLD.settled_at, OLD.ended_at, OLD.outcome_code, OLD.cancel_reason)
    OR OLD.status <> 'held'
      AND (NEW.attempts, NEW.parked_until, NEW.parked_reason) IS DISTINCT FROM (OLD.attempts, OLD.parked_until, OLD.parked_reason)
  ) EXECUTE FUNCTION transfers_transfer_moves();

-- A parked transfer waits 24 hours at most, from now or from its due time, and counts its attempts one by one.
CREATE OR REPLACE FUNCTION transfers_transfer_parked() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NEW.attempts NOT IN (0, OLD.attempts, least(OLD.attempts + 1, 32767))
     OR NEW.parked_until > greatest(bank_now(), NEW.due_at) + interval '24 hours'
     OR (NEW.parked_until IS NULL AND OLD.parked_until IS NOT NULL) THEN
    RAISE EXCEPTION 'attempts are counted one by one, and a pause is at most 24 hours'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_parked_for_a_while', TABLE = 'transfers_transfer';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER transfers_transfer_parked BEFORE UPDATE OF attempts, parked_until ON transfers_transfer
  FOR EACH ROW WHEN (OLD.status = 'held' AND (NEW.attempts, NEW.parked_until) IS DISTINCT FROM (OLD.attempts, OLD.parked_until))
  EXECUTE FUNCTION transfers_transfer_parked();

-- Refuses to change the accepted data: parties, amount, time and rule.
CREATE OR REPLACE FUNCTION transfers_transfer_stands() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'the accepted data of a transfer never change'
    USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_accepted_stands', TABLE = 'transfers_transfer';
END $$;
CREATE TRIGGER transfers_transfer_stands BEFORE UPDATE OF amount_fen, payer_account_id, payee_account_id, payee_internal_id, accepted_at,
    due_at, hold_seconds, channel, arrival, made_by_id, payer_card_id, payee_bank_code, payee_name, memo, screen_evidence, same_holder,
    rule_code, rule_clause, rule_profile, payee_account_number, payee_sealed, payee_key, warning_version,
    warning_kinds ON transfers_transfer
  FOR EACH ROW WHEN (
    (NEW.amount_fen, NEW.payer_account_id, NEW.payee_account_id, NEW.payee_internal_id, NEW.accepted_at, NEW.hold_seconds,
      NEW.channel, NEW.arrival, NEW.made_by_id, NEW.payer_card_id, NEW.payee_bank_code, NEW.payee_name, NEW.memo, NEW.screen_evidence,
      NEW.same_holder, NEW.rule_code, NEW.rule_clause, NEW.rule_profile, NEW.payee_account_number, NEW.payee_sealed, NEW.payee_key,
      NEW.warning_version, NEW.warning_kinds)
      IS DISTINCT FROM
      (OLD.amount_fen, OLD.payer_account_id, OLD.payee_account_id, OLD.payee_internal_id, OLD.accepted_at, OLD.hold_seconds,
        OLD.channel, OLD.arrival, OLD.made_by_id, OLD.payer_card_id, OLD.payee_bank_code, OLD.payee_name, OLD.memo, OLD.screen_evidence,
        OLD.same_holder, OLD.rule_code, OLD.rule_clause, OLD.rule_profile, OLD.payee_account_number, OLD.payee_sealed, OLD.payee_key,
        OLD.warning_version, OLD.warning_kinds)
    OR NEW.due_at IS DISTINCT FROM OLD.due_at AND NEW.first_due_at IS NOT DISTINCT FROM OLD.first_due_at
  ) EXECUTE FUNCTION transfers_transfer_stands();

-- The due instant of a held transfer moves once, by a delay in force since before it; the first one is kept.
CREATE OR REPLACE FUNCTION transfers_transfer_delayed() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.status = 'held' AND NEW.status = 'held' AND OLD.first_due_at IS NULL
     AND NEW.first_due_at = OLD.due_at AND EXISTS (
       SELECT FROM transfers_transferdelay d WHERE d.transfer_id = NEW.id AND d.status = 'active' AND d.until = NEW.due_at
         AND d.in_force_at < OLD.due_at) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'the due instant of a transfer moves once, by an approved delay'
    USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_due_moves_by_its_delay', TABLE = 'transfers_transfer';
END $$;
CREATE TRIGGER transfers_transfer_not_delayed_yet BEFORE INSERT ON transfers_transfer
  FOR EACH ROW WHEN (NEW.first_due_at IS NOT NULL) EXECUTE FUNCTION transfers_transfer_delayed();
CREATE TRIGGER transfers_transfer_delayed BEFORE UPDATE OF first_due_at ON transfers_transfer
  FOR EACH ROW WHEN (NEW.first_due_at IS DISTINCT FROM OLD.first_due_at) EXECUTE FUNCTION transfers_transfer_delayed();

-- No delay is in force that has not moved its transfer.
CREATE OR REPLACE FUNCTION transfers_delay_moves() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM transfers_transfer t WHERE t.id = NEW.transfer_id AND t.first_due_at IS NOT NULL AND t.due_at = NEW.until
  ) THEN
    RAISE EXCEPTION 'a delay in force has moved its transfer'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_delay_moves_its_transfer', TABLE = 'transfers_transferdelay';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER transfers_delay_moves AFTER INSERT OR UPDATE OF status ON transfers_transferdelay
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.status = 'active') EXECUTE FUNCTION transfers_delay_moves();

-- By table: rows and columns that never change, and the approval that a row needs.

CREATE TRIGGER transfers_transferdelay_kept BEFORE UPDATE OF id OR DELETE OR TRUNCATE ON transfers_transferdelay
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
CREATE CONSTRAINT TRIGGER transfers_transferdelay_second_person AFTER INSERT OR UPDATE ON transfers_transferdelay
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.status = 'active')
  EXECUTE FUNCTION kernel_second_person('transfer_delay', 'in_force_at');
CREATE TRIGGER transfers_transferdelay_stands AFTER UPDATE ON transfers_transferdelay
  FOR EACH ROW WHEN (
    (OLD.transfer_id, OLD.until, OLD.reason, OLD.suspicion_id, OLD.asked_at) IS DISTINCT FROM
      (NEW.transfer_id, NEW.until, NEW.reason, NEW.suspicion_id, NEW.asked_at)
    OR OLD.status <> 'pending' AND (OLD.status, OLD.in_force_at) IS DISTINCT FROM (NEW.status, NEW.in_force_at)
  ) EXECUTE FUNCTION kernel_stands();

CREATE TRIGGER transfers_transfer_kept BEFORE UPDATE OF id OR DELETE OR TRUNCATE ON transfers_transfer
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
-- The return of a parked transfer takes two persons.
CREATE CONSTRAINT TRIGGER transfers_transfer_second_person AFTER INSERT OR UPDATE ON transfers_transfer
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.status = 'returned' AND NEW.outcome_code = 'PARKED_RETURN')
  EXECUTE FUNCTION kernel_second_person('parked_return');
CREATE TRIGGER transfers_transfer_batch_stands AFTER UPDATE OF import_batch_id ON transfers_transfer
  FOR EACH ROW WHEN (OLD.import_batch_id IS DISTINCT FROM NEW.import_batch_id) EXECUTE FUNCTION kernel_stands();
