from datetime import UTC, datetime
from typing import Any

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

from config.kernel.ids import new_id
from config.kernel.migration_ops import SEARCH_PATH, AppendOnly, ColumnsStand
from config.kernel.online_ddl import AddCheck, AddColumn, AddIndex, MakeTable

MOMENT = "SET LOCAL lock_timeout = '2s'"
#: What is older is stock: 银发〔2016〕261号 一(一), from 2016-12-01 in Shanghai.
ACCOUNTS_SINCE = datetime(2016, 11, 30, 16, tzinfo=UTC)
ACTION, MOVE = "accounts_cleanupaction", "accounts_cardmove"
#: What stands of a card but for which account it is on; and what stood before.
STANDS = (
    "product", "number", "number_index", "exception_id", "import_batch_id", "agent_key", "agent_name", "agent_slot",
    "replaces_id", "issued_at",
)  # fmt: skip
STOOD = ("account_id", *STANDS)

# What is in force about an item was done to it, whole, at the instant of the approval, and not after the campaign was
# sealed: who seals it waits for what is being put in force, and the other way round. Each way is looked at as its
# transaction ends; what becomes of the account or the card later is another matter.
DONE = f"""
{MOMENT};
CREATE OR REPLACE FUNCTION accounts_card_line(card uuid) RETURNS SETOF uuid LANGUAGE sql STABLE SET {SEARCH_PATH} AS $$
  WITH RECURSIVE line AS (
    SELECT c.id, c.replaces_id FROM accounts_card c WHERE c.id = card
    UNION ALL SELECT c.id, c.replaces_id FROM accounts_card c JOIN line ON c.id = line.replaces_id
  ) SELECT id FROM line
$$;
CREATE OR REPLACE FUNCTION accounts_card_now(card uuid) RETURNS uuid LANGUAGE sql STABLE SET {SEARCH_PATH} AS $$
  WITH RECURSIVE line AS (
    SELECT card AS id
    UNION ALL SELECT c.id FROM accounts_card c JOIN line ON c.replaces_id = line.id
  ) SELECT l.id FROM line l WHERE NOT EXISTS (SELECT FROM accounts_card c WHERE c.replaces_id = l.id)
$$;
CREATE OR REPLACE FUNCTION accounts_cleanup_open() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  PERFORM FROM accounts_cleanupcampaign k
  JOIN accounts_cleanupcase c ON c.campaign_id = k.id JOIN accounts_cleanupitem i ON i.case_id = c.id
  WHERE i.id = NEW.item_id AND k.sealed_at IS NULL FOR SHARE OF k;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'nothing of a sealed campaign changes' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'cleanup_action_before_the_seal', TABLE = '{ACTION}';
  END IF;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER cleanup_action_before_the_seal AFTER INSERT ON {ACTION} FOR EACH ROW
  EXECUTE FUNCTION accounts_cleanup_open();
CREATE OR REPLACE TRIGGER cleanup_action_in_force_before_the_seal AFTER UPDATE OF status, undone_at ON {ACTION}
  FOR EACH ROW WHEN (NEW.status = 'active') EXECUTE FUNCTION accounts_cleanup_open();

CREATE OR REPLACE FUNCTION accounts_cleanup_done() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
DECLARE
  item record;
  done boolean;
BEGIN
  IF EXISTS (SELECT FROM {ACTION} x WHERE x.id = NEW.id AND x.undone_at IS NOT NULL) THEN
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
      AND (NEW.cards = 'move' OR NOT EXISTS (SELECT FROM {MOVE} m WHERE m.action_id = NEW.id))
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
      SELECT FROM {ACTION} u WHERE u.id = NEW.undoes_id AND u.item_id = NEW.item_id AND u.undone_at = NEW.in_force_at)
    END;
  IF done IS NOT TRUE THEN
    RAISE EXCEPTION 'what is in force was done' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'cleanup_action_is_done', TABLE = '{ACTION}';
  END IF;
  RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS cleanup_action_is_done ON {ACTION};
CREATE CONSTRAINT TRIGGER cleanup_action_is_done AFTER INSERT OR UPDATE OF status ON {ACTION}
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.status = 'active') EXECUTE FUNCTION accounts_cleanup_done();

CREATE OR REPLACE FUNCTION accounts_cleanup_undone() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM {ACTION} u WHERE u.undoes_id = NEW.id AND u.way = 'undo' AND u.status = 'active'
                 AND u.in_force_at = NEW.undone_at)
     OR EXISTS (SELECT FROM accounts_account a WHERE a.downgrade_id = NEW.id)
     OR NEW.way = 'stop' AND EXISTS (
       SELECT FROM accounts_cleanupitem i JOIN accounts_card c ON c.id = accounts_card_now(i.card_id)
       WHERE i.id = NEW.item_id AND c.status = 'stopped') THEN
    RAISE EXCEPTION 'what is taken back is so by an action in force, and has no effect any more'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'cleanup_action_is_undone', TABLE = '{ACTION}';
  END IF;
  RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS cleanup_action_is_undone ON {ACTION};
CREATE CONSTRAINT TRIGGER cleanup_action_is_undone AFTER INSERT OR UPDATE OF undone_at ON {ACTION}
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.undone_at IS NOT NULL)
  EXECUTE FUNCTION accounts_cleanup_undone()
"""  # noqa: S608 - constants
NOT_DONE = f"""
{MOMENT};
DROP TRIGGER IF EXISTS cleanup_action_before_the_seal ON {ACTION};
DROP TRIGGER IF EXISTS cleanup_action_in_force_before_the_seal ON {ACTION};
DROP TRIGGER IF EXISTS cleanup_action_is_done ON {ACTION};
DROP TRIGGER IF EXISTS cleanup_action_is_undone ON {ACTION};
DROP FUNCTION IF EXISTS accounts_cleanup_open(), accounts_cleanup_done(), accounts_cleanup_undone(),
  accounts_card_now(uuid), accounts_card_line(uuid)
"""

