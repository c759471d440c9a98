-- Events of transfers, and how late they were released.
--
-- Rule: an event names a transfer and a principal that exist; house rule: nothing is released while a restore is
-- unconfirmed (event_releases_wait).

-- How many of the given transfers exist, in one read of the index.
CREATE OR REPLACE FUNCTION transfers_there(transfer_ids uuid[]) RETURNS bigint LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp
  SET enable_seqscan = off SET enable_bitmapscan = off AS $$
  SELECT count(*) FROM transfers_transfer WHERE id = ANY(transfer_ids)
$$;

-- Events.

-- Refuses events of transfers and principals that do not exist. A single event is looked up alone, several by one
-- query.
CREATE OR REPLACE FUNCTION event_transfer_exists() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
  SET enable_seqscan = off AS $$
DECLARE transfer_ids uuid[] := ARRAY(SELECT transfer_id FROM written);
BEGIN
  IF EXISTS (SELECT FROM written w WHERE w.actor_id IS NOT NULL
             AND (SELECT true FROM kernel_principal p WHERE p.id = w.actor_id) IS NULL) THEN
    RAISE EXCEPTION 'actor_id names no row of kernel_principal'
      USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'event_actor_exists', TABLE = 'transfers_event';
  END IF;
  IF cardinality(transfer_ids) > 1 THEN
    transfer_ids := ARRAY(SELECT DISTINCT one_id FROM unnest(transfer_ids) one_id ORDER BY 1);
    IF transfers_there(transfer_ids) = cardinality(transfer_ids) THEN
      RETURN NULL;
    END IF;
  ELSIF transfer_ids = '{}' OR EXISTS (SELECT FROM transfers_transfer t WHERE t.id = transfer_ids[1]) THEN
    RETURN NULL;
  END IF;
  RAISE EXCEPTION 'transfer_id names no row of transfers_transfer'
    USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'event_transfer_exists', TABLE = 'transfers_event';
END $$;
CREATE TRIGGER event_transfer_exists AFTER INSERT ON transfers_event
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION event_transfer_exists();

-- Nothing is released while a restore is unconfirmed, because the release may have happened before the restore. One
-- query per statement.
CREATE OR REPLACE FUNCTION transfers_releases_wait() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM kernel_restore WHERE confirmed_at IS NULL)
     AND EXISTS (SELECT FROM written WHERE old_status = 'held' AND new_status IN ('posted', 'returned')) THEN
    RAISE EXCEPTION 'restored, unconfirmed: nothing is released'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'event_releases_wait', TABLE = 'transfers_event';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER event_releases_wait AFTER INSERT ON transfers_event
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION transfers_releases_wait();

-- Adds a row of counts for the releases of a statement: by day, releaser and lateness. A task adds the rows up.
CREATE OR REPLACE FUNCTION transfers_lateness_counted() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM written WHERE released_by <> '') THEN
    INSERT INTO transfers_latenesscount (day, released_by, folded, le_100ms, le_1s, le_10s, le_1min, le_10min, over, total_ms,
                                         lateness_ms, releases)
    SELECT day, released_by, false,
           coalesce(sum(n) FILTER (WHERE lateness_ms <= 100), 0),
           coalesce(sum(n) FILTER (WHERE lateness_ms > 100 AND lateness_ms <= 1000), 0),
           coalesce(sum(n) FILTER (WHERE lateness_ms > 1000 AND lateness_ms <= 10000), 0),
           coalesce(sum(n) FILTER (WHERE lateness_ms > 10000 AND lateness_ms <= 60000), 0),
           coalesce(sum(n) FILTER (WHERE lateness_ms > 60000 AND lateness_ms <= 600000), 0),
           coalesce(sum(n) FILTER (WHERE lateness_ms > 600000), 0),
           sum(n * lateness_ms), array_agg(lateness_ms ORDER BY lateness_ms), array_agg(n ORDER BY lateness_ms)
    FROM (
      SELECT (at AT TIME ZONE interval '8 hours')::date AS day, released_by, lateness_ms, count(*)::int AS n
      FROM written WHERE released_by <> '' GROUP BY 1, 2, 3
    ) AS late GROUP BY day, released_by;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER event_lateness_counted AFTER INSERT ON transfers_event
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION transfers_lateness_counted();

-- By table: rows and columns that never change.

CREATE TRIGGER transfers_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON transfers_event FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
