-- Functions for the triggers of all apps: refusals for rows and columns that never change, the id of a transaction.
--
-- Rule: 通告 第七条: who did what, who approved it and by which rule is on record. Each table's own triggers say which
-- operations and columns are refused; see the files of the apps.

-- The transaction's id, as a number that a column can keep.
CREATE OR REPLACE FUNCTION kernel_xid() RETURNS bigint LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT pg_current_xact_id()::text::bigint $$;

-- Refuses the statement, for tables with rows that never change.
CREATE OR REPLACE FUNCTION kernel_append_only() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'append_only: % on %', TG_OP, TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation',
    CONSTRAINT = TG_TABLE_NAME || '_append_only', TABLE = TG_TABLE_NAME;
END $$;

-- Refuses the update of a row. The condition of the trigger says which columns never change.
CREATE OR REPLACE FUNCTION kernel_stands() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'a row of % has columns that never change', TG_TABLE_NAME USING ERRCODE = 'check_violation',
    CONSTRAINT = TG_TABLE_NAME || '_stands', TABLE = TG_TABLE_NAME;
END $$;
