-- The law of transfers at machines, by day: hold, organizations, own accounts.
--
-- The rows come from transfers/policy/regimes.py; `migrate` writes them (银发〔2016〕261号 二(八); notice 2016 五(二)).

CREATE OR REPLACE FUNCTION transfers_atm_regimes() RETURNS TABLE (
  profile text, since timestamptz, hold_seconds integer, organization boolean, own_here boolean, own_elsewhere boolean
) LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
  VALUES
    ('NOTICE_2016', timestamptz '-infinity', 0, true, true, true),
    ('NOTICE_2016', timestamptz '2016-12-01 00:00:00+08', 86400, true, true, true),
    ('PBOC_261', timestamptz '-infinity', 0, true, true, false),
    ('PBOC_261', timestamptz '2016-12-01 00:00:00+08', 86400, true, true, false)
$$;

CREATE OR REPLACE FUNCTION transfers_atm_regime(
  profile text, accepted timestamptz,
  OUT hold_seconds integer, OUT organization boolean, OUT own_here boolean, OUT own_elsewhere boolean
) LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
BEGIN
  SELECT r.hold_seconds, r.organization, r.own_here, r.own_elsewhere
  INTO hold_seconds, organization, own_here, own_elsewhere
  FROM transfers_atm_regimes() r WHERE r.profile = $1 AND r.since <= $2 ORDER BY r.since DESC LIMIT 1;
END $$;

CREATE OR REPLACE FUNCTION transfers_own_elsewhere(
  customer uuid, payee_key bytea, accepted timestamptz
) RETURNS boolean LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN EXISTS (
    SELECT FROM accounts_externalaccount x
    WHERE x.number_key = $2 AND x.status = 'active' AND x.in_force_at <= $3
      AND accounts_same_customer(x.customer_id, $1)
  );
END $$;
