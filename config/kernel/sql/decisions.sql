-- Decisions of the bank, and the keys that make a repeated request safe.
--
-- Rule: 通告 第七条: a decision is written once, by a principal that exists. Both tables are written very often, so
-- references are checked once for each statement instead of row by row at COMMIT, always through the index. Principals
-- are never deleted, so nothing is locked.

-- Refuses a decision of a principal that does not exist.
CREATE OR REPLACE FUNCTION kernel_decision_names_rows() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
  SET enable_seqscan = off SET enable_bitmapscan = off AS $$
BEGIN
  IF EXISTS (SELECT FROM written w WHERE w.principal_id IS NOT NULL AND (SELECT true FROM kernel_principal t WHERE t.id = w.principal_id) IS NULL) THEN
    RAISE EXCEPTION 'principal_id names no row of kernel_principal' USING ERRCODE = 'foreign_key_violation',
      CONSTRAINT = 'decision_principal_exists', TABLE = 'kernel_decision';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER kernel_decision_names_rows AFTER INSERT ON kernel_decision
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION kernel_decision_names_rows();

-- Refuses a key of a principal that does not exist.
CREATE OR REPLACE FUNCTION kernel_idempotencykey_names_rows() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
  SET enable_seqscan = off SET enable_bitmapscan = off AS $$
BEGIN
  IF EXISTS (SELECT FROM written w WHERE w.principal_id IS NOT NULL AND (SELECT true FROM kernel_principal t WHERE t.id = w.principal_id) IS NULL) THEN
    RAISE EXCEPTION 'principal_id names no row of kernel_principal' USING ERRCODE = 'foreign_key_violation',
      CONSTRAINT = 'idempotency_principal_exists', TABLE = 'kernel_idempotencykey';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER kernel_idempotencykey_names_rows AFTER INSERT ON kernel_idempotencykey
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION kernel_idempotencykey_names_rows();

-- By table: rows and columns that never change.

CREATE TRIGGER kernel_decision_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON kernel_decision FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();

CREATE TRIGGER kernel_idempotencykey_principal_stands BEFORE UPDATE OF principal_id ON kernel_idempotencykey
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
