-- Effects of transfers on money: it is reserved, posted or freed.
--
-- Rule (house rule): the reserved amount of an account is the sum of its held transfers. A transfer that begins `held`
-- reserves its amount, one that begins `posted` is posted. When a held transfer ends, its amount is posted out of the
-- reserve, or freed. Account, amount, sign and instant come from the row, so that no writer of the row can choose them
-- for the entries.

-- Posts or reserves accepted transfers. Entries come first, because another transfer of the set may reserve the money
-- that they bring in.
CREATE OR REPLACE FUNCTION transfers_reserve_or_post() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
  IF EXISTS (SELECT FROM written WHERE status = 'posted') THEN
    INSERT INTO accounts_entry (posting_id, leg, kind, account_id, internal_id, amount_fen, posted_at, from_held)
    SELECT w.id, side.leg, 'transfer', side.account_id, side.internal_id, side.amount_fen, w.settled_at, false
    FROM written w CROSS JOIN LATERAL (
      VALUES (1, w.payer_account_id, NULL::uuid, -w.amount_fen), (2, w.payee_account_id, w.payee_internal_id, w.amount_fen)
    ) side(leg, account_id, internal_id, amount_fen) WHERE w.status = 'posted';
  END IF;
  UPDATE accounts_account a SET held_fen = a.held_fen + h.fen
  FROM (SELECT payer_account_id, sum(amount_fen) AS fen FROM written WHERE status = 'held' GROUP BY 1) h WHERE a.id = h.payer_account_id;
  RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION transfers_reserve_or_post() FROM PUBLIC;
CREATE TRIGGER transfers_transfer_reserve_or_post AFTER INSERT ON transfers_transfer
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION transfers_reserve_or_post();

-- Posts or frees the amounts of transfers that are no longer held. Refuses a release in the future of the bank's clock,
-- whatever the row says.
CREATE OR REPLACE FUNCTION transfers_settle() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
  ended_before uuid[] := ARRAY(SELECT id FROM old_rows WHERE status <> 'held');
  ended record;
BEGIN
  SELECT max(ended_at) FILTER (WHERE status <> 'cancelled') AS last_release,
         bool_or(status = 'posted') AS any_posted, bool_or(status <> 'posted') AS any_freed INTO ended
  FROM new_rows WHERE status <> 'held' AND id <> ALL (ended_before);
  IF ended.last_release > bank_now() THEN
    RAISE EXCEPTION 'a transfer is not released in the future of the bank''s clock' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'transfer_released_by_the_clock', TABLE = 'transfers_transfer';
  END IF;
  IF ended.any_posted THEN
    INSERT INTO accounts_entry (posting_id, leg, kind, account_id, internal_id, amount_fen, posted_at, from_held)
    SELECT n.id, side.leg, 'transfer', side.account_id, side.internal_id, side.amount_fen, n.settled_at, side.leg = 1
    FROM new_rows n CROSS JOIN LATERAL (
      VALUES (1, n.payer_account_id, NULL::uuid, -n.amount_fen), (2, n.payee_account_id, n.payee_internal_id, n.amount_fen)
    ) side(leg, account_id, internal_id, amount_fen) WHERE n.status = 'posted' AND n.id <> ALL (ended_before);
  END IF;
  IF ended.any_freed THEN
    UPDATE accounts_account a SET held_fen = a.held_fen - f.fen
    FROM (
      SELECT payer_account_id, sum(amount_fen) AS fen FROM new_rows
      WHERE status IN ('cancelled', 'returned') AND id <> ALL (ended_before) GROUP BY 1
    ) f WHERE a.id = f.payer_account_id;
  END IF;
  RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION transfers_settle() FROM PUBLIC;
CREATE TRIGGER transfers_transfer_settle AFTER UPDATE ON transfers_transfer
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION transfers_settle();

-- A close-out to an account at another bank is paid, by the end of its transaction, by the transfer that it names: of its
-- account, amount and instant, to that account.
CREATE OR REPLACE FUNCTION transfers_close_out_moves() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM transfers_transfer t JOIN accounts_externalaccount x ON x.id = NEW.to_external_account_id
    WHERE t.id = NEW.transfer_id AND t.status = 'posted' AND t.payer_account_id = NEW.account_id
      AND t.amount_fen = NEW.amount_fen AND t.settled_at = NEW.in_force_at
      AND t.payee_bank_code = x.bank_code AND t.payee_key = x.number_key
  ) THEN
    RAISE EXCEPTION 'a close-out to another bank has its posted transfer' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'close_out_has_its_transfer', TABLE = 'accounts_closeout';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER close_out_has_its_transfer AFTER INSERT OR UPDATE ON accounts_closeout
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.status = 'active' AND NEW.to_external_account_id IS NOT NULL)
  EXECUTE FUNCTION transfers_close_out_moves();
