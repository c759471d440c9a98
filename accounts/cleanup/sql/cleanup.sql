-- The clean-up of accounts and cards beyond the limits: campaigns, cases, and what is done about each item.
--
-- Rule: 通告 第五条 (NOTICE_5_STOCK) and 银发〔2016〕261号 一(一) (PBOC_261_STOCK): explain, merge, downgrade, cancel or stop,
-- each by two persons (accounts_cleanupaction_second_person) and done as approved (cleanup_action_is_done,
-- entry_merge_is_approved, account_downgraded_by_action, card_stopped_by_cleanup). House rule: nothing of a sealed
-- campaign changes; an action is undone once, before the seal.

-- Whether an undo is in force in the clean-up case of an account and a limit: the account may then return to its class
-- even beyond the limit.
CREATE OR REPLACE FUNCTION accounts_taken_back(account uuid, of_limit text) RETURNS boolean LANGUAGE plpgsql
  SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN EXISTS (
    SELECT FROM accounts_cleanupaction x JOIN accounts_cleanupitem i ON i.id = x.item_id
    JOIN accounts_cleanupitem j ON j.case_id = i.case_id
    WHERE x.way = 'undo' AND x.status = 'active' AND j.account_id = account AND j."limit" = of_limit);
END $$;

-- Campaigns and their seal.

-- A campaign is sealed only while none of its actions waits for a second person.
CREATE OR REPLACE FUNCTION accounts_cleanup_sealed() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF EXISTS (
    SELECT FROM accounts_cleanupaction x
    JOIN accounts_cleanupitem i ON i.id = x.item_id
    JOIN accounts_cleanupcase c ON c.id = i.case_id
    WHERE c.campaign_id = NEW.id AND x.status = 'pending'
  ) THEN
    RAISE EXCEPTION 'an action of the campaign waits for a second person' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'cleanup_campaign_sealed_when_nothing_waits', TABLE = 'accounts_cleanupcampaign';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER accounts_cleanupcampaign_sealed AFTER UPDATE OF sealed_at ON accounts_cleanupcampaign
  FOR EACH ROW WHEN (OLD.sealed_at IS NULL AND NEW.sealed_at IS NOT NULL) EXECUTE FUNCTION accounts_cleanup_sealed();

-- Refuses changes of a case of a sealed campaign. Locks the campaign's row FOR SHARE: a seal waits for this
-- transaction, and the other way round.
CREATE OR REPLACE FUNCTION accounts_cleanup_case_open() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE campaign uuid;
BEGIN
  IF TG_TABLE_NAME = 'accounts_cleanupcase' THEN
    campaign := NEW.campaign_id;
  ELSE
    SELECT campaign_id INTO campaign FROM accounts_cleanupcase WHERE id = NEW.case_id;
  END IF;
  PERFORM FROM accounts_cleanupcampaign WHERE id = campaign AND sealed_at IS NULL FOR SHARE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the campaign is sealed' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'cleanup_campaign_is_open', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER accounts_cleanupcase_open AFTER UPDATE ON accounts_cleanupcase FOR EACH ROW EXECUTE FUNCTION accounts_cleanup_case_open();
CREATE TRIGGER accounts_cleanupcontact_open AFTER INSERT ON accounts_cleanupcontact FOR EACH ROW EXECUTE FUNCTION accounts_cleanup_case_open();
CREATE TRIGGER accounts_cleanupattachment_open AFTER INSERT ON accounts_cleanupattachment FOR EACH ROW EXECUTE FUNCTION accounts_cleanup_case_open();

-- The same for actions of its cases.
CREATE OR REPLACE FUNCTION accounts_cleanup_open() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM FROM accounts_cleanupcampaign k
  JOIN accounts_cleanupcase c ON c.campaign_id = k.id JOIN accounts_cleanupitem i ON i.case_id = c.id
  WHERE i.id = NEW.item_id AND k.sealed_at IS NULL FOR SHARE OF k;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no action of a sealed campaign is added or changes' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'cleanup_action_before_the_seal', TABLE = 'accounts_cleanupaction';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER cleanup_action_before_the_seal AFTER INSERT ON accounts_cleanupaction FOR EACH ROW EXECUTE FUNCTION accounts_cleanup_open();
CREATE TRIGGER cleanup_action_in_force_before_the_seal AFTER UPDATE OF status, undone_at ON accounts_cleanupaction
  FOR EACH ROW WHEN (NEW.status = 'active') EXECUTE FUNCTION accounts_cleanup_open();

