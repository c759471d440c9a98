-- Reported losses of cards: by word for some days, or formal until the card is found, replaced or cancelled.
--
-- Rule (house rule, after 国务院令第107号 第三十一条): a report makes the card lost at once and gives the end of the loss. A
-- report by word ends by itself and is not prolonged; otherwise a lost card works again only by a decision that it was
-- found. Constraints: loss_report_not_prolonged, card_lost_as_reported, card_found_by_decision.

-- Reports.

-- Refuses a second formal report, and a report by word while another report runs. Of a card that the clean-up stopped
-- meanwhile, only a report by word can be made formal. Locks the card.
CREATE OR REPLACE FUNCTION accounts_loss_reported() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE card record;
BEGIN
  SELECT status, lost_until INTO card FROM accounts_card WHERE id = NEW.card_id FOR NO KEY UPDATE;
  IF card.status NOT IN ('issued', 'active', 'lost', 'stopped')
     OR card.status = 'stopped' AND (card.lost_until IS NULL OR NEW.kind = 'by_word')
     OR card.status = 'lost' AND (card.lost_until IS NULL OR NEW.kind = 'by_word' AND card.lost_until > least(NEW.at, bank_now()))
  THEN
    RAISE EXCEPTION 'a report by word is made formal, and not prolonged' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'loss_report_not_prolonged', TABLE = 'accounts_lossreport';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER loss_report_not_prolonged BEFORE INSERT ON accounts_lossreport FOR EACH ROW EXECUTE FUNCTION accounts_loss_reported();

-- Makes the card lost until the report lapses; a stopped card stays stopped. Checks the card again, because another row
-- of the same statement may have changed it.
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
    RAISE EXCEPTION 'a report by word is made formal, and not prolonged' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'loss_report_not_prolonged', TABLE = 'accounts_lossreport';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER loss_report_stops_the_card AFTER INSERT ON accounts_lossreport FOR EACH ROW EXECUTE FUNCTION accounts_loss_stops();

-- The loss of a card.

-- The loss of a card ends (lost_until) when its latest report lapses.
CREATE OR REPLACE FUNCTION accounts_card_lost() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM (SELECT r.lapses_at FROM accounts_lossreport r WHERE r.card_id = NEW.id
                 ORDER BY r.at DESC, r.id DESC LIMIT 1) last
    WHERE last.lapses_at IS NOT DISTINCT FROM NEW.lost_until
  ) THEN
    RAISE EXCEPTION 'a card is lost until its latest report lapses' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'card_lost_as_reported', TABLE = 'accounts_card';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER card_lost_as_reported AFTER UPDATE OF lost_until ON accounts_card
  FOR EACH ROW WHEN (OLD.lost_until IS DISTINCT FROM NEW.lost_until AND NEW.status IN ('lost', 'stopped'))
  EXECUTE FUNCTION accounts_card_lost();
CREATE TRIGGER card_lost_until_begins AFTER INSERT ON accounts_card FOR EACH ROW WHEN (NEW.lost_until IS NOT NULL) EXECUTE FUNCTION accounts_card_lost();

-- Removes the end of the loss from a card that is neither lost nor stopped.
CREATE OR REPLACE FUNCTION accounts_card_lost_no_longer() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  NEW.lost_until := NULL;
  RETURN NEW;
END $$;
CREATE TRIGGER card_lost_no_longer BEFORE UPDATE OF status ON accounts_card
  FOR EACH ROW WHEN (OLD.lost_until IS NOT NULL AND NEW.status NOT IN ('lost', 'stopped')) EXECUTE FUNCTION accounts_card_lost_no_longer();

-- A lost card works again only once its report by word has lapsed, or by the latest decision about its loss, which says
-- that it was found.
CREATE OR REPLACE FUNCTION accounts_card_found() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF (OLD.lost_until <= bank_now() AND NEW.status = CASE WHEN NEW.activated_at IS NULL THEN 'issued' ELSE 'active' END)
     IS NOT TRUE AND NOT EXISTS (
    SELECT FROM (
      SELECT d.kind, d.principal_id, d.facts ->> 'to' AS to_status FROM kernel_decision d
      WHERE d.object_id = NEW.id AND d.kind IN ('report_card_lost', 'find_card') AND d.outcome = 'allowed'
      ORDER BY d.at DESC, d.id DESC LIMIT 1
    ) last WHERE last.kind = 'find_card' AND last.principal_id IS NOT NULL AND last.to_status = NEW.status
  ) THEN
    RAISE EXCEPTION 'a lost card works again only after it was found or its report has lapsed' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'card_found_by_decision', TABLE = 'accounts_card';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER card_found_by_decision AFTER UPDATE OF status ON accounts_card
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.status = 'lost' AND NEW.status IN ('issued', 'active'))
  EXECUTE FUNCTION accounts_card_found();

-- By table: rows and columns that never change.

CREATE TRIGGER accounts_lossreport_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON accounts_lossreport
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
