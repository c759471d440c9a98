-- Accounts of a customer at other banks, registered as the customer's own.
--
-- Rule: 银发〔2016〕261号 二(八) and 通告 第五条 (NOTICE_5_ATM) exempt own accounts from the hold, so two persons register one
-- and two persons withdraw it (house rule: external_account_ends_by_withdrawal).

-- A registration in force ends only by a withdrawal in force, at the instant of the withdrawal.
CREATE OR REPLACE FUNCTION accounts_externalaccount_ends() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF OLD.status <> 'active' OR NEW.status <> 'ended' OR NEW.in_force_at IS DISTINCT FROM OLD.in_force_at OR NOT EXISTS (
    SELECT FROM accounts_externalaccountwithdrawal w
    WHERE w.external_account_id = NEW.id AND w.status = 'active' AND w.in_force_at = NEW.ended_at
  ) THEN
    RAISE EXCEPTION 'a registered account at another bank ends only by its withdrawal'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'external_account_ends_by_withdrawal', TABLE = 'accounts_externalaccount';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER external_account_ends_by_withdrawal AFTER UPDATE OF status, ended_at, in_force_at ON accounts_externalaccount
  FOR EACH ROW WHEN (
    (OLD.status = 'active' OR NEW.status = 'ended') AND OLD.status IS DISTINCT FROM NEW.status
    OR OLD.ended_at IS DISTINCT FROM NEW.ended_at
    OR OLD.status = 'active' AND OLD.in_force_at IS DISTINCT FROM NEW.in_force_at
  ) EXECUTE FUNCTION accounts_externalaccount_ends();

-- By table: rows and columns that never change, and the approval that a row needs.

CREATE TRIGGER accounts_externalaccount_kept BEFORE UPDATE OF id OR DELETE OR TRUNCATE ON accounts_externalaccount
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
CREATE CONSTRAINT TRIGGER accounts_externalaccount_second_person AFTER INSERT OR UPDATE ON accounts_externalaccount
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.status = 'active')
  EXECUTE FUNCTION kernel_second_person('external_account', 'in_force_at');
CREATE TRIGGER accounts_externalaccount_stands AFTER UPDATE OF bank_code, evidence, asked_at, status, in_force_at, sealed_number, number_key
    ON accounts_externalaccount
  FOR EACH ROW WHEN (
    (OLD.bank_code, OLD.evidence, OLD.asked_at, OLD.sealed_number, OLD.number_key) IS DISTINCT FROM
      (NEW.bank_code, NEW.evidence, NEW.asked_at, NEW.sealed_number, NEW.number_key)
    OR OLD.status NOT IN ('pending', 'active') AND (OLD.status, OLD.in_force_at) IS DISTINCT FROM (NEW.status, NEW.in_force_at)
  ) EXECUTE FUNCTION kernel_stands();
CREATE TRIGGER external_account_ends_by_withdrawal_begins AFTER INSERT ON accounts_externalaccount
  FOR EACH ROW WHEN (NEW.status = 'ended') EXECUTE FUNCTION kernel_stands();

CREATE TRIGGER accounts_externalaccountwithdrawal_kept BEFORE UPDATE OF id OR DELETE OR TRUNCATE ON accounts_externalaccountwithdrawal
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
CREATE TRIGGER accounts_externalaccountwithdrawal_stands AFTER UPDATE OF external_account_id, reason, asked_at, status, in_force_at ON
    accounts_externalaccountwithdrawal
  FOR EACH ROW WHEN (
    (OLD.external_account_id, OLD.reason, OLD.asked_at) IS DISTINCT FROM (NEW.external_account_id, NEW.reason, NEW.asked_at)
    OR OLD.status <> 'pending' AND (OLD.status, OLD.in_force_at) IS DISTINCT FROM (NEW.status, NEW.in_force_at)
  ) EXECUTE FUNCTION kernel_stands();
CREATE CONSTRAINT TRIGGER accounts_externalaccountwithdrawal_second_person AFTER INSERT OR UPDATE ON accounts_externalaccountwithdrawal
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.status = 'active')
  EXECUTE FUNCTION kernel_second_person('external_account_withdrawal', 'in_force_at');