# What moved is what was approved: between two accounts of one customer and kind, whole, at the instant of the approval,
# neither of them frozen then.
MERGED = f"""
{MOMENT};
CREATE OR REPLACE FUNCTION accounts_merge_entry() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
DECLARE moved record;
BEGIN
  SELECT a.id, t.id AS other, a.balance_fen INTO moved
  FROM {ACTION} x
  JOIN accounts_cleanupitem i ON i.id = x.item_id
  JOIN accounts_account a ON a.id = i.account_id
  JOIN accounts_account t ON t.id = x.to_account_id
  WHERE x.id = NEW.posting_id AND x.way = 'merge' AND x.status = 'active' AND x.in_force_at = NEW.posted_at
    AND a.id <> t.id AND a.kind = t.kind AND accounts_same_customer(a.customer_id, t.customer_id)
    AND CASE NEW.leg WHEN 1 THEN (NEW.account_id, NEW.amount_fen) = (a.id, -x.amount_fen)
                     ELSE (NEW.account_id, NEW.amount_fen) = (t.id, x.amount_fen) END;
  IF NOT FOUND OR moved.balance_fen <> 0 THEN
    RAISE EXCEPTION 'a merge moves what was approved, whole' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'entry_merge_is_approved', TABLE = 'accounts_entry';
  END IF;
  IF EXISTS (SELECT FROM accounts_freeze f WHERE f.account_id IN (moved.id, moved.other) AND f.lifted_at IS NULL
             AND f.placed_at <= NEW.posted_at AND (f.until IS NULL OR f.until > NEW.posted_at)) THEN
    RAISE EXCEPTION 'what is frozen is not merged' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'merge_of_no_freeze', TABLE = 'accounts_entry';
  END IF;
  RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS entry_merge_is_approved ON accounts_entry;
CREATE CONSTRAINT TRIGGER entry_merge_is_approved AFTER INSERT ON accounts_entry DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (NEW.kind = 'merge') EXECUTE FUNCTION accounts_merge_entry()
"""  # noqa: S608 - constants
NOT_MERGED = f"""
{MOMENT};
DROP TRIGGER IF EXISTS entry_merge_is_approved ON accounts_entry;
DROP FUNCTION IF EXISTS accounts_merge_entry()
"""

