import sys
from datetime import UTC, date, datetime
from typing import Any

import django.db.models.deletion
from django.db import migrations, models, transaction
from django.db.models import Q

from config.kernel.ids import new_id
from config.kernel.migration_ops import SEARCH_PATH, AppendOnly, ColumnsStand
from config.kernel.online_ddl import AddCheck, AddColumn, AddIndex, MakeTable

MOMENT = "SET LOCAL lock_timeout = '2s'"
PIECE = 500
#: What is older is stock: 银发〔2016〕261号 一(一), from 2016-12-01; 银监发〔2015〕48号, from 2016-01-01. In Shanghai.
ACCOUNTS_SINCE = datetime(2016, 11, 30, 16, tzinfo=UTC)
CARDS_SINCE = datetime(2015, 12, 31, 16, tzinfo=UTC)
LIMITS = ["bank_i", "bank_ii", "bank_iii", "payment_iii", "cards"]
#: The accounts that a limit counts, and how many of each class there may be.
COUNTED = "({0}.kind = 'bank' AND {0}.account_class IN ('I', 'II', 'III') OR {0}.kind = 'payment' AND {0}.account_class = 'III')"
PLACES = "(CASE {0} WHEN 'bank_i' THEN 1 WHEN 'bank_ii' THEN 5 WHEN 'bank_iii' THEN 5 WHEN 'payment_iii' THEN 1 END)"
LIMIT_OF = "({0}.kind || '_' || lower({0}.account_class))"

# What came young and has no place, a piece at a time.
YOUNG_ACCOUNTS = f"""
WITH young AS (
  SELECT a.id, a.import_batch_id, {LIMIT_OF.format("a")} AS of_limit, a.opened_at, uuidv7() AS breach
  FROM accounts_account a
  WHERE a.status = 'open' AND a.class_slot IS NULL AND a.import_batch_id IS NOT NULL AND a.merge_id IS NULL
    AND a.breach_id IS NULL AND {COUNTED.format("a")} AND a.opened_at >= %(since)s
  ORDER BY a.id LIMIT %(piece)s FOR NO KEY UPDATE
), made AS (
  INSERT INTO accounts_stockbreach (id, import_batch_id, "limit", opened_on)
  SELECT breach, import_batch_id, of_limit, (opened_at AT TIME ZONE 'Asia/Shanghai')::date FROM young
)
UPDATE accounts_account a SET breach_id = y.breach FROM young y WHERE a.id = y.id
"""  # noqa: S608 - constants
# Of a card that took the place of another one: when the first of them was issued. They all have one reason.
YOUNG_CARDS = """
WITH RECURSIVE chain AS (
  SELECT c.id AS card_id, c.id, c.replaces_id, c.issued_at, c.import_batch_id FROM (
    SELECT l.* FROM accounts_card l
    WHERE l.product = 'debit' AND l.status <> 'cancelled' AND l.slot IS NULL AND l.import_batch_id IS NOT NULL
      AND l.exception_id IS NULL AND l.merge_id IS NULL AND l.breach_id IS NULL AND l.issued_at >= %(since)s
    FOR NO KEY UPDATE
  ) c
  UNION ALL
  SELECT k.card_id, r.id, r.replaces_id, r.issued_at, r.import_batch_id FROM chain k
  JOIN accounts_card r ON r.id = k.replaces_id AND r.import_batch_id = k.import_batch_id
), young AS (
  SELECT k.card_id, k.import_batch_id, k.issued_at, uuidv7() AS breach FROM chain k
  WHERE k.issued_at >= %(since)s AND NOT EXISTS (SELECT FROM chain n WHERE n.card_id = k.card_id AND n.id = k.replaces_id)
  ORDER BY k.card_id LIMIT %(piece)s
), made AS (
  INSERT INTO accounts_stockbreach (id, import_batch_id, "limit", opened_on)
  SELECT breach, import_batch_id, 'cards', (issued_at AT TIME ZONE 'Asia/Shanghai')::date FROM young
)
UPDATE accounts_card c SET breach_id = y.breach FROM chain k JOIN young y USING (card_id) WHERE c.id = k.id
"""