-- Refuses outcomes after the seal of their campaign, or dated before its reference day (as_of).
CREATE OR REPLACE FUNCTION accounts_cleanup_outcomes() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF EXISTS (
    SELECT FROM written w
    JOIN accounts_cleanupitem i ON i.id = w.item_id
    JOIN accounts_cleanupcase c ON c.id = i.case_id
    JOIN accounts_cleanupcampaign g ON g.id = c.campaign_id
    WHERE g.sealed_at IS NOT NULL OR w.at < g.as_of
  ) THEN
    RAISE EXCEPTION 'outcomes are written when their campaign is sealed' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'cleanup_outcome_as_sealed', TABLE = 'accounts_cleanupoutcome';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER accounts_cleanupoutcome_as_sealed AFTER INSERT ON accounts_cleanupoutcome
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION accounts_cleanup_outcomes();

-- Actions.

-- An action in force was carried out completely, at the instant of its approval; each way of the law has its own
-- evidence. An undone action is not checked.
CREATE OR REPLACE FUNCTION accounts_cleanup_done() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  item record;
  done boolean;
BEGIN
  IF EXISTS (SELECT FROM accounts_cleanupaction x WHERE x.id = NEW.id AND x.undone_at IS NOT NULL) THEN
    RETURN NULL;
  END IF;
  SELECT i.* INTO item FROM accounts_cleanupitem i WHERE i.id = NEW.item_id;
  done := CASE NEW.way
    WHEN 'explain' THEN true
    WHEN 'merge' THEN EXISTS (
      SELECT FROM accounts_account a JOIN accounts_account t ON t.id = NEW.to_account_id
      WHERE a.id = item.account_id AND a.status = 'closed' AND a.closed_at = NEW.in_force_at AND a.id <> t.id
        AND a.kind = t.kind AND accounts_same_customer(a.customer_id, t.customer_id)
    ) AND (NEW.amount_fen = 0 OR EXISTS (
      SELECT FROM accounts_entry e WHERE e.posting_id = NEW.id AND e.leg = 1 AND e.kind = 'merge'))
      AND NOT EXISTS (SELECT FROM accounts_card c WHERE c.account_id = item.account_id AND c.status <> 'cancelled')
      AND (NEW.cards = 'move' OR NOT EXISTS (SELECT FROM accounts_cardmove m WHERE m.action_id = NEW.id))
    WHEN 'downgrade' THEN EXISTS (
      SELECT FROM accounts_account a WHERE a.id = item.account_id AND a.downgrade_id = NEW.id)
    WHEN 'cancel' THEN EXISTS (
      SELECT FROM accounts_account a WHERE a.id = item.account_id AND a.status = 'closed' AND a.closed_at = NEW.in_force_at
    ) OR EXISTS (
      SELECT FROM accounts_card c WHERE c.id = accounts_card_now(item.card_id) AND c.status = 'cancelled'
        AND c.cancelled_at = NEW.in_force_at)
    WHEN 'stop' THEN EXISTS (
      SELECT FROM accounts_card c WHERE c.id = accounts_card_now(item.card_id) AND c.status = 'stopped')
    WHEN 'keep' THEN item.limit = 'payment_iii' AND NOT EXISTS (
      SELECT FROM accounts_cleanupitem o JOIN accounts_account a ON a.id = o.account_id
      WHERE o.case_id = item.case_id AND o.limit = item.limit AND o.id <> item.id AND a.status = 'open'
        AND a.account_class = 'III')
    WHEN 'undo' THEN EXISTS (
      SELECT FROM accounts_cleanupaction u WHERE u.id = NEW.undoes_id AND u.item_id = NEW.item_id AND u.undone_at = NEW.in_force_at)
    END;
  IF done IS NOT TRUE THEN
    RAISE EXCEPTION 'an action in force was carried out' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'cleanup_action_is_done', TABLE = 'accounts_cleanupaction';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER cleanup_action_is_done AFTER INSERT OR UPDATE OF status ON accounts_cleanupaction
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.status = 'active') EXECUTE FUNCTION accounts_cleanup_done();

-- An action is undone only by an undo in force, at its instant, and has no effect left.
CREATE OR REPLACE FUNCTION accounts_cleanup_undone() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM accounts_cleanupaction u WHERE u.undoes_id = NEW.id AND u.way = 'undo' AND u.status = 'active'
                 AND u.in_force_at = NEW.undone_at)
     OR EXISTS (SELECT FROM accounts_account a WHERE a.downgrade_id = NEW.id)
     OR NEW.way = 'stop' AND EXISTS (
       SELECT FROM accounts_cleanupitem i JOIN accounts_card c ON c.id = accounts_card_now(i.card_id)
       WHERE i.id = NEW.item_id AND c.status = 'stopped') THEN
    RAISE EXCEPTION 'an undone action has an undo in force, and no effect left'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'cleanup_action_is_undone', TABLE = 'accounts_cleanupaction';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER cleanup_action_is_undone AFTER INSERT OR UPDATE OF undone_at ON accounts_cleanupaction
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.undone_at IS NOT NULL) EXECUTE FUNCTION accounts_cleanup_undone();