# A card goes to another account by a merge of the two that is in force and says so; where it was is kept. Its service
# ends, and begins again, by the clean-up alone. An exception was approved for the account that a card lay on: what takes
# its place lies where it does.
CARDS = f"""
{MOMENT};
CREATE OR REPLACE FUNCTION accounts_card_moved() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET {SEARCH_PATH} AS $$
DECLARE by_action record;
BEGIN
  SELECT x.id, x.in_force_at INTO by_action FROM {ACTION} x JOIN accounts_cleanupitem i ON i.id = x.item_id
  WHERE x.way = 'merge' AND x.cards = 'move' AND x.status = 'active' AND i.account_id = OLD.account_id
    AND x.to_account_id = NEW.account_id;
  IF NOT FOUND OR OLD.status = 'cancelled' OR OLD.customer_id <> NEW.customer_id THEN
    RAISE EXCEPTION 'a card goes to another account by a merge of the two' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'card_moves_by_merge', TABLE = 'accounts_card';
  END IF;
  INSERT INTO {MOVE} (id, action_id, card_id, from_account_id, to_account_id, at)
  VALUES (uuidv7(), by_action.id, NEW.id, OLD.account_id, NEW.account_id, by_action.in_force_at);
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER card_moves_by_merge AFTER UPDATE OF account_id ON accounts_card FOR EACH ROW
  WHEN (OLD.account_id <> NEW.account_id) EXECUTE FUNCTION accounts_card_moved();
CREATE OR REPLACE TRIGGER {MOVE}_by_triggers BEFORE INSERT ON {MOVE}
  FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION kernel_append_only();

CREATE OR REPLACE FUNCTION accounts_card_stopped() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  IF TG_OP = 'INSERT' OR NOT EXISTS (
    SELECT FROM {ACTION} x JOIN accounts_cleanupitem i ON i.id = x.item_id
    WHERE i.card_id IN (SELECT accounts_card_line(NEW.id)) AND x.way = 'stop' AND x.status = 'active'
      AND CASE NEW.status WHEN 'stopped' THEN x.undone_at IS NULL AND x.stopped_from = OLD.status
                          ELSE x.undone_at IS NOT NULL AND x.stopped_from = NEW.status END) THEN
    RAISE EXCEPTION 'the service of a card ends and begins by the clean-up' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'card_stopped_by_cleanup', TABLE = 'accounts_card';
  END IF;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER card_stopped_begins AFTER INSERT ON accounts_card FOR EACH ROW
  WHEN (NEW.status = 'stopped') EXECUTE FUNCTION accounts_card_stopped();
CREATE OR REPLACE TRIGGER card_stopped_by_cleanup AFTER UPDATE OF status ON accounts_card FOR EACH ROW
  WHEN (OLD.status <> NEW.status AND 'stopped' IN (OLD.status, NEW.status) AND NEW.status <> 'cancelled')
  EXECUTE FUNCTION accounts_card_stopped();

CREATE OR REPLACE FUNCTION accounts_card_excepted() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM accounts_cardexception x WHERE x.id = NEW.exception_id AND x.status = 'active'
                 AND x.account_id = NEW.account_id AND x.product = NEW.product)
     AND NOT EXISTS (SELECT FROM accounts_card r WHERE r.id = NEW.replaces_id AND r.exception_id = NEW.exception_id
                     AND r.account_id = NEW.account_id AND r.product = NEW.product AND r.status = 'cancelled') THEN
    RAISE EXCEPTION 'no approved exception says so' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'card_exception_is_approved', TABLE = 'accounts_card';
  END IF;
  RETURN NULL;
END $$
"""  # noqa: S608 - constants
CARDS_STAY = f"""
{MOMENT};
DROP TRIGGER IF EXISTS card_moves_by_merge ON accounts_card;
DROP TRIGGER IF EXISTS {MOVE}_by_triggers ON {MOVE};
DROP TRIGGER IF EXISTS card_stopped_begins ON accounts_card;
DROP TRIGGER IF EXISTS card_stopped_by_cleanup ON accounts_card;
DROP FUNCTION IF EXISTS accounts_card_moved(), accounts_card_stopped();
CREATE OR REPLACE FUNCTION accounts_card_excepted() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM accounts_cardexception x WHERE x.id = NEW.exception_id AND x.status = 'active'
                 AND x.account_id = NEW.account_id AND x.product = NEW.product) THEN
    RAISE EXCEPTION 'no approved exception says so' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'card_exception_is_approved', TABLE = 'accounts_card';
  END IF;
  RETURN NULL;
END $$
"""

