-- Row ids that SQL makes: UUID version 7 (RFC 9562), as config/kernel/database/ids.py makes them.
--
-- PostgreSQL 18 has both functions in pg_catalog, which comes first in every search path, so these are not called
-- there. They are created on 17 and 18 alike, in `public` by name, so that both have one catalog and a dump of one is
-- restored on the other.

-- The id of another instant: `shift` is added to the clock. 48 bits of milliseconds, the version, 12 bits of the fraction
-- of the millisecond (exact to the microsecond, as the clock is), the variant and 62 random bits of a version 4.
CREATE OR REPLACE FUNCTION public.uuidv7(shift interval) RETURNS uuid LANGUAGE plpgsql VOLATILE STRICT PARALLEL SAFE
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN overlay(
    lpad(to_hex((extract(epoch FROM clock_timestamp() + shift) * 4096000)::bigint), 15, '0') PLACING '7' FROM 13 FOR 0
  ) || right(gen_random_uuid()::text, 17);
END $$;

CREATE OR REPLACE FUNCTION public.uuidv7() RETURNS uuid LANGUAGE plpgsql VOLATILE PARALLEL SAFE
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN uuidv7(interval '0');
END $$;
