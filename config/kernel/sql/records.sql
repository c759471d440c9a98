-- What the triggers of all apps share: refusals for rows and columns that never change, and the id of a transaction.
--
-- Rule: 通告 第七条: who did what, who approved it and by which rule is kept. Each table's own triggers say which
-- operations and columns are refused; see the files of the apps.

-- The transaction's id, as a number that a column can keep.
CREATE OR REPLACE FUNCTION kernel_xid() RETURNS bigint LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT pg_current_xact_id()::text::bigint $$;

-- Refuses the statement: for tables whose rows are kept as written.
CREATE OR REPLACE FUNCTION kernel_append_only() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'append_only: % on %', TG_OP, TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation',
    CONSTRAINT = TG_TABLE_NAME || '_append_only', TABLE = TG_TABLE_NAME;
END $$;

-- Refuses the update of a row: the trigger's condition says which columns never change.
CREATE OR REPLACE FUNCTION kernel_stands() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'what a row of % says stands', TG_TABLE_NAME USING ERRCODE = 'check_violation',
    CONSTRAINT = TG_TABLE_NAME || '_stands', TABLE = TG_TABLE_NAME;
END $$;
