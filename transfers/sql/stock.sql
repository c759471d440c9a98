-- Transfers on hold that come from another system.
--
-- Rule (house rule): such a transfer is on hold, was accepted before its import began, and comes with its payer's
-- account while the import that two persons approved is applied (transfer_stock_batch_unfinished,
-- transfer_stock_as_approved). The hold itself is checked as that of any other transfer.

CREATE TABLE transfers_stagedtransfer (
  import_id uuid NOT NULL, line int NOT NULL, outcome text, known_id uuid,
  id uuid NOT NULL, ref text NOT NULL, account_ref text NOT NULL, channel text NOT NULL, arrival text NOT NULL,
  amount_fen bigint NOT NULL, accepted_at timestamptz NOT NULL, due_at timestamptz NOT NULL, hold_seconds int,
  rule_code text NOT NULL, rule_clause text NOT NULL, rule_profile text NOT NULL,
  not_of_organization boolean NOT NULL, not_own_here boolean NOT NULL, not_own_elsewhere boolean NOT NULL,
  payee_number text NOT NULL, payee_bank_code text NOT NULL, payee_sealed bytea, payee_key bytea,
  payee_name bytea NOT NULL, payee_name_index bytea NOT NULL, memo bytea,
  payee_id uuid, payee_customer_id uuid, payee_same_name boolean,
  CONSTRAINT staged_transfer_once PRIMARY KEY (import_id, line)
);

-- Refuses an imported transfer that was not accepted before the import, or is not of an account of an approved import.
CREATE OR REPLACE FUNCTION transfers_of_open_stock() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
  SET enable_seqscan = off AS $$
BEGIN
  -- Finishing a batch and adding to it wait for each other.
  PERFORM FROM accounts_importbatch b
  WHERE b.id = NEW.import_batch_id AND b.finished_at IS NULL AND NEW.accepted_at < b.started_at FOR SHARE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'an imported transfer was accepted before the import, and is added while the import is applied'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_stock_batch_unfinished', TABLE = 'transfers_transfer';
  END IF;
  IF NEW.status <> 'held' OR NOT EXISTS (
    SELECT FROM accounts_account a WHERE a.id = NEW.payer_account_id AND a.import_batch_id = NEW.import_batch_id
  ) OR NOT EXISTS (
    SELECT FROM kernel_approval p WHERE p.object_id = NEW.import_batch_id AND p.kind = 'stock_import'
      AND p.status = 'approved' AND p.made_by_id = NEW.made_by_id
  ) THEN
    RAISE EXCEPTION 'an imported transfer is held, and has account and maker of the import'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_stock_as_approved', TABLE = 'transfers_transfer';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER transfers_of_open_stock AFTER INSERT ON transfers_transfer
  FOR EACH ROW WHEN (NEW.import_batch_id IS NOT NULL) EXECUTE FUNCTION transfers_of_open_stock();
