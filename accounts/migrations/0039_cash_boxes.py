from typing import Any

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

from config.kernel.ids import new_id
from config.kernel.migration_ops import SEARCH_PATH, AppendOnly, ColumnsStand, Kept, SecondPersonSince
from config.kernel.online_ddl import AddCheck, MakeTable
from config.kernel.sealed import SealedField

MOMENT = "SET LOCAL lock_timeout = '2s'"
KINDS = ["opening", "deposit", "withdrawal", "reversal", "transfer", "close_out", "merge"]
PROPOSED = {
    "accounts_countercash": (("account_id", "box_id", "kind", "amount_fen", "asked_at"), "counter_cash"),
    "accounts_cashreversal": (("movement_id", "account_id", "reason", "asked_at"), "cash_reversal"),
    "accounts_cashcount": (("box_id", "book_fen", "counted_fen", "reason", "asked_at"), "cash_count"),
}
DAY = "({} AT TIME ZONE 'UTC' + interval '8 hours')::date"

# Cash comes in and goes out by a decision about that amount and that account, which bears the posting's id: that of who
# takes it, or, above what one person moves alone, what another has approved. Who has a box open moves cash in it.
DECIDED = f"""
{MOMENT};
CREATE OR REPLACE FUNCTION accounts_cash_decided() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM kernel_decision d WHERE d.object_id = NEW.posting_id AND d.kind = NEW.kind
                 AND d.outcome = 'allowed' AND d.account_id = NEW.account_id AND d.principal_id IS NOT NULL
                 AND d.facts ->> 'amount_fen' = abs(NEW.amount_fen)::text
                 AND sign(NEW.amount_fen) = CASE NEW.kind WHEN 'deposit' THEN 1 ELSE -1 END)
     AND NOT EXISTS (SELECT FROM accounts_countercash x WHERE x.id = NEW.posting_id AND x.status = 'active'
                     AND x.in_force_at = NEW.posted_at AND x.kind = NEW.kind AND x.account_id = NEW.account_id
                     AND NEW.amount_fen = CASE x.kind WHEN 'deposit' THEN x.amount_fen ELSE -x.amount_fen END) THEN
    RAISE EXCEPTION 'cash moves by a decision' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'entry_cash_is_decided', TABLE = 'accounts_entry';
  END IF;
  IF EXISTS (SELECT FROM kernel_decision d JOIN accounts_cashbox b ON b.teller_id = d.principal_id
             WHERE d.object_id = NEW.posting_id AND d.kind = NEW.kind AND d.outcome = 'allowed'
               AND b.opened_at < NEW.posted_at AND (b.closed_at IS NULL OR b.closed_at > NEW.posted_at))
     AND NOT EXISTS (SELECT FROM accounts_cashmovement m WHERE m.id = NEW.posting_id) THEN
    RAISE EXCEPTION 'who has a box open moves cash in it' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'entry_cash_in_the_open_box', TABLE = 'accounts_entry';
  END IF;
  RETURN NULL;
END $$
"""  # noqa: S608 - constants
DECIDED_ONCE = f"""
{MOMENT};
CREATE OR REPLACE FUNCTION accounts_cash_decided() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM kernel_decision d WHERE d.object_id = NEW.posting_id AND d.kind = NEW.kind
                 AND d.outcome = 'allowed' AND d.account_id = NEW.account_id AND d.principal_id IS NOT NULL
                 AND d.facts ->> 'amount_fen' = abs(NEW.amount_fen)::text
                 AND sign(NEW.amount_fen) = CASE NEW.kind WHEN 'deposit' THEN 1 ELSE -1 END) THEN
    RAISE EXCEPTION 'cash moves by a decision' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'entry_cash_is_decided', TABLE = 'accounts_entry';
  END IF;
  RETURN NULL;
END $$
"""
# The box is locked by whatever moves it: nothing comes between a look at what is in it and a count that closes it.
BOXED = f"""
{MOMENT};
CREATE OR REPLACE FUNCTION accounts_cash_box_begins() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  IF NEW.day <> {DAY.format("NEW.opened_at")} OR NEW.closed_at IS NOT NULL THEN
    RAISE EXCEPTION 'a box is opened on its day' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'cash_box_opened_on_its_day', TABLE = 'accounts_cashbox';
  END IF;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER cash_box_opened_on_its_day AFTER INSERT ON accounts_cashbox
  FOR EACH ROW EXECUTE FUNCTION accounts_cash_box_begins();
CREATE OR REPLACE FUNCTION accounts_cash_moves_in_box() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
DECLARE box record;
BEGIN
  SELECT * INTO box FROM accounts_cashbox b WHERE b.id = NEW.box_id FOR NO KEY UPDATE;
  IF box.id IS NULL OR box.closed_at IS NOT NULL OR box.opened_at > NEW.at OR box.day <> {DAY.format("NEW.at")} THEN
    RAISE EXCEPTION 'cash moves in a box that is open, on its day' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'cash_moves_in_an_open_box', TABLE = 'accounts_cashmovement';
  END IF;
  IF box.opening_fen + NEW.amount_fen
     + (SELECT coalesce(sum(m.amount_fen), 0) FROM accounts_cashmovement m WHERE m.box_id = NEW.box_id) < 0 THEN
    RAISE EXCEPTION 'no more is paid out than is in the box' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'cash_box_not_negative', TABLE = 'accounts_cashmovement';
  END IF;
  RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER cash_moves_in_an_open_box BEFORE INSERT ON accounts_cashmovement
  FOR EACH ROW EXECUTE FUNCTION accounts_cash_moves_in_box();
CREATE OR REPLACE FUNCTION accounts_cash_movement_posted() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
DECLARE box record;
BEGIN
  IF NOT EXISTS (SELECT FROM accounts_entry e JOIN accounts_internalaccount i ON i.id = e.internal_id
                 WHERE e.posting_id = NEW.id AND e.kind = NEW.kind AND i.kind = 'cash'
                   AND e.amount_fen = -NEW.amount_fen AND e.posted_at = NEW.at)
     OR NOT EXISTS (SELECT FROM accounts_entry e WHERE e.posting_id = NEW.id AND e.account_id = NEW.account_id) THEN
    RAISE EXCEPTION 'what moves a box is posted' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'cash_movement_is_posted', TABLE = 'accounts_cashmovement';
  END IF;
  IF NEW.kind = 'reversal' OR EXISTS (SELECT FROM accounts_countercash x WHERE x.id = NEW.id AND x.status = 'active'
                                      AND x.box_id = NEW.box_id) THEN
    RETURN NULL;
  END IF;
  SELECT * INTO box FROM accounts_cashbox b WHERE b.id = NEW.box_id;
  IF abs(NEW.amount_fen) > box.alone_fen THEN
    RAISE EXCEPTION 'cash above the limit takes two persons' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'cash_above_limit_takes_two', TABLE = 'accounts_cashmovement';
  END IF;
  IF NOT EXISTS (SELECT FROM kernel_decision d WHERE d.object_id = NEW.id AND d.kind = NEW.kind
                 AND d.principal_id = box.teller_id) THEN
    RAISE EXCEPTION 'a box is moved by its teller' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'cash_movement_of_its_teller', TABLE = 'accounts_cashmovement';
  END IF;
  RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS cash_movement_is_posted ON accounts_cashmovement;
CREATE CONSTRAINT TRIGGER cash_movement_is_posted AFTER INSERT ON accounts_cashmovement
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION accounts_cash_movement_posted()
"""  # noqa: S608 - constants
# What is taken back is mirrored leg by leg, on its day.
TAKEN_BACK = f"""
{MOMENT};
CREATE OR REPLACE FUNCTION accounts_reversal_entry() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM accounts_cashreversal x
    JOIN accounts_entry o ON o.posting_id = x.movement_id AND o.leg = 3 - NEW.leg
    WHERE x.id = NEW.posting_id AND x.status = 'active' AND x.in_force_at = NEW.posted_at
      AND o.kind IN ('deposit', 'withdrawal') AND o.amount_fen = -NEW.amount_fen
      AND (o.account_id, o.internal_id) IS NOT DISTINCT FROM (NEW.account_id, NEW.internal_id)
      AND (o.account_id IS NULL OR o.account_id = x.account_id)
      AND {DAY.format("o.posted_at")} = {DAY.format("NEW.posted_at")}
  ) THEN
    RAISE EXCEPTION 'a reversal mirrors what it takes back, on its day' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'entry_reversal_mirrors', TABLE = 'accounts_entry';
  END IF;
  RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS entry_reversal_mirrors ON accounts_entry;
CREATE CONSTRAINT TRIGGER entry_reversal_mirrors AFTER INSERT ON accounts_entry DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (NEW.kind = 'reversal') EXECUTE FUNCTION accounts_reversal_entry();
CREATE OR REPLACE FUNCTION accounts_cash_approved_moves() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
DECLARE box uuid; told text := TG_ARGV[0];
BEGIN
  IF told = 'reversal' THEN
    SELECT m.box_id INTO box FROM accounts_cashmovement m WHERE m.id = (to_jsonb(NEW) ->> 'movement_id')::uuid;
  ELSE
    box := (to_jsonb(NEW) ->> 'box_id')::uuid;
    told := to_jsonb(NEW) ->> 'kind';
  END IF;
  IF (SELECT count(*) FROM accounts_entry e WHERE e.posting_id = NEW.id AND e.kind = told) <> 2
     OR NOT EXISTS (SELECT FROM accounts_cashmovement m WHERE m.id = NEW.id AND m.kind = told AND m.box_id = box) THEN
    RAISE EXCEPTION 'what was approved moves' USING ERRCODE = 'check_violation',
      CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS counter_cash_moves ON accounts_countercash;
CREATE CONSTRAINT TRIGGER counter_cash_moves AFTER INSERT OR UPDATE ON accounts_countercash
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.status = 'active')
  EXECUTE FUNCTION accounts_cash_approved_moves('cash');
DROP TRIGGER IF EXISTS cash_reversal_moves ON accounts_cashreversal;
CREATE CONSTRAINT TRIGGER cash_reversal_moves AFTER INSERT OR UPDATE ON accounts_cashreversal
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.status = 'active')
  EXECUTE FUNCTION accounts_cash_approved_moves('reversal')
"""  # noqa: S608 - constants
# A count in force has closed its box, and a box is closed by one: as of one instant, and of what the books say then.
COUNTED = f"""
{MOMENT};
CREATE OR REPLACE FUNCTION accounts_cash_counted() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM accounts_cashbox b WHERE b.id = NEW.box_id AND b.closed_at = NEW.in_force_at
                 AND NEW.book_fen = b.opening_fen + (SELECT coalesce(sum(m.amount_fen), 0)
                                                     FROM accounts_cashmovement m WHERE m.box_id = b.id)) THEN
    RAISE EXCEPTION 'a count closes its box, held against the books' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'cash_count_closes_the_box', TABLE = 'accounts_cashcount';
  END IF;
  RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS cash_count_closes_the_box ON accounts_cashcount;
CREATE CONSTRAINT TRIGGER cash_count_closes_the_box AFTER INSERT OR UPDATE ON accounts_cashcount
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.status = 'active') EXECUTE FUNCTION accounts_cash_counted();
CREATE OR REPLACE FUNCTION accounts_cash_box_closes() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM accounts_cashcount c WHERE c.box_id = NEW.id AND c.status = 'active'
                 AND c.in_force_at = NEW.closed_at) THEN
    RAISE EXCEPTION 'a box is closed by an approved count' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'cash_box_closed_by_count', TABLE = 'accounts_cashbox';
  END IF;
  RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS cash_box_closed_by_count ON accounts_cashbox;
CREATE CONSTRAINT TRIGGER cash_box_closed_by_count AFTER UPDATE OF closed_at ON accounts_cashbox
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.closed_at IS NOT NULL)
  EXECUTE FUNCTION accounts_cash_box_closes()
"""  # noqa: S608 - constants
# A lost card comes back by the latest decision about its loss: that it was found, by somebody, and as what it is then.
FOUND = f"""
{MOMENT};
CREATE OR REPLACE FUNCTION accounts_card_found() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  IF NOT EXISTS (
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
DROP TRIGGER IF EXISTS card_found_by_decision ON accounts_card;
CREATE CONSTRAINT TRIGGER card_found_by_decision AFTER UPDATE OF status ON accounts_card DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (OLD.status = 'lost' AND NEW.status IN ('issued', 'active')) EXECUTE FUNCTION accounts_card_found()
"""  # noqa: S608 - constants
FOUND_NOT = f"""
{MOMENT};
DROP TRIGGER IF EXISTS card_found_by_decision ON accounts_card;
DROP FUNCTION IF EXISTS accounts_card_found()
"""
GONE = f"""
{MOMENT};
DROP TRIGGER IF EXISTS cash_box_opened_on_its_day ON accounts_cashbox;
DROP TRIGGER IF EXISTS cash_box_closed_by_count ON accounts_cashbox;
DROP TRIGGER IF EXISTS cash_moves_in_an_open_box ON accounts_cashmovement;
DROP TRIGGER IF EXISTS cash_movement_is_posted ON accounts_cashmovement;
DROP TRIGGER IF EXISTS entry_reversal_mirrors ON accounts_entry;
DROP TRIGGER IF EXISTS counter_cash_moves ON accounts_countercash;
DROP TRIGGER IF EXISTS cash_reversal_moves ON accounts_cashreversal;
DROP TRIGGER IF EXISTS cash_count_closes_the_box ON accounts_cashcount;
DROP FUNCTION IF EXISTS accounts_cash_box_begins(), accounts_cash_moves_in_box(), accounts_cash_movement_posted(),
  accounts_reversal_entry(), accounts_cash_approved_moves(), accounts_cash_counted(), accounts_cash_box_closes()
"""
# Where cash went stands nowhere else.
UNLESS_USED = """
DO $$ BEGIN
  IF EXISTS (SELECT FROM accounts_cashbox) THEN
    RAISE EXCEPTION 'boxes were opened: the version before runs beside their tables, which stay';
  END IF;
END $$
"""