-- Effects of actions on money, accounts and cards.

-- Posts the whole balance of an approved merge of two accounts. They are of the same customer and kind, and neither is
-- frozen.
CREATE OR REPLACE FUNCTION accounts_post_merge(action uuid) RETURNS void LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE posting record;
BEGIN
  SELECT x.amount_fen, x.in_force_at AS at, a.id, t.id AS other INTO posting
  FROM accounts_cleanupaction x
  JOIN accounts_cleanupitem i ON i.id = x.item_id
  JOIN accounts_account a ON a.id = i.account_id
  JOIN accounts_account t ON t.id = x.to_account_id
  WHERE x.id = action AND x.way = 'merge' AND x.status = 'active' AND x.amount_fen = a.balance_fen
    AND a.id <> t.id AND a.kind = t.kind AND accounts_same_customer(a.customer_id, t.customer_id)
  FOR NO KEY UPDATE OF a, t;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'a merge moves the whole balance, as it was approved' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'entry_merge_is_approved', TABLE = 'accounts_entry';
  END IF;
  IF EXISTS (SELECT FROM accounts_freeze f WHERE f.account_id IN (posting.id, posting.other) AND f.lifted_at IS NULL
             AND f.placed_at <= posting.at AND (f.until IS NULL OR f.until > posting.at)) THEN
    RAISE EXCEPTION 'a frozen account is not merged' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'merge_of_no_freeze', TABLE = 'accounts_entry';
  END IF;
  INSERT INTO accounts_entry (posting_id, leg, kind, account_id, amount_fen, posted_at, from_held)
  VALUES (action, 1, 'merge', posting.id, -posting.amount_fen, posting.at, false),
         (action, 2, 'merge', posting.other, posting.amount_fen, posting.at, false);
END $$;
REVOKE EXECUTE ON FUNCTION accounts_post_merge(uuid) FROM PUBLIC;

-- The downgrade_id of an account is the action in force that gave it its class: its own downgrade, or the choice of
-- another payment account of its case.
CREATE OR REPLACE FUNCTION accounts_account_downgraded() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' OR NOT EXISTS (
    SELECT FROM accounts_cleanupaction x JOIN accounts_cleanupitem i ON i.id = x.item_id
    WHERE x.id = NEW.downgrade_id AND x.status = 'active' AND x.undone_at IS NULL
      AND CASE x.way
        WHEN 'downgrade' THEN i.account_id = NEW.id AND x.to_class = NEW.account_class
        WHEN 'keep' THEN NEW.kind = 'payment' AND NEW.account_class = 'II' AND EXISTS (
          SELECT FROM accounts_cleanupitem o WHERE o.case_id = i.case_id AND o.limit = i.limit
            AND o.account_id = NEW.id AND o.id <> i.id)
        ELSE false END) THEN
    RAISE EXCEPTION 'the downgrade of an account is in force and gave it its class' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'account_downgraded_by_action', TABLE = 'accounts_account';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER account_downgraded_begins AFTER INSERT ON accounts_account
  FOR EACH ROW WHEN (NEW.downgrade_id IS NOT NULL) EXECUTE FUNCTION accounts_account_downgraded();
CREATE TRIGGER account_downgraded_by_action AFTER UPDATE OF downgrade_id, account_class, kind ON accounts_account
  FOR EACH ROW WHEN (
    NEW.downgrade_id IS NOT NULL AND (OLD.downgrade_id IS DISTINCT FROM NEW.downgrade_id OR OLD.account_class <> NEW.account_class)
  ) EXECUTE FUNCTION accounts_account_downgraded();