# A batch is finished once; what names it came before.
BATCHES = f"""
{MOMENT};
CREATE OR REPLACE FUNCTION accounts_batch_unfinished(batch uuid, rule text, told_of text) RETURNS void LANGUAGE plpgsql
  SET {SEARCH_PATH} AS $$
BEGIN
  -- Whoever finishes a batch waits for whoever adds to it, and the other way round.
  PERFORM FROM accounts_importbatch b WHERE b.id = batch AND b.finished_at IS NULL FOR SHARE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'a batch that is finished brings nothing more' USING ERRCODE = 'check_violation',
      CONSTRAINT = rule, TABLE = told_of;
  END IF;
END $$;
CREATE OR REPLACE FUNCTION accounts_come_with_batch() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
DECLARE batch uuid;
BEGIN
  FOR batch IN SELECT DISTINCT f.import_batch_id FROM fresh f WHERE f.import_batch_id IS NOT NULL ORDER BY 1 LOOP
    PERFORM accounts_batch_unfinished(batch, TG_ARGV[0], TG_TABLE_NAME);
  END LOOP;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER customer_batch_unfinished AFTER INSERT ON accounts_customer REFERENCING NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION accounts_come_with_batch('customer_batch_unfinished');
CREATE OR REPLACE TRIGGER account_batch_unfinished AFTER INSERT ON accounts_account REFERENCING NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION accounts_come_with_batch('account_batch_unfinished');
CREATE OR REPLACE TRIGGER stock_breach_batch_unfinished AFTER INSERT ON accounts_stockbreach
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT
  EXECUTE FUNCTION accounts_come_with_batch('stock_breach_batch_unfinished')
"""  # noqa: S608 - constants
NO_BATCHES = f"""
{MOMENT};
DROP TRIGGER IF EXISTS customer_batch_unfinished ON accounts_customer;
DROP TRIGGER IF EXISTS account_batch_unfinished ON accounts_account;
DROP TRIGGER IF EXISTS stock_breach_batch_unfinished ON accounts_stockbreach;
DROP FUNCTION IF EXISTS accounts_come_with_batch(), accounts_batch_unfinished(uuid, text, text)
"""