def to(model: str, related_name: str = "+") -> models.ForeignKey:
    return models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name=related_name, to=model)


def own_id() -> tuple[str, Any]:
    return ("id", models.UUIDField(default=new_id, editable=False, primary_key=True, serialize=False))


def proposed() -> list[tuple[str, Any]]:
    return [
        ("status", models.CharField(default="pending", max_length=16)),
        ("asked_at", models.DateTimeField()),
        ("in_force_at", models.DateTimeField(null=True)),
    ]


def since(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        name=name,
        condition=Q(status="active", in_force_at__isnull=False)
        | Q(status__in=["pending", "rejected", "withdrawn", "expired"], in_force_at=None),
    )


class Migration(migrations.Migration):
    """Each teller has a box of cash for the day, counted at its end; large cash and what is taken back takes two.

    A card that was reported lost comes back by a decision that it was found.

    Cash that was moved before stays as it is and in no box. Back again it does not go once a box was opened.
    """

    atomic = False
    dependencies = [("accounts", "0038_handed_out"), ("kernel", "0015_approvals_begin_pending")]

    operations = [
        MakeTable(
            name="CashBox",
            fields=[
                own_id(),
                ("day", models.DateField()),
                ("opening_fen", models.BigIntegerField()),
                ("alone_fen", models.BigIntegerField()),
                ("opened_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
                ("teller", to("kernel.principal")),
            ],
            options={
                "indexes": [models.Index(name="cash_box_by_day", fields=["day", "id"])],
                "constraints": [
                    models.UniqueConstraint(name="cash_box_one_open", fields=["teller"], condition=Q(closed_at=None)),
                    models.CheckConstraint(name="cash_box_opening_not_negative", condition=Q(opening_fen__gte=0)),
                    models.CheckConstraint(
                        name="cash_box_alone_at_most", condition=Q(alone_fen__gte=0, alone_fen__lte=5_000_000)
                    ),
                    models.CheckConstraint(
                        name="cash_box_closed_after_opened",
                        condition=Q(closed_at=None) | Q(closed_at__gte=F("opened_at")),
                    ),
                ],
            },
        ),
        MakeTable(
            name="CashMovement",
            fields=[
                own_id(),
                ("kind", models.CharField(max_length=12)),
                ("amount_fen", models.BigIntegerField()),
                ("at", models.DateTimeField()),
                ("account", to("accounts.account")),
                ("box", to("accounts.cashbox", "movements")),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        name="cash_movement_kind_known", condition=Q(kind__in=["deposit", "withdrawal", "reversal"])
                    ),
                    models.CheckConstraint(name="cash_movement_moves", condition=~Q(amount_fen=0)),
                ],
            },
        ),
        MakeTable(
            name="CounterCash",
            fields=[
                own_id(),
                ("kind", models.CharField(max_length=12)),
                ("amount_fen", models.BigIntegerField()),
                *proposed(),
                ("account", to("accounts.account")),
                ("box", to("accounts.cashbox")),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        name="counter_cash_kind_known", condition=Q(kind__in=["deposit", "withdrawal"])
                    ),
                    models.CheckConstraint(name="counter_cash_moves_money", condition=Q(amount_fen__gt=0)),
                    since("counter_cash_in_force_since"),
                ],
            },
        ),
        MakeTable(
            name="CashReversal",
            fields=[
                own_id(),
                ("reason", SealedField()),
                *proposed(),
                ("account", to("accounts.account")),
                ("movement", to("accounts.cashmovement", "reversals")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        name="cash_reversal_once", fields=["movement"], condition=Q(status="active")
                    ),
                    since("cash_reversal_in_force_since"),
                ],
            },
        ),
        MakeTable(
            name="CashCount",
            fields=[
                own_id(),
                ("book_fen", models.BigIntegerField()),
                ("counted_fen", models.BigIntegerField()),
                ("reason", SealedField(null=True)),
                *proposed(),
                ("box", to("accounts.cashbox", "counts")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(name="cash_count_once", fields=["box"], condition=Q(status="active")),
                    models.CheckConstraint(
                        name="cash_count_not_negative", condition=Q(book_fen__gte=0, counted_fen__gte=0)
                    ),
                    models.CheckConstraint(
                        name="cash_count_difference_told",
                        condition=Q(book_fen=F("counted_fen")) | Q(reason__isnull=False),
                    ),
                    since("cash_count_in_force_since"),
                ],
            },
        ),
        AddCheck("entry", models.CheckConstraint(name="entry_kind_known", condition=Q(kind__in=KINDS))),
        Kept("accounts_cashbox"),
        ColumnsStand("accounts_cashbox", ("teller_id", "day", "opening_fen", "alone_fen", "opened_at")),
        ColumnsStand("accounts_cashbox", ("closed_at",), "OLD.closed_at IS NOT NULL", "settled"),
        AppendOnly("accounts_cashmovement"),
        *(Kept(table) for table in PROPOSED),
        *(ColumnsStand(table, columns) for table, (columns, _) in PROPOSED.items()),
        *(ColumnsStand(table, ("status", "in_force_at"), "OLD.status <> 'pending'", "settled") for table in PROPOSED),
        *(
            SecondPersonSince(table, "NEW.status = 'active'", kind, "in_force_at")
            for table, (_, kind) in PROPOSED.items()
        ),
        migrations.RunSQL(BOXED + ";" + TAKEN_BACK + ";" + COUNTED, GONE),
        migrations.RunSQL(DECIDED, DECIDED_ONCE),
        migrations.RunSQL(FOUND, FOUND_NOT),
        migrations.RunSQL(migrations.RunSQL.noop, UNLESS_USED),
    ]
