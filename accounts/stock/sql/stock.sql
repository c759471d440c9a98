-- Stock: customers, accounts and cards that come from another system, in batches.
--
-- Rule: 银发〔2016〕261号 一(一) (PBOC_261_STOCK) and 银监发〔2015〕48号 (CBRC_48_CARDS): only accounts and cards of a batch may be
-- beyond a limit as stock. Rows are added to a batch until it is finished (*_batch_unfinished, *_of_open_stock), while
-- an import that two persons approved is applied; a finished batch stays finished.

-- Refuses rows of a finished batch, naming the caller's constraint.
CREATE OR REPLACE FUNCTION accounts_batch_unfinished(batch uuid, rule text, table_name text) RETURNS void LANGUAGE plpgsql
  SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  -- Finishing a batch and adding to it wait for each other.
  PERFORM FROM accounts_importbatch b WHERE b.id = batch AND b.finished_at IS NULL FOR SHARE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no row is added to a finished batch' USING ERRCODE = 'check_violation',
      CONSTRAINT = rule, TABLE = table_name;
  END IF;
END $$;

-- Runs accounts_batch_unfinished for each batch of a statement.
CREATE OR REPLACE FUNCTION accounts_come_with_batch() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE batch uuid;
BEGIN
  FOR batch IN SELECT DISTINCT f.import_batch_id FROM fresh f WHERE f.import_batch_id IS NOT NULL ORDER BY 1 LOOP
    PERFORM accounts_batch_unfinished(batch, TG_ARGV[0], TG_TABLE_NAME);
  END LOOP;
  RETURN NULL;
END $$;
CREATE TRIGGER customer_batch_unfinished AFTER INSERT ON accounts_customer
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION accounts_come_with_batch('customer_batch_unfinished');
CREATE TRIGGER account_batch_unfinished AFTER INSERT ON accounts_account
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION accounts_come_with_batch('account_batch_unfinished');
CREATE TRIGGER stock_breach_batch_unfinished AFTER INSERT ON accounts_stockbreach
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION accounts_come_with_batch('stock_breach_batch_unfinished');

-- Refuses rows of an import that is not approved or is finished, naming the caller's constraint.
CREATE OR REPLACE FUNCTION accounts_import_under_way(import uuid, rule text, table_name text) RETURNS void LANGUAGE plpgsql
  SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM accounts_importbatch b JOIN kernel_approval a ON a.object_id = b.id
    WHERE b.id = import AND b.finished_at IS NULL AND a.kind = 'stock_import' AND a.status = 'approved') THEN
    RAISE EXCEPTION 'rows of an import are added only while the approved import is applied' USING ERRCODE = 'check_violation',
      CONSTRAINT = rule, TABLE = table_name;
  END IF;
END $$;

-- Documents and freezes of a stock need no second person of their own, so they come only while an approved import is
-- applied.
CREATE OR REPLACE FUNCTION accounts_of_open_stock() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM accounts_import_under_way(f.import_batch_id, TG_ARGV[0], TG_TABLE_NAME)
  FROM (SELECT DISTINCT import_batch_id FROM fresh WHERE import_batch_id IS NOT NULL) f;
  RETURN NULL;
END $$;
CREATE TRIGGER document_of_open_stock AFTER INSERT ON accounts_document
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION accounts_of_open_stock('document_of_open_stock');
CREATE TRIGGER freeze_of_open_stock AFTER INSERT ON accounts_freeze
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION accounts_of_open_stock('freeze_of_open_stock');

-- Posts the opening balances of the accounts of an import, while it is applied. The id of a posting is that of its
-- account, so that each account has one opening balance.
CREATE OR REPLACE FUNCTION accounts_post_stock(import uuid) RETURNS void LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM accounts_import_under_way(import, 'entry_of_open_stock', 'accounts_entry');
  INSERT INTO accounts_entry (posting_id, leg, kind, account_id, internal_id, amount_fen, posted_at, from_held)
  SELECT a.id, side.leg, 'opening', side.account_id, side.internal_id, side.amount_fen, clock.now, false
  FROM (SELECT bank_now() AS now) clock, accounts_internalaccount i, accounts_stagedaccount s
  JOIN accounts_account a ON a.id = s.id AND a.import_batch_id = s.import_id
  CROSS JOIN LATERAL (
    VALUES (1, NULL::uuid, i.id, -s.balance_fen), (2, a.id, NULL, s.balance_fen)
  ) side(leg, account_id, internal_id, amount_fen)
  WHERE s.import_id = import AND s.balance_fen > 0 AND i.kind = 'stock';
END $$;
REVOKE EXECUTE ON FUNCTION accounts_post_stock(uuid) FROM PUBLIC;

-- By table: rows and columns that never change, and the approval that a row needs.

CREATE TRIGGER accounts_importbatch_finished_stands AFTER UPDATE OF finished_at ON accounts_importbatch
  FOR EACH ROW WHEN (OLD.finished_at IS NOT NULL AND OLD.finished_at IS DISTINCT FROM NEW.finished_at) EXECUTE FUNCTION kernel_stands();
CREATE TRIGGER accounts_importbatch_kept BEFORE UPDATE OF id OR DELETE OR TRUNCATE ON accounts_importbatch
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();

CREATE TRIGGER accounts_stockimport_kept BEFORE UPDATE OF id OR DELETE OR TRUNCATE ON accounts_stockimport
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
CREATE TRIGGER accounts_stockimport_stands AFTER UPDATE OF source, digest, started_by_id, started_at, status, in_force_at, batch_id, summary
    ON accounts_stockimport
  FOR EACH ROW WHEN (
    (OLD.source, OLD.digest, OLD.started_by_id, OLD.started_at) IS DISTINCT FROM (NEW.source, NEW.digest, NEW.started_by_id, NEW.started_at)
    OR OLD.status IN ('applied', 'discarded')
      AND (OLD.status, OLD.in_force_at, OLD.batch_id, OLD.summary) IS DISTINCT FROM (NEW.status, NEW.in_force_at, NEW.batch_id, NEW.summary)
  ) EXECUTE FUNCTION kernel_stands();
CREATE CONSTRAINT TRIGGER accounts_stockimport_second_person AFTER INSERT OR UPDATE ON accounts_stockimport
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.status IN ('applying', 'applied'))
  EXECUTE FUNCTION kernel_second_person('stock_import', 'in_force_at');

CREATE TRIGGER accounts_stockfile_kept BEFORE UPDATE OF id OR DELETE OR TRUNCATE ON accounts_stockfile
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
CREATE TRIGGER accounts_stockfile_stands AFTER UPDATE OF stock_import_id, sheet, digest ON accounts_stockfile
  FOR EACH ROW WHEN ((OLD.stock_import_id, OLD.sheet, OLD.digest) IS DISTINCT FROM (NEW.stock_import_id, NEW.sheet, NEW.digest))
  EXECUTE FUNCTION kernel_stands();

CREATE TRIGGER accounts_stockbreach_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON accounts_stockbreach
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
