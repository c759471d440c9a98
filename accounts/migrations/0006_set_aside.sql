-- Money set aside: the balance of an account that an impostor opened, until an authority or a court names its owner.
--
-- Rule (house rule): the holder declares it at the counter, and two persons close the account and set its balance aside;
-- it leaves by two persons, to the account that an authority or a court names. Constraints: entry_set_aside_is_approved,
-- set_aside_is_the_whole, set_aside_of_no_freeze, impostor_declaration_closes, entry_aside_payment_is_approved,
-- set_aside_not_overdrawn, set_aside_payment_has_entries.

-- Sets the balance aside as it was approved: the whole, none of it reserved or frozen. Locks the account.
CREATE OR REPLACE FUNCTION accounts_post_set_aside(declaration uuid) RETURNS void LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE posting record;
BEGIN
  SELECT d.amount_fen, d.in_force_at AS at, a.id, a.balance_fen, a.held_fen, i.id AS aside INTO posting
  FROM accounts_impostordeclaration d
  JOIN accounts_account a ON a.id = d.account_id
  JOIN accounts_internalaccount i ON i.kind = 'aside'
  WHERE d.id = declaration AND d.status = 'active' FOR NO KEY UPDATE OF a;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'a balance is set aside as it was approved' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'entry_set_aside_is_approved', TABLE = 'accounts_entry';
  END IF;
  IF posting.balance_fen <> posting.amount_fen OR posting.held_fen <> 0 THEN
    RAISE EXCEPTION 'the whole balance is set aside, and none of it is reserved' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'set_aside_is_the_whole', TABLE = 'accounts_entry';
  END IF;
  INSERT INTO accounts_entry (posting_id, leg, kind, account_id, internal_id, amount_fen, posted_at, from_held)
  SELECT declaration, side.leg, 'set_aside', side.account_id, side.internal_id, side.amount_fen, posting.at, false
  FROM (VALUES (1, posting.id, NULL::uuid, -posting.amount_fen), (2, NULL, posting.aside, posting.amount_fen))
    side(leg, account_id, internal_id, amount_fen)
  WHERE posting.amount_fen > 0;
END $$;
REVOKE EXECUTE ON FUNCTION accounts_post_set_aside(uuid) FROM PUBLIC;

-- By the end of its transaction a declaration in force has closed the account at its instant and cancelled its cards,
-- its amount is set aside, and no freeze of the account is in force.
CREATE OR REPLACE FUNCTION accounts_impostor_closes() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM accounts_freeze f WHERE f.account_id = NEW.account_id AND f.lifted_at IS NULL
             AND (f.until IS NULL OR f.until > NEW.in_force_at)) THEN
    RAISE EXCEPTION 'a frozen account is not closed by a declaration' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'set_aside_of_no_freeze', TABLE = 'accounts_impostordeclaration';
  END IF;
  IF NOT EXISTS (SELECT FROM accounts_account a WHERE a.id = NEW.account_id AND a.status = 'closed' AND a.closed_at = NEW.in_force_at)
     OR EXISTS (SELECT FROM accounts_card c WHERE c.account_id = NEW.account_id AND c.status <> 'cancelled')
     OR NEW.amount_fen <> (
       SELECT coalesce(-sum(e.amount_fen), 0) FROM accounts_entry e
       WHERE e.posting_id = NEW.id AND e.kind = 'set_aside' AND e.account_id = NEW.account_id) THEN
    RAISE EXCEPTION 'a declaration in force has closed the account and set its balance aside' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'impostor_declaration_closes', TABLE = 'accounts_impostordeclaration';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER impostor_declaration_closes AFTER INSERT OR UPDATE ON accounts_impostordeclaration
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.status = 'active') EXECUTE FUNCTION accounts_impostor_closes();

