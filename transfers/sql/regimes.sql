-- The law of transfers at machines, by day: how long they are held, and which are exempt.
--
-- Rule: 银发〔2016〕261号 二(八) (PBOC_261_ATM) and 通告 第五条 (NOTICE_5_ATM), in the reading (profile) that the bank has set.
-- The figures are those of transfers/policy/acceptance.py: `migrate` writes transfers_atm_regimes anew when they change.

CREATE OR REPLACE FUNCTION transfers_atm_regimes() RETURNS TABLE (
  profile text, since timestamptz, hold_seconds integer, organization boolean, own_here boolean, own_elsewhere boolean
) LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
  VALUES
    ('NOTICE_2016', timestamptz '-infinity', 0, true, true, true),
    ('NOTICE_2016', timestamptz '2016-12-01 00:00:00+08', 86400, true, true, true),
    ('PBOC_261', timestamptz '-infinity', 0, true, true, false),
    ('PBOC_261', timestamptz '2016-12-01 00:00:00+08', 86400, true, true, false)
$$;

-- The regime of a profile at an instant.
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

-- Whether an account elsewhere was registered as the payer's own when the transfer was accepted.
CREATE OR REPLACE FUNCTION transfers_own_elsewhere(customer uuid, payee_key bytea, accepted timestamptz) RETURNS boolean
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN EXISTS (
    SELECT FROM accounts_externalaccount x
    WHERE x.number_key = payee_key AND x.status = 'active' AND x.in_force_at <= accepted
      AND accounts_same_customer(x.customer_id, customer)
  );
END $$;
