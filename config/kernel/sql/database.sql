-- The database as a whole.
--
-- Rule: no role but the owner creates temporary tables: one with the name of a table of the bank's would come before it.

DO $$ BEGIN
  IF (SELECT pg_has_role(datdba, 'USAGE') FROM pg_database WHERE datname = current_database()) THEN
    EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
  ELSE
    RAISE NOTICE 'left to the owner of the database: REVOKE TEMPORARY ON DATABASE % FROM PUBLIC', current_database();
  END IF;
END $$;
