-- Reported losses of cards: by word for some days, or formal until the card is found, replaced or cancelled.
--
-- Rule (house rule, after 国务院令第107号 第三十一条): a report makes the card lost at once and says until when; one by word
-- is over by itself and is not prolonged; else a lost card works again only by a decision that it was found.
-- Constraints: loss_report_not_prolonged, card_lost_as_reported, card_found_by_decision.

-- Reports.

-- Refuses a report that prolongs one by word. A card that the clean-up stopped meanwhile can be reported formally only.
-- Locks the card.
CREATE OR REPLACE FUNCTION accounts_loss_reported() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE c record;
BEGIN
  SELECT status, lost_until INTO c FROM accounts_card WHERE id = NEW.card_id FOR NO KEY UPDATE;
  IF c.status NOT IN ('issued', 'active', 'lost', 'stopped')
     OR c.status = 'stopped' AND (c.lost_until IS NULL OR NEW.kind = 'by_word')
     OR c.status = 'lost' AND (c.lost_until IS NULL OR NEW.kind = 'by_word' AND c.lost_until > least(NEW.at, bank_now()))
  THEN
    RAISE EXCEPTION 'what is lost is made formal, and not prolonged' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'loss_report_not_prolonged', TABLE = 'accounts_lossreport';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER loss_report_not_prolonged BEFORE INSERT ON accounts_lossreport FOR EACH ROW EXECUTE FUNCTION accounts_loss_reported();

-- Makes the card lost until the report lapses; a stopped one stays stopped. Looks at the card once more: another row of
-- the same command may have changed it.
CREATE OR REPLACE FUNCTION accounts_loss_stops() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  UPDATE accounts_card c SET status = CASE c.status WHEN 'stopped' THEN 'stopped' ELSE 'lost' END,
    lost_until = NEW.lapses_at
  WHERE c.id = NEW.card_id AND (
    c.status IN ('issued', 'active')
    OR c.status = 'stopped' AND c.lost_until IS NOT NULL AND NEW.kind = 'formal'
    OR c.status = 'lost' AND c.lost_until IS NOT NULL
       AND (NEW.kind = 'formal' OR c.lost_until <= least(NEW.at, bank_now())));
  IF NOT FOUND THEN
    RAISE EXCEPTION 'what is lost is made formal, and not prolonged' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'loss_report_not_prolonged', TABLE = 'accounts_lossreport';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER loss_report_stops_the_card AFTER INSERT ON accounts_lossreport FOR EACH ROW EXECUTE FUNCTION accounts_loss_stops();

-- What the card says.

-- A card is lost until its latest report lapses.
CREATE OR REPLACE FUNCTION accounts_card_lost() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM (SELECT r.lapses_at FROM accounts_lossreport r WHERE r.card_id = NEW.id
                 ORDER BY r.at DESC, r.id DESC LIMIT 1) last
    WHERE last.lapses_at IS NOT DISTINCT FROM NEW.lost_until
  ) THEN
    RAISE EXCEPTION 'a card is lost until when its report says' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'card_lost_as_reported', TABLE = 'accounts_card';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER card_lost_as_reported AFTER UPDATE OF lost_until ON accounts_card
  FOR EACH ROW WHEN (OLD.lost_until IS DISTINCT FROM NEW.lost_until AND NEW.status IN ('lost', 'stopped'))
  EXECUTE FUNCTION accounts_card_lost();
CREATE TRIGGER card_lost_until_begins AFTER INSERT ON accounts_card FOR EACH ROW WHEN (NEW.lost_until IS NOT NULL) EXECUTE FUNCTION accounts_card_lost();

-- A card that is not lost has no end of being lost left over.
CREATE OR REPLACE FUNCTION accounts_card_lost_no_longer() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  NEW.lost_until := NULL;
  RETURN NEW;
END $$;
CREATE TRIGGER card_lost_no_longer BEFORE UPDATE OF status ON accounts_card
  FOR EACH ROW WHEN (OLD.lost_until IS NOT NULL AND NEW.status NOT IN ('lost', 'stopped')) EXECUTE FUNCTION accounts_card_lost_no_longer();

-- A lost card comes back by the latest decision about its loss, that it was found, or once its report by word is over.
CREATE OR REPLACE FUNCTION accounts_card_found() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF (OLD.lost_until <= bank_now() AND NEW.status = CASE WHEN NEW.activated_at IS NULL THEN 'issued' ELSE 'active' END)
     IS NOT TRUE AND NOT EXISTS (
  SELECT FROM (
      SELECT d.kind, d.principal_id, d.facts ->> 'to' AS became FROM kernel_decision d
      WHERE d.object_id = NEW.id AND d.kind IN ('report_card_lost', 'find_card') AND d.outcome = 'allowed'
      ORDER BY d.at DESC, d.id DESC LIMIT 1
    ) last WHERE last.kind = 'find_card' AND last.principal_id IS NOT NULL AND last.became = NEW.status
) THEN
    RAISE EXCEPTION 'a lost card comes back once it was found' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'card_found_by_decision', TABLE = 'accounts_card';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER card_found_by_decision AFTER UPDATE OF status ON accounts_card
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.status = 'lost' AND NEW.status IN ('issued', 'active'))
  EXECUTE FUNCTION accounts_card_found();

-- What is kept as it was written, and who approves it: by table.

CREATE TRIGGER accounts_lossreport_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON accounts_lossreport
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
