-- Decisions and idempotency keys.
--
-- Rule: a decision is written once, and names a principal that exists. The table is partitioned by month, so it has
-- no foreign key: a statement is checked as a set. The same holds for keys, which one principal writes very often.

CREATE OR REPLACE FUNCTION kernel_decision_names_rows() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
  SET enable_seqscan = off SET enable_bitmapscan = off AS $$
DECLARE
  broken text;
BEGIN
  SELECT min(missing.name) INTO broken FROM (
    SELECT CASE
      WHEN w.principal_id IS NOT NULL AND (SELECT true FROM kernel_principal t WHERE t.id = w.principal_id) IS NULL THEN 'decision_principal_exists'
    END AS name FROM written w
  ) AS missing;
  IF broken IS NOT NULL THEN
    RAISE EXCEPTION 'a row refers to one that is not there' USING ERRCODE = 'foreign_key_violation',
      CONSTRAINT = broken, TABLE = 'kernel_decision';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER kernel_decision_names_rows AFTER INSERT ON kernel_decision
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION kernel_decision_names_rows();

CREATE OR REPLACE FUNCTION kernel_idempotencykey_names_rows() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
  SET enable_seqscan = off SET enable_bitmapscan = off AS $$
DECLARE
  broken text;
BEGIN
  SELECT min(missing.name) INTO broken FROM (
    SELECT CASE
      WHEN w.principal_id IS NOT NULL AND (SELECT true FROM kernel_principal t WHERE t.id = w.principal_id) IS NULL THEN 'idempotency_principal_exists'
    END AS name FROM written w
  ) AS missing;
  IF broken IS NOT NULL THEN
    RAISE EXCEPTION 'a row refers to one that is not there' USING ERRCODE = 'foreign_key_violation',
      CONSTRAINT = broken, TABLE = 'kernel_idempotencykey';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER kernel_idempotencykey_names_rows AFTER INSERT ON kernel_idempotencykey
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION kernel_idempotencykey_names_rows();

CREATE TRIGGER kernel_decision_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON kernel_decision
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();

CREATE TRIGGER kernel_idempotencykey_principal_stands BEFORE UPDATE OF principal_id ON kernel_idempotencykey
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
