-- Trigger functions for records: rows that are written once, and columns that never change again.
--
-- Purpose: evidence of decisions, money and persons is kept as it was written, by every role including the owner.
-- Each table names the columns in its own trigger; see the files of the apps.

CREATE OR REPLACE FUNCTION kernel_append_only() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'append_only: % on %', TG_OP, TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation',
    CONSTRAINT = TG_TABLE_NAME || '_append_only', TABLE = TG_TABLE_NAME;
END $$;

CREATE OR REPLACE FUNCTION kernel_stands() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'what a row of % says stands', TG_TABLE_NAME USING ERRCODE = 'check_violation',
    CONSTRAINT = TG_TABLE_NAME || '_stands', TABLE = TG_TABLE_NAME;
END $$;

CREATE OR REPLACE FUNCTION kernel_xid() RETURNS bigint LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT pg_current_xact_id()::text::bigint $$;
