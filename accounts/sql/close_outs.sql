-- Close-outs: the balance of a penalized holder's payment account moves to a bank account of the same customer.
--
-- Rule: 《电信网络诈骗及其关联违法犯罪联合惩戒办法》 金融惩戒(二) (JDM_PAYMENT); under 通告 第五条 a house rule: the whole
-- balance, none of it reserved or frozen, while a penalty is in force, as two persons approved. Constraints:
-- entry_close_out_is_approved, close_out_moves_the_whole, close_out_of_no_freeze, close_out_of_a_penalty.

-- An approved close-out has moved by the end of its transaction.
CREATE OR REPLACE FUNCTION accounts_close_out_moves() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF (SELECT count(*) FROM accounts_entry e WHERE e.posting_id = NEW.id AND e.kind = 'close_out') <> 2 THEN
    RAISE EXCEPTION 'what was approved moves' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'close_out_has_its_entries', TABLE = 'accounts_closeout';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER close_out_has_its_entries AFTER INSERT OR UPDATE ON accounts_closeout
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.status = 'active') EXECUTE FUNCTION accounts_close_out_moves();

-- What moves is what was approved: from a payment account to a bank account of one customer. Nothing is left or
-- reserved, nothing is frozen, and a penalty is in force; case accounts do not count as one.
CREATE OR REPLACE FUNCTION accounts_close_out_entry() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE moved record;
BEGIN
  SELECT a.id, a.customer_id, a.balance_fen, a.held_fen INTO moved
  FROM accounts_closeout x
  JOIN accounts_account a ON a.id = x.account_id
  JOIN accounts_account t ON t.id = x.to_account_id
  WHERE x.id = NEW.posting_id AND x.status = 'active' AND x.in_force_at = NEW.posted_at
    AND a.kind = 'payment' AND t.kind = 'bank' AND accounts_same_customer(a.customer_id, t.customer_id)
    AND CASE NEW.leg WHEN 1 THEN (NEW.account_id, NEW.amount_fen) = (x.account_id, -x.amount_fen)
                     ELSE (NEW.account_id, NEW.amount_fen) = (x.to_account_id, x.amount_fen) END;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'a balance moves out as it was approved' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'entry_close_out_is_approved', TABLE = 'accounts_entry';
  END IF;
  IF NEW.leg <> 1 THEN
    RETURN NULL;
  END IF;
  IF moved.balance_fen <> 0 OR moved.held_fen <> 0 THEN
    RAISE EXCEPTION 'the whole balance moves out, and none of it is reserved' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'close_out_moves_the_whole', TABLE = 'accounts_entry';
  END IF;
  IF EXISTS (SELECT FROM accounts_freeze f WHERE f.account_id = moved.id AND f.lifted_at IS NULL
             AND (f.until IS NULL OR f.until > NEW.posted_at)) THEN
    RAISE EXCEPTION 'what is frozen does not move out' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'close_out_of_no_freeze', TABLE = 'accounts_entry';
  END IF;
  IF NOT EXISTS (
    SELECT FROM accounts_identity i
    JOIN blacklist_subject s ON s.identity_key = i.key
    JOIN blacklist_certificatesubject n ON n.subject_id = s.id
    JOIN blacklist_certificate c ON c.id = n.certificate_id
    WHERE i.customer_id = moved.customer_id AND c.status = 'in_force' AND c.category <> 'CASE_ACCOUNT'
      AND c.in_force_at <= NEW.posted_at
  ) THEN
    RAISE EXCEPTION 'a balance moves out of a penalized holder''s account' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'close_out_of_a_penalty', TABLE = 'accounts_entry';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER entry_close_out_is_approved AFTER INSERT ON accounts_entry
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.kind = 'close_out') EXECUTE FUNCTION accounts_close_out_entry();

-- What is kept as it was written, and who approves it: by table.

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