# An account names the action in force by which it has its class: a downgrade of that very account to that class, or
# the choice of another payment account of its case.
BY_MERGE = """
DROP TRIGGER IF EXISTS account_excess_by_merge ON accounts_account;
CREATE CONSTRAINT TRIGGER account_excess_by_merge AFTER UPDATE OF merge_id, class_slot, account_class
  ON accounts_account DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (NEW.merge_id IS NOT NULL {but}AND (OLD.merge_id IS DISTINCT FROM NEW.merge_id
        OR OLD.class_slot IS NOT NULL AND NEW.class_slot IS NULL OR OLD.account_class <> NEW.account_class))
  EXECUTE FUNCTION accounts_account_excess()
"""
DOWNGRADED = f"""
{MOMENT};
CREATE OR REPLACE FUNCTION accounts_account_downgraded() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  IF TG_OP = 'INSERT' OR NOT EXISTS (
    SELECT FROM {ACTION} x JOIN accounts_cleanupitem i ON i.id = x.item_id
    WHERE x.id = NEW.downgrade_id AND x.status = 'active' AND x.undone_at IS NULL
      AND CASE x.way
        WHEN 'downgrade' THEN i.account_id = NEW.id AND x.to_class = NEW.account_class
        WHEN 'keep' THEN NEW.kind = 'payment' AND NEW.account_class = 'II' AND EXISTS (
          SELECT FROM accounts_cleanupitem o WHERE o.case_id = i.case_id AND o.limit = i.limit
            AND o.account_id = NEW.id AND o.id <> i.id)
        ELSE false END) THEN
    RAISE EXCEPTION 'an account names the downgrade in force that gave it its class' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'account_downgraded_by_action', TABLE = 'accounts_account';
  END IF;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER account_downgraded_begins AFTER INSERT ON accounts_account FOR EACH ROW
  WHEN (NEW.downgrade_id IS NOT NULL) EXECUTE FUNCTION accounts_account_downgraded();
CREATE OR REPLACE TRIGGER account_downgraded_by_action AFTER UPDATE OF downgrade_id, account_class, kind
  ON accounts_account FOR EACH ROW
  WHEN (NEW.downgrade_id IS NOT NULL AND (OLD.downgrade_id IS DISTINCT FROM NEW.downgrade_id
        OR OLD.account_class <> NEW.account_class)) EXECUTE FUNCTION accounts_account_downgraded();
{BY_MERGE.format(but="AND NEW.downgrade_id IS NULL ")}
"""  # noqa: S608 - constants
NOT_DOWNGRADED = f"""
{MOMENT};
DROP TRIGGER IF EXISTS account_downgraded_begins ON accounts_account;
DROP TRIGGER IF EXISTS account_downgraded_by_action ON accounts_account;
DROP FUNCTION IF EXISTS accounts_account_downgraded();
{BY_MERGE.format(but="")}
"""
#: What was done by a clean-up stands nowhere else.
UNLESS_DONE = f"""
DO $$ BEGIN
  IF EXISTS (SELECT FROM {ACTION} WHERE status = 'active' AND way <> 'explain') THEN
    RAISE EXCEPTION 'a clean-up has moved money, cards or classes: the version before does not know of it';
  END IF;
END $$
"""


