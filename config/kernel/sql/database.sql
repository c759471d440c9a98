-- What holds for the database as a whole.
--
-- Rule (house rule): only the owner of the database creates temporary tables. A function without a search path would
-- read a temporary table with the name of one of the bank's tables instead of that table.

DO $$ BEGIN
  IF (SELECT pg_has_role(datdba, 'USAGE') FROM pg_database WHERE datname = current_database()) THEN
    EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
  ELSE
    RAISE NOTICE 'left to the owner of the database: REVOKE TEMPORARY ON DATABASE % FROM PUBLIC', current_database();
  END IF;
END $$;
