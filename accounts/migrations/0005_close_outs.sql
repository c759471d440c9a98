-- Close-outs: the balance of a penalized holder's payment account moves to a bank account of the same customer.
--
-- Rule: 《电信网络诈骗及其关联违法犯罪联合惩戒办法》 金融惩戒(二) (JDM_PAYMENT); under 通告 第五条 a house rule: the whole
-- balance, none of it reserved or frozen, while a penalty is in force, as two persons approved. To an account here it is
-- posted by accounts_post_close_out, to an approved own account at another bank as a transfer (transfers/sql/money.sql).
-- Constraints: entry_close_out_is_approved, close_out_has_its_entries, close_out_goes_to_an_own_account,
-- close_out_moves_the_whole, close_out_of_no_freeze, close_out_of_a_penalty.

-- Checks what a close-out in force leaves in its account: nothing, none of it reserved; and that the account is not
-- frozen, and a penalty is in force. A certificate of a case account is no penalty.
CREATE OR REPLACE FUNCTION accounts_check_close_out(close_out uuid, left_fen bigint) RETURNS void LANGUAGE plpgsql
  SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE moved record;
BEGIN
  SELECT x.in_force_at AS at, a.id, a.customer_id, a.held_fen INTO moved
  FROM accounts_closeout x JOIN accounts_account a ON a.id = x.account_id WHERE x.id = close_out;
  IF left_fen <> 0 OR moved.held_fen <> 0 THEN
    RAISE EXCEPTION 'a close-out moves the whole balance, and none of it is reserved' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'close_out_moves_the_whole', TABLE = 'accounts_entry';
  END IF;
  IF EXISTS (SELECT FROM accounts_freeze f WHERE f.account_id = moved.id AND f.lifted_at IS NULL
             AND (f.until IS NULL OR f.until > moved.at)) THEN
    RAISE EXCEPTION 'a frozen account is not closed out' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'close_out_of_no_freeze', TABLE = 'accounts_entry';
  END IF;
  IF NOT EXISTS (
    SELECT FROM accounts_identity i
    JOIN blacklist_subject s ON s.identity_key = i.key
    JOIN blacklist_certificatesubject n ON n.subject_id = s.id
    JOIN blacklist_certificate c ON c.id = n.certificate_id
    WHERE i.customer_id = moved.customer_id AND c.status = 'in_force' AND c.category <> 'CASE_ACCOUNT'
      AND c.in_force_at <= moved.at
  ) THEN
    RAISE EXCEPTION 'a close-out needs a penalty in force against the holder' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'close_out_of_a_penalty', TABLE = 'accounts_entry';
  END IF;
END $$;

-- An approved close-out has its two entries by the end of its transaction. To another bank, these are entries of its
-- transfer out of a payment account, and the receiving account is an approved own one.
CREATE OR REPLACE FUNCTION accounts_close_out_moves() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE payer record;
BEGIN
  IF (SELECT count(*) FROM accounts_entry e WHERE e.posting_id = coalesce(NEW.transfer_id, NEW.id)
        AND e.kind = CASE WHEN NEW.transfer_id IS NULL THEN 'close_out' ELSE 'transfer' END) <> 2 THEN
    RAISE EXCEPTION 'an approved close-out has two entries' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'close_out_has_its_entries', TABLE = 'accounts_closeout';
  END IF;
  IF NEW.to_external_account_id IS NOT NULL AND (TG_OP = 'INSERT' OR OLD.status <> 'active') THEN
    SELECT a.kind, a.customer_id, a.balance_fen INTO payer FROM accounts_account a WHERE a.id = NEW.account_id;
    IF payer.kind <> 'payment' OR NOT EXISTS (
      SELECT FROM accounts_externalaccount x
      WHERE x.id = NEW.to_external_account_id AND x.status = 'active' AND accounts_same_customer(x.customer_id, payer.customer_id)
    ) THEN
      RAISE EXCEPTION 'a close-out to another bank goes out of a payment account to an approved own account'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'close_out_goes_to_an_own_account', TABLE = 'accounts_closeout';
    END IF;
    PERFORM accounts_check_close_out(NEW.id, payer.balance_fen);
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER close_out_has_its_entries AFTER INSERT OR UPDATE ON accounts_closeout
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.status = 'active') EXECUTE FUNCTION accounts_close_out_moves();

-- Posts an approved close-out, from a payment account to a bank account of the same customer. Locks both accounts.
CREATE OR REPLACE FUNCTION accounts_post_close_out(close_out uuid) RETURNS void LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE posting record;
BEGIN
  SELECT x.amount_fen, x.in_force_at AS at, a.id, t.id AS other, a.balance_fen INTO posting
  FROM accounts_closeout x
  JOIN accounts_account a ON a.id = x.account_id
  JOIN accounts_account t ON t.id = x.to_account_id
  WHERE x.id = close_out AND x.status = 'active'
    AND a.kind = 'payment' AND t.kind = 'bank' AND accounts_same_customer(a.customer_id, t.customer_id)
  FOR NO KEY UPDATE OF a, t;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'a close-out moves money as it was approved' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'entry_close_out_is_approved', TABLE = 'accounts_entry';
  END IF;
  PERFORM accounts_check_close_out(close_out, posting.balance_fen - posting.amount_fen);
  INSERT INTO accounts_entry (posting_id, leg, kind, account_id, amount_fen, posted_at, from_held)
  VALUES (close_out, 1, 'close_out', posting.id, -posting.amount_fen, posting.at, false),
         (close_out, 2, 'close_out', posting.other, posting.amount_fen, posting.at, false);
END $$;
REVOKE EXECUTE ON FUNCTION accounts_post_close_out(uuid) FROM PUBLIC;

-- By table: rows and columns that never change, and the approval that a row needs.

CREATE TRIGGER accounts_closeout_kept BEFORE UPDATE OF id OR DELETE OR TRUNCATE ON accounts_closeout
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
CREATE TRIGGER accounts_closeout_stands AFTER UPDATE OF account_id, to_account_id, to_external_account_id, amount_fen, asked_at, status,
    in_force_at, transfer_id ON accounts_closeout
  FOR EACH ROW WHEN (
    (OLD.account_id, OLD.to_account_id, OLD.to_external_account_id, OLD.amount_fen, OLD.asked_at) IS DISTINCT FROM
      (NEW.account_id, NEW.to_account_id, NEW.to_external_account_id, NEW.amount_fen, NEW.asked_at)
    OR OLD.status <> 'pending' AND (OLD.status, OLD.in_force_at, OLD.transfer_id) IS DISTINCT FROM
      (NEW.status, NEW.in_force_at, NEW.transfer_id)
  ) EXECUTE FUNCTION kernel_stands();
CREATE CONSTRAINT TRIGGER accounts_closeout_second_person AFTER INSERT OR UPDATE ON accounts_closeout
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.status = 'active')
  EXECUTE FUNCTION kernel_second_person('payment_close_out', 'in_force_at');