# Nothing takes a place while as many live ones as the limit allows are there: those beyond it count. Of one unfinished
# batch, or several, what is beyond is as old as what has the place. The lock is taken where something is beyond alone:
# two who would each take the last place, the one sees the other's.
ACCOUNTS = f"""
{MOMENT};
CREATE OR REPLACE FUNCTION accounts_account_takes_place(
  one uuid, who uuid, of_kind text, of_class text, batch uuid
) RETURNS void LANGUAGE plpgsql SET {SEARCH_PATH} SET enable_seqscan = off AS $$
DECLARE coming boolean;
BEGIN
  PERFORM FROM accounts_customer c WHERE c.id = who FOR NO KEY UPDATE;
  coming := EXISTS (SELECT FROM accounts_importbatch b WHERE b.id = batch AND b.finished_at IS NULL);
  IF {PLACES.format("of_kind || '_' || lower(of_class)")} <= (
    SELECT count(*) FROM accounts_account o LEFT JOIN accounts_importbatch b ON b.id = o.import_batch_id
    WHERE o.customer_id = who AND o.kind = of_kind AND o.account_class = of_class AND o.status = 'open' AND o.id <> one
      AND NOT (coming AND o.class_slot IS NULL AND b.id IS NOT NULL AND b.finished_at IS NULL)) THEN
    RAISE EXCEPTION 'nothing takes a place while something is beyond it' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'account_no_place_beside_excess', TABLE = 'accounts_account';
  END IF;
END $$;
CREATE OR REPLACE FUNCTION accounts_accounts_begin() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH}
  SET enable_seqscan = off AS $$
DECLARE one record;
BEGIN
  IF EXISTS (
    SELECT FROM fresh f LEFT JOIN accounts_stockbreach b ON b.id = f.breach_id
    WHERE f.breach_id IS NOT NULL AND (
      f.class_slot IS NOT NULL OR b.import_batch_id IS DISTINCT FROM f.import_batch_id
      OR b."limit" IS DISTINCT FROM {LIMIT_OF.format("f")}
      OR b.opened_on IS DISTINCT FROM (f.opened_at AT TIME ZONE 'Asia/Shanghai')::date)) THEN
    RAISE EXCEPTION 'a breach is of the account that names it' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'account_breach_is_its_own', TABLE = 'accounts_account';
  END IF;
  FOR one IN
    SELECT f.* FROM fresh f WHERE f.status = 'open' AND f.class_slot IS NOT NULL AND EXISTS (
      SELECT FROM accounts_account o
      LEFT JOIN accounts_importbatch b ON b.id = o.import_batch_id AND b.finished_at IS NULL
      WHERE o.customer_id = f.customer_id AND o.kind = f.kind AND o.account_class = f.account_class
        AND o.status = 'open' AND o.class_slot IS NULL AND {COUNTED.format("o")}
        -- That its own batch is unfinished was asked before.
        AND (b.id IS NULL OR f.import_batch_id IS NULL))
    ORDER BY f.customer_id
  LOOP
    PERFORM accounts_account_takes_place(one.id, one.customer_id, one.kind, one.account_class, one.import_batch_id);
  END LOOP;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER account_no_place_beside_excess AFTER INSERT ON accounts_account
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION accounts_accounts_begin();

-- What a campaign's second person takes back is as it was.
CREATE OR REPLACE FUNCTION accounts_taken_back(account uuid, of_limit text) RETURNS boolean LANGUAGE plpgsql
  SET {SEARCH_PATH} AS $$
BEGIN
  RETURN EXISTS (
    SELECT FROM accounts_cleanupaction x JOIN accounts_cleanupitem i ON i.id = x.item_id
    JOIN accounts_cleanupitem j ON j.case_id = i.case_id
    WHERE x.way = 'undo' AND x.status = 'active' AND j.account_id = account AND j."limit" = of_limit);
END $$;
CREATE OR REPLACE FUNCTION accounts_account_gets_place() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH}
  SET enable_seqscan = off AS $$
BEGIN
  IF EXISTS (
    SELECT FROM accounts_account o
    WHERE o.customer_id = NEW.customer_id AND o.kind = NEW.kind AND o.account_class = NEW.account_class
      AND o.status = 'open' AND o.class_slot IS NULL AND {COUNTED.format("o")}
  ) AND NOT accounts_taken_back(NEW.id, {LIMIT_OF.format("NEW")}) THEN
    PERFORM accounts_account_takes_place(NEW.id, NEW.customer_id, NEW.kind, NEW.account_class, NEW.import_batch_id);
  END IF;
  RETURN NULL;
END $$;
-- Whoever comes with a merge of customers keeps the place that the merge gives.
CREATE OR REPLACE TRIGGER account_gets_no_place_beside_excess AFTER UPDATE OF class_slot, account_class
  ON accounts_account FOR EACH ROW
  WHEN (NEW.status = 'open' AND NEW.class_slot IS NOT NULL AND OLD.customer_id = NEW.customer_id
        AND (OLD.class_slot IS NULL OR OLD.account_class <> NEW.account_class))
  EXECUTE FUNCTION accounts_account_gets_place();

-- Nothing goes beyond a limit but by a merge of customers (`account_excess_by_merge`) or by a campaign's second person.
CREATE OR REPLACE FUNCTION accounts_account_goes_beyond() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
DECLARE stands record;
BEGIN
  SELECT a.* INTO stands FROM accounts_account a WHERE a.id = NEW.id;
  IF stands.status = 'open' AND stands.class_slot IS NULL AND stands.merge_id IS NULL AND {COUNTED.format("stands")}
     AND NOT accounts_taken_back(stands.id, {LIMIT_OF.format("stands")})
     AND NOT EXISTS (
       SELECT FROM accounts_cleanupaction x JOIN accounts_cleanupitem i ON i.id = x.item_id
       WHERE x.way = 'downgrade' AND x.status = 'active' AND x.undone_at IS NULL AND i.account_id = stands.id
         AND x.to_class = stands.account_class) THEN
    RAISE EXCEPTION 'an account goes beyond a limit by a second person alone' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'account_beyond_by_approval', TABLE = 'accounts_account';
  END IF;
  RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS account_beyond_by_approval ON accounts_account;
CREATE CONSTRAINT TRIGGER account_beyond_by_approval AFTER UPDATE OF class_slot, account_class ON accounts_account
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (NEW.status = 'open' AND NEW.class_slot IS NULL AND NEW.merge_id IS NULL AND {COUNTED.format("NEW")}
        AND (OLD.class_slot IS NOT NULL OR OLD.account_class <> NEW.account_class))
  EXECUTE FUNCTION accounts_account_goes_beyond()
"""  # noqa: S608 - constants
NO_ACCOUNTS = f"""
{MOMENT};
DROP TRIGGER IF EXISTS account_no_place_beside_excess ON accounts_account;
DROP TRIGGER IF EXISTS account_gets_no_place_beside_excess ON accounts_account;
DROP TRIGGER IF EXISTS account_beyond_by_approval ON accounts_account;
DROP FUNCTION IF EXISTS accounts_accounts_begin(), accounts_account_gets_place(), accounts_account_goes_beyond(),
  accounts_taken_back(uuid, text);
DROP FUNCTION IF EXISTS accounts_account_takes_place(uuid, uuid, text, text, uuid)
"""