def account(name: str = "accounts.account", **more: Any) -> models.ForeignKey:
    return models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=name, **{"related_name": "+"} | more)


class Migration(migrations.Migration):
    """What is done about an item of a clean-up: money moves, cards change account or stop, classes fall.

    Back again it does not go once anything of it was done.
    """

    atomic = False
    dependencies = [("accounts", "0029_stock_imports"), ("kernel", "0022_drafts")]

    operations = [
        AddColumn(
            "cleanupaction",
            "stopped_from",
            models.CharField(blank=True, db_default="", default="", max_length=12),
        ),
        AddColumn(
            "account",
            "downgrade",
            account("accounts.cleanupaction", null=True, db_index=False, related_name="downgraded"),
        ),
        AddIndex(
            "account",
            models.Index(name="account_downgraded", fields=["downgrade"], condition=Q(downgrade__isnull=False)),
        ),
        MakeTable(
            name="CardMove",
            fields=[
                ("id", models.UUIDField(default=new_id, editable=False, primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("action", account("accounts.cleanupaction", related_name="moved_cards")),
                ("card", account("accounts.card", related_name="moves")),
                ("from_account", account(db_index=False)),
                ("to_account", account(db_index=False)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(name="card_move_once", fields=("card", "action")),
                    models.CheckConstraint(name="card_move_between_two", condition=~Q(from_account=F("to_account"))),
                ],
            },
        ),
        AppendOnly(MOVE),
        AddCheck(
            "cleanupaction",
            models.CheckConstraint(
                name="cleanup_action_undone_can_be",
                condition=Q(undone_at=None) | Q(way__in=["explain", "stop", "downgrade", "keep"]),
            ),
        ),
        AddCheck(
            "cleanupaction",
            models.CheckConstraint(
                name="cleanup_action_stop_says_from",
                condition=Q(way="stop", status="active", stopped_from__in=["issued", "active", "lost"])
                | ((~Q(way="stop") | ~Q(status="active")) & Q(stopped_from="")),
            ),
        ),
        AddCheck(
            "card",
            models.CheckConstraint(
                name="card_status_known",
                condition=Q(status__in=["issued", "active", "lost", "stopped", "cancelled"]),
            ),
        ),
        AddCheck(
            "entry",
            models.CheckConstraint(
                name="entry_kind_known",
                condition=Q(kind__in=["opening", "deposit", "withdrawal", "transfer", "close_out", "merge"]),
            ),
        ),
        AddCheck(
            "account",
            models.CheckConstraint(
                name="account_class_slot_or_stock",
                condition=Q(status="closed")
                | Q(account_class="none", class_slot=None)
                | Q(kind="payment", account_class__in=["I", "II"], class_slot=None)
                | Q(kind="bank", account_class="I", class_slot__isnull=False, class_slot=1)
                | Q(
                    kind="bank",
                    account_class__in=["II", "III"],
                    class_slot__isnull=False,
                    class_slot__gte=1,
                    class_slot__lte=5,
                )
                | Q(kind="payment", account_class="III", class_slot__isnull=False, class_slot=1)
                | Q(class_slot=None, import_batch__isnull=False, opened_at__lt=ACCOUNTS_SINCE)
                | Q(class_slot=None, breach__isnull=False)
                | Q(class_slot=None, merge__isnull=False)
                | Q(class_slot=None, downgrade__isnull=False),
            ),
        ),
        ColumnsStand(ACTION, ("stopped_from",), "OLD.status <> 'pending'", "stopped"),
        migrations.RunSQL(DONE, NOT_DONE),
        migrations.RunSQL(MERGED, NOT_MERGED),
        # What moves is looked at before what stood is let go.
        migrations.RunSQL(CARDS, CARDS_STAY),
        migrations.RunSQL(ColumnsStand("accounts_card", STANDS).sql, ColumnsStand("accounts_card", STOOD).sql),
        migrations.RunSQL(DOWNGRADED, NOT_DOWNGRADED),
        migrations.RunSQL(migrations.RunSQL.noop, UNLESS_DONE),
    ]
