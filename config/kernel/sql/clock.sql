-- The bank's clock: the instant by which every rule is applied.
--
-- A sandbox replaces this function by one that can be moved (`manage.py sandbox_clock`).

CREATE OR REPLACE FUNCTION bank_now() RETURNS timestamptz LANGUAGE sql VOLATILE
AS $$ SELECT clock_timestamp() $$;