# A card in the place of one that was cancelled at the same instant is no further one, and has its reasons.
CARDS = f"""
{MOMENT};
CREATE OR REPLACE FUNCTION accounts_card_takes_place(one uuid, who uuid, batch uuid) RETURNS void
  LANGUAGE plpgsql SET {SEARCH_PATH} SET enable_seqscan = off AS $$
DECLARE coming boolean;
BEGIN
  PERFORM FROM accounts_customer c WHERE c.id = who FOR NO KEY UPDATE;
  coming := EXISTS (SELECT FROM accounts_importbatch b WHERE b.id = batch AND b.finished_at IS NULL);
  IF 4 <= (
    SELECT count(*) FROM accounts_card o LEFT JOIN accounts_importbatch b ON b.id = o.import_batch_id
    WHERE o.customer_id = who AND o.product = 'debit' AND o.status <> 'cancelled' AND o.id <> one
      AND NOT (coming AND o.slot IS NULL AND b.id IS NOT NULL AND b.finished_at IS NULL)) THEN
    RAISE EXCEPTION 'nothing takes a place while something is beyond it' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'card_no_place_beside_excess', TABLE = 'accounts_card';
  END IF;
END $$;
CREATE OR REPLACE FUNCTION accounts_cards_begin() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH}
  SET enable_seqscan = off AS $$
DECLARE
  batch uuid;
  one record;
BEGIN
  FOR batch IN
    SELECT DISTINCT f.import_batch_id FROM fresh f
    WHERE f.import_batch_id IS NOT NULL AND f.replaces_id IS NULL ORDER BY 1
  LOOP
    PERFORM accounts_batch_unfinished(batch, 'card_batch_unfinished', 'accounts_card');
  END LOOP;
  IF EXISTS (
    SELECT FROM fresh f LEFT JOIN accounts_stockbreach b ON b.id = f.breach_id
    WHERE f.breach_id IS NOT NULL AND f.replaces_id IS NULL AND (
      f.slot IS NOT NULL OR f.product <> 'debit' OR b.import_batch_id IS DISTINCT FROM f.import_batch_id
      OR b."limit" IS DISTINCT FROM 'cards'
      OR b.opened_on IS DISTINCT FROM (f.issued_at AT TIME ZONE 'Asia/Shanghai')::date)) THEN
    RAISE EXCEPTION 'a breach is of the card that names it' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'card_breach_is_its_own', TABLE = 'accounts_card';
  END IF;
  IF EXISTS (
    SELECT FROM fresh f LEFT JOIN accounts_card r ON r.id = f.replaces_id
    WHERE f.replaces_id IS NOT NULL
      AND (f.import_batch_id IS NOT NULL OR f.breach_id IS NOT NULL OR f.product = 'debit' AND f.slot IS NULL)
      AND (
        r.status = 'cancelled' AND r.cancelled_at = f.issued_at AND r.customer_id = f.customer_id
        AND r.account_id = f.account_id AND r.product = f.product
        AND (r.slot, r.import_batch_id, r.breach_id, r.exception_id, r.merge_id)
            IS NOT DISTINCT FROM (f.slot, f.import_batch_id, f.breach_id, f.exception_id, f.merge_id)
        -- The first of those that took each other's place is older than the rule.
        AND (f.product <> 'debit' OR r.slot IS NOT NULL OR r.replaces_id IS NOT NULL
             OR coalesce(r.breach_id, r.exception_id, r.merge_id) IS NOT NULL OR r.issued_at < '{CARDS_SINCE.isoformat()}')
      ) IS NOT TRUE) THEN
    RAISE EXCEPTION 'a card has the reasons of the one whose place it takes' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'card_replacement_inherits', TABLE = 'accounts_card';
  END IF;
  FOR one IN
    SELECT f.* FROM fresh f
    -- A second person has approved an exception, which takes a place where one is free.
    WHERE f.product = 'debit' AND f.status <> 'cancelled' AND f.slot IS NOT NULL AND f.exception_id IS NULL AND EXISTS (
      SELECT FROM accounts_card o
      LEFT JOIN accounts_importbatch b ON b.id = o.import_batch_id AND b.finished_at IS NULL
      WHERE o.customer_id = f.customer_id AND o.product = 'debit' AND o.status <> 'cancelled' AND o.slot IS NULL
        AND (b.id IS NULL OR f.import_batch_id IS NULL)
    ) AND NOT EXISTS (
      SELECT FROM accounts_card r WHERE r.id = f.replaces_id AND r.customer_id = f.customer_id AND r.status = 'cancelled'
        AND r.product = 'debit' AND r.slot = f.slot AND r.cancelled_at = f.issued_at
    )
    ORDER BY f.customer_id
  LOOP
    PERFORM accounts_card_takes_place(one.id, one.customer_id, one.import_batch_id);
  END LOOP;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER card_no_place_beside_excess AFTER INSERT ON accounts_card
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION accounts_cards_begin();
CREATE OR REPLACE FUNCTION accounts_card_gets_place() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  PERFORM accounts_card_takes_place(NEW.id, NEW.customer_id, NEW.import_batch_id);
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER card_gets_no_place_beside_excess AFTER UPDATE OF slot ON accounts_card FOR EACH ROW
  WHEN (NEW.status <> 'cancelled' AND NEW.slot IS NOT NULL AND OLD.slot IS NULL AND OLD.customer_id = NEW.customer_id)
  EXECUTE FUNCTION accounts_card_gets_place();
CREATE OR REPLACE FUNCTION accounts_card_goes_beyond() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  RAISE EXCEPTION 'a card loses its place to others that were there at a merge alone' USING ERRCODE = 'check_violation',
    CONSTRAINT = 'card_beyond_by_approval', TABLE = 'accounts_card';
END $$;
CREATE OR REPLACE TRIGGER card_beyond_by_approval AFTER UPDATE OF slot ON accounts_card FOR EACH ROW
  WHEN (NEW.product = 'debit' AND OLD.slot IS NOT NULL AND NEW.slot IS NULL AND NEW.merge_id IS NULL)
  EXECUTE FUNCTION accounts_card_goes_beyond()
"""  # noqa: S608 - constants
NO_CARDS = f"""
{MOMENT};
DROP TRIGGER IF EXISTS card_no_place_beside_excess ON accounts_card;
DROP TRIGGER IF EXISTS card_gets_no_place_beside_excess ON accounts_card;
DROP TRIGGER IF EXISTS card_beyond_by_approval ON accounts_card;
DROP FUNCTION IF EXISTS accounts_cards_begin(), accounts_card_gets_place(), accounts_card_goes_beyond();
DROP FUNCTION IF EXISTS accounts_card_takes_place(uuid, uuid, uuid)
"""