-- A card is stopped only by a stop of the clean-up in force, and works again only by its undo, with its former status.
CREATE OR REPLACE FUNCTION accounts_card_stopped() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' OR NOT EXISTS (
    SELECT FROM accounts_cleanupaction x JOIN accounts_cleanupitem i ON i.id = x.item_id
    WHERE i.card_id IN (SELECT accounts_card_line(NEW.id)) AND x.way = 'stop' AND x.status = 'active'
      AND CASE NEW.status WHEN 'stopped' THEN x.undone_at IS NULL AND x.stopped_from = OLD.status
                          ELSE x.undone_at IS NOT NULL AND x.stopped_from = NEW.status END) THEN
    RAISE EXCEPTION 'a card is stopped, and works again, only by the clean-up' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'card_stopped_by_cleanup', TABLE = 'accounts_card';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER card_stopped_begins AFTER INSERT ON accounts_card FOR EACH ROW WHEN (NEW.status = 'stopped') EXECUTE FUNCTION accounts_card_stopped();
CREATE TRIGGER card_stopped_by_cleanup AFTER UPDATE OF status ON accounts_card
  FOR EACH ROW WHEN (OLD.status <> NEW.status AND 'stopped' IN (OLD.status, NEW.status) AND NEW.status <> 'cancelled')
  EXECUTE FUNCTION accounts_card_stopped();

-- By table: rows and columns that never change, and the approval that a row needs.

CREATE TRIGGER accounts_cleanupcampaign_kept BEFORE UPDATE OF id OR DELETE OR TRUNCATE ON accounts_cleanupcampaign
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
CREATE TRIGGER accounts_cleanupcampaign_stands AFTER UPDATE OF name, as_of, started_by_id, sealed_at, sealed_by_id, deadline ON
    accounts_cleanupcampaign
  FOR EACH ROW WHEN (
    (OLD.name, OLD.as_of, OLD.started_by_id) IS DISTINCT FROM (NEW.name, NEW.as_of, NEW.started_by_id)
    OR OLD.sealed_at IS NOT NULL
      AND (OLD.sealed_at, OLD.sealed_by_id, OLD.deadline) IS DISTINCT FROM (NEW.sealed_at, NEW.sealed_by_id, NEW.deadline)
  ) EXECUTE FUNCTION kernel_stands();

CREATE TRIGGER accounts_cleanupcase_kept BEFORE UPDATE OF id OR DELETE OR TRUNCATE ON accounts_cleanupcase
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
CREATE TRIGGER accounts_cleanupcase_stands AFTER UPDATE OF campaign_id, customer_id, excess_accounts, excess_cards ON accounts_cleanupcase
  FOR EACH ROW WHEN (
    (OLD.campaign_id, OLD.customer_id, OLD.excess_accounts, OLD.excess_cards) IS DISTINCT FROM
      (NEW.campaign_id, NEW.customer_id, NEW.excess_accounts, NEW.excess_cards)
  ) EXECUTE FUNCTION kernel_stands();

CREATE TRIGGER accounts_cleanupitem_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON accounts_cleanupitem
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();

CREATE TRIGGER accounts_cleanupaction_kept BEFORE UPDATE OF id OR DELETE OR TRUNCATE ON accounts_cleanupaction
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
CREATE TRIGGER accounts_cleanupaction_stands AFTER UPDATE OF item_id, way, to_account_id, cards, to_class, undoes_id, reason, asked_at,
    status, in_force_at, amount_fen, undone_at, stopped_from ON accounts_cleanupaction
  FOR EACH ROW WHEN (
    (OLD.item_id, OLD.way, OLD.to_account_id, OLD.cards, OLD.to_class, OLD.undoes_id, OLD.reason, OLD.asked_at) IS DISTINCT FROM
      (NEW.item_id, NEW.way, NEW.to_account_id, NEW.cards, NEW.to_class, NEW.undoes_id, NEW.reason, NEW.asked_at)
    OR OLD.status <> 'pending'
      AND (OLD.status, OLD.in_force_at, OLD.amount_fen) IS DISTINCT FROM (NEW.status, NEW.in_force_at, NEW.amount_fen)
    OR OLD.undone_at IS NOT NULL AND OLD.undone_at IS DISTINCT FROM NEW.undone_at
    OR OLD.status <> 'pending' AND OLD.stopped_from IS DISTINCT FROM NEW.stopped_from
  ) EXECUTE FUNCTION kernel_stands();
CREATE CONSTRAINT TRIGGER accounts_cleanupaction_second_person AFTER INSERT OR UPDATE ON accounts_cleanupaction
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.status = 'active')
  EXECUTE FUNCTION kernel_second_person('cleanup_action', 'in_force_at');

CREATE TRIGGER accounts_cleanupcontact_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON accounts_cleanupcontact
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();

CREATE TRIGGER accounts_cleanupattachment_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON accounts_cleanupattachment
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();

CREATE TRIGGER accounts_cleanupoutcome_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON accounts_cleanupoutcome
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
