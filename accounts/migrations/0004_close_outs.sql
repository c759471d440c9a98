-- Close-outs: the balance of a penalized holder's payment account moves to a bank account of the same customer.
--
-- Rule: 《电信网络诈骗及其关联违法犯罪联合惩戒办法》 金融惩戒(二) (JDM_PAYMENT); under 通告 第五条 a house rule: the whole
-- balance, none of it reserved or frozen, while a penalty is in force, as two persons approved. Constraints:
-- entry_close_out_is_approved, close_out_moves_the_whole, close_out_of_no_freeze, close_out_of_a_penalty.

-- An approved close-out has its two entries by the end of its transaction.
CREATE OR REPLACE FUNCTION accounts_close_out_moves() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF (SELECT count(*) FROM accounts_entry e WHERE e.posting_id = NEW.id AND e.kind = 'close_out') <> 2 THEN
    RAISE EXCEPTION 'an approved close-out has two entries' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'close_out_has_its_entries', TABLE = 'accounts_closeout';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER close_out_has_its_entries AFTER INSERT OR UPDATE ON accounts_closeout
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.status = 'active') EXECUTE FUNCTION accounts_close_out_moves();

-- Posts an approved close-out, from a payment account to a bank account of the same customer. It moves the whole
-- balance, none of it is reserved or frozen, and a penalty is in force; a certificate of a case account is no penalty.
CREATE OR REPLACE FUNCTION accounts_post_close_out(close_out uuid) RETURNS void LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE posting record;
BEGIN
  SELECT x.amount_fen, x.in_force_at AS at, a.id, t.id AS other, a.customer_id, a.balance_fen, a.held_fen INTO posting
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
  IF posting.balance_fen <> posting.amount_fen OR posting.held_fen <> 0 THEN
    RAISE EXCEPTION 'a close-out moves the whole balance, and none of it is reserved' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'close_out_moves_the_whole', TABLE = 'accounts_entry';
  END IF;
  IF EXISTS (SELECT FROM accounts_freeze f WHERE f.account_id = posting.id AND f.lifted_at IS NULL
             AND (f.until IS NULL OR f.until > posting.at)) THEN
    RAISE EXCEPTION 'a frozen account is not closed out' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'close_out_of_no_freeze', TABLE = 'accounts_entry';
  END IF;
  IF NOT EXISTS (
    SELECT FROM accounts_identity i
    JOIN blacklist_subject s ON s.identity_key = i.key
    JOIN blacklist_certificatesubject n ON n.subject_id = s.id
    JOIN blacklist_certificate c ON c.id = n.certificate_id
    WHERE i.customer_id = posting.customer_id AND c.status = 'in_force' AND c.category <> 'CASE_ACCOUNT'
      AND c.in_force_at <= posting.at
  ) THEN
    RAISE EXCEPTION 'a close-out needs a penalty in force against the holder' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'close_out_of_a_penalty', TABLE = 'accounts_entry';
  END IF;
  INSERT INTO accounts_entry (posting_id, leg, kind, account_id, amount_fen, posted_at, from_held)
  VALUES (close_out, 1, 'close_out', posting.id, -posting.amount_fen, posting.at, false),
         (close_out, 2, 'close_out', posting.other, posting.amount_fen, posting.at, false);
END $$;
REVOKE EXECUTE ON FUNCTION accounts_post_close_out(uuid) FROM PUBLIC;

-- By table: rows and columns that never change, and the approval that a row needs.

CREATE TRIGGER accounts_closeout_kept BEFORE UPDATE OF id OR DELETE OR TRUNCATE ON accounts_closeout
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
CREATE TRIGGER accounts_closeout_stands AFTER UPDATE OF account_id, to_account_id, amount_fen, asked_at, status, in_force_at ON
    accounts_closeout
  FOR EACH ROW WHEN (
    (OLD.account_id, OLD.to_account_id, OLD.amount_fen, OLD.asked_at) IS DISTINCT FROM
      (NEW.account_id, NEW.to_account_id, NEW.amount_fen, NEW.asked_at)
    OR OLD.status <> 'pending' AND (OLD.status, OLD.in_force_at) IS DISTINCT FROM (NEW.status, NEW.in_force_at)
  ) EXECUTE FUNCTION kernel_stands();
CREATE CONSTRAINT TRIGGER accounts_closeout_second_person AFTER INSERT OR UPDATE ON accounts_closeout
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.status = 'active')
  EXECUTE FUNCTION kernel_second_person('payment_close_out', 'in_force_at');