def list_breaches(_apps: Any, editor: Any) -> None:
    """List what came young and has no place, a piece at a time, and say how many there are: they stay and work."""
    for what, sql, since in (("accounts", YOUNG_ACCOUNTS, ACCOUNTS_SINCE), ("cards", YOUNG_CARDS, CARDS_SINCE)):
        found = 0
        while changed := _piece(editor, sql, since):
            found += changed
        if found:
            sys.stdout.write(
                f"\n    Of the stock, {found} {what} are beyond a limit and younger than it; they stay, as breaches.\n"
            )


def _piece(editor: Any, sql: str, since: datetime) -> int:
    with transaction.atomic(), editor.connection.cursor() as cursor:
        cursor.execute(sql, {"since": since, "piece": PIECE})
        return int(cursor.rowcount)


def breach(name: str) -> models.ForeignKey:
    return models.ForeignKey(
        db_index=False,
        null=True,
        on_delete=django.db.models.deletion.PROTECT,
        related_name=name,
        to="accounts.stockbreach",
    )


def unique(model: str, constraint: models.UniqueConstraint, on: str) -> Any:
    """Return what builds a unique index beside who writes."""
    gone = f"DROP INDEX CONCURRENTLY IF EXISTS {constraint.name}"
    built = f"CREATE UNIQUE INDEX CONCURRENTLY {constraint.name} ON {on}"
    return migrations.SeparateDatabaseAndState(
        database_operations=[migrations.RunSQL([gone, built], [gone])],
        state_operations=[migrations.AddConstraint(model, constraint)],
    )


