-- The audit trail of views, receipts of exports, and the prints of slips.
--
-- Rules: 中国人民银行令〔2025〕第11号 第四十四条 keeps records of due diligence for ten years after the end of the business. House
-- rules: a record carries the server's time, is never changed, and is kept for 183 days even from the owner of the tables;
-- prints of one slip are counted without a gap.

-- Writes the server's time, and the bank's time where it differs by more than a second (in a sandbox).
CREATE OR REPLACE FUNCTION kernel_trail_clock() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  NEW.at := clock_timestamp();
  NEW.bank_at := bank_now();
  IF NEW.bank_at BETWEEN NEW.at - interval '1 second' AND NEW.at + interval '1 second' THEN
    NEW.bank_at := NULL;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER kernel_trailrecord_clock BEFORE INSERT ON kernel_trailrecord FOR EACH ROW EXECUTE FUNCTION kernel_trail_clock();

-- A record is deleted only by the owner of the tables, and only once it is older than 183 days. Screenings and look-ups of
-- customers are records of due diligence: they are kept for ten years, and always if they name a customer, like the customer.
CREATE OR REPLACE FUNCTION kernel_trail_kept() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF OLD.at > clock_timestamp() - 183 * interval '24 hours'
    OR OLD.kind IN ('screening', 'look_up_customer')
      AND (OLD.customer_id IS NOT NULL OR OLD.at > clock_timestamp() - interval '10 years')
    OR NOT pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'MEMBER')
  THEN
    RAISE EXCEPTION 'kept: % on %', TG_OP, TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation',
      CONSTRAINT = TG_TABLE_NAME || '_append_only', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN OLD;
END $$;
CREATE TRIGGER kernel_trailrecord_kept_for_months BEFORE DELETE ON kernel_trailrecord FOR EACH ROW EXECUTE FUNCTION kernel_trail_kept();

-- Refuses a receipt of a decision that does not exist; checked as in decisions.sql.
CREATE OR REPLACE FUNCTION kernel_exportreceipt_names_rows() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
  SET enable_seqscan = off SET enable_bitmapscan = off AS $$
BEGIN
  IF EXISTS (SELECT FROM written w WHERE w.decision_id IS NOT NULL AND (SELECT true FROM kernel_decision t WHERE t.id = w.decision_id) IS NULL) THEN
    RAISE EXCEPTION 'decision_id names no row of kernel_decision' USING ERRCODE = 'foreign_key_violation',
      CONSTRAINT = 'export_receipt_decision_exists', TABLE = 'kernel_exportreceipt';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER kernel_exportreceipt_names_rows AFTER INSERT ON kernel_exportreceipt
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION kernel_exportreceipt_names_rows();

-- Refuses a gap in the count of prints.
CREATE OR REPLACE FUNCTION kernel_slip_print_follows() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NEW.nth < 1 OR NEW.nth > 1 AND NOT EXISTS (
      SELECT FROM kernel_slipprint p
      WHERE p.object_id = NEW.object_id AND p.kind = NEW.kind AND p.nth = NEW.nth - 1) THEN
    RAISE EXCEPTION 'the prints of a slip are counted'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'slip_print_follows', TABLE = 'kernel_slipprint';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER slip_print_follows AFTER INSERT ON kernel_slipprint FOR EACH ROW EXECUTE FUNCTION kernel_slip_print_follows();

-- By table: rows and columns that never change.

CREATE TRIGGER kernel_trailrecord_append_only BEFORE UPDATE OR TRUNCATE ON kernel_trailrecord FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();

CREATE TRIGGER kernel_exportreceipt_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON kernel_exportreceipt
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();

CREATE TRIGGER kernel_slipprint_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON kernel_slipprint
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