-- Pays money set aside to an open account here, as it was approved, and never more than is left. Locks the declaration:
-- of two concurrent payments the second counts the first.
CREATE OR REPLACE FUNCTION accounts_post_aside_payment(payment uuid) RETURNS void LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE posting record;
BEGIN
  SELECT p.amount_fen, p.in_force_at AS at, d.id AS declaration, d.amount_fen AS whole_fen, t.id AS other, i.id AS aside INTO posting
  FROM accounts_setasidepayment p
  JOIN accounts_impostordeclaration d ON d.id = p.declaration_id
  JOIN accounts_account t ON t.id = p.to_account_id
  JOIN accounts_internalaccount i ON i.kind = 'aside'
  WHERE p.id = payment AND p.status = 'active' AND d.status = 'active' AND t.status = 'open'
  FOR NO KEY UPDATE OF d, t;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'money set aside is paid as it was approved' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'entry_aside_payment_is_approved', TABLE = 'accounts_entry';
  END IF;
  IF posting.whole_fen < (
    SELECT sum(p.amount_fen) FROM accounts_setasidepayment p WHERE p.declaration_id = posting.declaration AND p.status = 'active'
  ) THEN
    RAISE EXCEPTION 'no more is paid than is set aside' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'set_aside_not_overdrawn', TABLE = 'accounts_entry';
  END IF;
  INSERT INTO accounts_entry (posting_id, leg, kind, account_id, internal_id, amount_fen, posted_at, from_held)
  VALUES (payment, 1, 'aside_paid', NULL, posting.aside, -posting.amount_fen, posting.at, false),
         (payment, 2, 'aside_paid', posting.other, NULL, posting.amount_fen, posting.at, false);
END $$;
REVOKE EXECUTE ON FUNCTION accounts_post_aside_payment(uuid) FROM PUBLIC;

-- An approved payment has its two entries by the end of its transaction.
CREATE OR REPLACE FUNCTION accounts_aside_payment_moves() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF (SELECT count(*) FROM accounts_entry e WHERE e.posting_id = NEW.id AND e.kind = 'aside_paid') <> 2 THEN
    RAISE EXCEPTION 'an approved payment of money set aside has two entries' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'set_aside_payment_has_entries', TABLE = 'accounts_setasidepayment';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER set_aside_payment_has_entries AFTER INSERT OR UPDATE ON accounts_setasidepayment
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.status = 'active') EXECUTE FUNCTION accounts_aside_payment_moves();

-- By table: rows and columns that never change, and the approval that a row needs.

CREATE TRIGGER accounts_impostordeclaration_kept BEFORE UPDATE OF id OR DELETE OR TRUNCATE ON accounts_impostordeclaration
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
CREATE TRIGGER accounts_impostordeclaration_stands AFTER UPDATE OF account_id, amount_fen, statement, asked_at, status, in_force_at ON
    accounts_impostordeclaration
  FOR EACH ROW WHEN (
    (OLD.account_id, OLD.amount_fen, OLD.statement, OLD.asked_at) IS DISTINCT FROM
      (NEW.account_id, NEW.amount_fen, NEW.statement, NEW.asked_at)
    OR OLD.status <> 'pending' AND (OLD.status, OLD.in_force_at) IS DISTINCT FROM (NEW.status, NEW.in_force_at)
  ) EXECUTE FUNCTION kernel_stands();
CREATE CONSTRAINT TRIGGER accounts_impostordeclaration_second_person AFTER INSERT OR UPDATE ON accounts_impostordeclaration
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.status = 'active')
  EXECUTE FUNCTION kernel_second_person('impostor_declaration', 'in_force_at');

CREATE TRIGGER accounts_setasidepayment_kept BEFORE UPDATE OF id OR DELETE OR TRUNCATE ON accounts_setasidepayment
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
CREATE TRIGGER accounts_setasidepayment_stands AFTER UPDATE OF declaration_id, to_account_id, amount_fen, authority, order_no, asked_at,
    status, in_force_at ON accounts_setasidepayment
  FOR EACH ROW WHEN (
    (OLD.declaration_id, OLD.to_account_id, OLD.amount_fen, OLD.authority, OLD.order_no, OLD.asked_at) IS DISTINCT FROM
      (NEW.declaration_id, NEW.to_account_id, NEW.amount_fen, NEW.authority, NEW.order_no, NEW.asked_at)
    OR OLD.status <> 'pending' AND (OLD.status, OLD.in_force_at) IS DISTINCT FROM (NEW.status, NEW.in_force_at)
  ) EXECUTE FUNCTION kernel_stands();
CREATE CONSTRAINT TRIGGER accounts_setasidepayment_second_person AFTER INSERT OR UPDATE ON accounts_setasidepayment
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.status = 'active')
  EXECUTE FUNCTION kernel_second_person('set_aside_payment', 'in_force_at');