class Migration(migrations.Migration):
    """Stock has a date: beyond a limit is what is older than it, a listed breach, or what a second person approved.

    Going back, the list goes: it is made anew from the same rows.
    """

    atomic = False
    dependencies = [("accounts", "0027_cleanup")]

    operations = [
        MakeTable(
            name="StockBreach",
            fields=[
                ("id", models.UUIDField(default=new_id, editable=False, primary_key=True, serialize=False)),
                ("limit", models.CharField(max_length=12)),
                ("opened_on", models.DateField()),
                (
                    "import_batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="breaches", to="accounts.importbatch"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(name="stock_breach_limit_known", condition=Q(limit__in=LIMITS)),
                    models.CheckConstraint(
                        name="stock_breach_is_young",
                        condition=Q(limit="cards", opened_on__gte=date(2016, 1, 1))
                        | (~Q(limit="cards") & Q(opened_on__gte=date(2016, 12, 1))),
                    ),
                ],
            },
        ),
        AppendOnly("accounts_stockbreach"),
        AddColumn("account", "breach", breach("accounts")),
        AddColumn("card", "breach", breach("cards")),
        unique(
            "account",
            models.UniqueConstraint(name="account_breach_once", fields=["breach"], condition=Q(breach__isnull=False)),
            "accounts_account (breach_id) WHERE breach_id IS NOT NULL",
        ),
        unique(
            "card",
            models.UniqueConstraint(
                name="card_breach_once",
                fields=["breach"],
                condition=Q(breach__isnull=False) & ~Q(status="cancelled"),
            ),
            "accounts_card (breach_id) WHERE (breach_id IS NOT NULL AND NOT (status = 'cancelled'))",
        ),
        AddIndex(
            "account",
            models.Index(
                name="account_placeless",
                fields=["customer", "kind", "account_class"],
                condition=Q(status="open", class_slot=None)
                & (Q(kind="bank", account_class__in=["I", "II", "III"]) | Q(kind="payment", account_class="III")),
            ),
        ),
        AddIndex(
            "card",
            models.Index(
                name="card_placeless",
                fields=["customer"],
                condition=Q(product="debit", slot=None) & ~Q(status="cancelled"),
            ),
        ),
        migrations.RunPython(list_breaches, migrations.RunPython.noop),
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
                | Q(class_slot=None, merge__isnull=False),
            ),
        ),
        AddCheck(
            "card",
            models.CheckConstraint(
                name="card_slot_or_reason",
                condition=Q(status="cancelled")
                | ~Q(product="debit")
                | Q(slot__isnull=False, slot__gte=1, slot__lte=4)
                | Q(slot=None, exception__isnull=False)
                | Q(slot=None, import_batch__isnull=False, issued_at__lt=CARDS_SINCE)
                | Q(slot=None, import_batch__isnull=False, replaces__isnull=False)
                | Q(slot=None, breach__isnull=False)
                | Q(slot=None, merge__isnull=False),
            ),
        ),
        ColumnsStand("accounts_account", ("breach_id",), name="breach_stands"),
        ColumnsStand("accounts_card", ("breach_id",), name="breach_stands"),
        ColumnsStand("accounts_importbatch", ("finished_at",), "OLD.finished_at IS NOT NULL", "finished_stands"),
        migrations.RunSQL(BATCHES, NO_BATCHES),
        migrations.RunSQL(ACCOUNTS, NO_ACCOUNTS),
        migrations.RunSQL(CARDS, NO_CARDS),
    ]
