import sys
from typing import Any

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

from config.kernel.ids import new_id
from config.kernel.migration_ops import SEARCH_PATH, ColumnsStand, Kept, SecondPersonSince
from config.kernel.online_ddl import AddCheck, MakeTable

MOMENT = "SET LOCAL lock_timeout = '2s'"
TABLE = "accounts_closeout"
STATUSES = [
    ("pending", "待复核"), ("active", "已生效"), ("rejected", "未通过"), ("withdrawn", "已撤回"), ("expired", "逾期失效"),
]  # fmt: skip
#: What a method says of itself when nobody stands at the counter; it is free text.
REMOTE = "电话|视频|远程|phone|video|remote"

# What moved is what was approved: from a payment account to a bank account of the same customer, at the instant of the
# approval. Nothing is left, nothing is reserved, no freeze stands, and a certificate in force names the holder.
MOVED = f"""
{MOMENT};
CREATE OR REPLACE FUNCTION accounts_close_out_entry() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
DECLARE moved record;
BEGIN
  SELECT a.id, a.customer_id, a.balance_fen, a.held_fen INTO moved
  FROM {TABLE} x
  JOIN accounts_account a ON a.id = x.account_id
  JOIN accounts_account t ON t.id = x.to_account_id
  WHERE x.id = NEW.posting_id AND x.status = 'active' AND x.in_force_at = NEW.posted_at
    AND a.kind = 'payment' AND t.kind = 'bank' AND accounts_same_customer(a.customer_id, t.customer_id)
    AND CASE NEW.leg WHEN 1 THEN (NEW.account_id, NEW.amount_fen) = (x.account_id, -x.amount_fen)
                     ELSE (NEW.account_id, NEW.amount_fen) = (x.to_account_id, x.amount_fen) END;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'a balance moves out as it was approved' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'entry_close_out_is_approved', TABLE = 'accounts_entry';
  END IF;
  IF NEW.leg <> 1 THEN
    RETURN NULL;
  END IF;
  IF moved.balance_fen <> 0 OR moved.held_fen <> 0 THEN
    RAISE EXCEPTION 'the whole balance moves out, and none of it is reserved' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'close_out_moves_the_whole', TABLE = 'accounts_entry';
  END IF;
  IF EXISTS (SELECT FROM accounts_freeze f WHERE f.account_id = moved.id AND f.lifted_at IS NULL
             AND (f.until IS NULL OR f.until > NEW.posted_at)) THEN
    RAISE EXCEPTION 'what is frozen does not move out' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'close_out_of_no_freeze', TABLE = 'accounts_entry';
  END IF;
  IF NOT EXISTS (
    SELECT FROM accounts_identity i
    JOIN blacklist_subject s ON s.identity_key = i.key
    JOIN blacklist_certificatesubject n ON n.subject_id = s.id
    JOIN blacklist_certificate c ON c.id = n.certificate_id
    WHERE i.customer_id = moved.customer_id AND c.status = 'in_force' AND c.category <> 'CASE_ACCOUNT'
      AND c.in_force_at <= NEW.posted_at
  ) THEN
    RAISE EXCEPTION 'a balance moves out of a penalized holder''s account' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'close_out_of_a_penalty', TABLE = 'accounts_entry';
  END IF;
  RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS entry_close_out_is_approved ON accounts_entry;
CREATE CONSTRAINT TRIGGER entry_close_out_is_approved AFTER INSERT ON accounts_entry DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (NEW.kind = 'close_out') EXECUTE FUNCTION accounts_close_out_entry();
CREATE OR REPLACE FUNCTION accounts_close_out_moves() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  IF (SELECT count(*) FROM accounts_entry e WHERE e.posting_id = NEW.id AND e.kind = 'close_out') <> 2 THEN
    RAISE EXCEPTION 'what was approved moves' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'close_out_has_its_entries', TABLE = '{TABLE}';
  END IF;
  RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS close_out_has_its_entries ON {TABLE};
CREATE CONSTRAINT TRIGGER close_out_has_its_entries AFTER INSERT OR UPDATE ON {TABLE} DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (NEW.status = 'active') EXECUTE FUNCTION accounts_close_out_moves()
"""  # noqa: S608 - constants
NOT_MOVED = f"""
{MOMENT};
DROP TRIGGER IF EXISTS entry_close_out_is_approved ON accounts_entry;
DROP TRIGGER IF EXISTS close_out_has_its_entries ON {TABLE};
DROP FUNCTION IF EXISTS accounts_close_out_entry(), accounts_close_out_moves()
"""
# Where the money went stands nowhere else.
UNLESS_ASKED = f"""
DO $$ BEGIN
  IF EXISTS (SELECT FROM {TABLE}) THEN
    RAISE EXCEPTION 'balances were to move out: the version before runs beside the table of them, which stays';
  END IF;
END $$
"""
IDENTIFIED = f"""
{MOMENT};
CREATE OR REPLACE FUNCTION accounts_reverification_in_person() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  RAISE EXCEPTION 'a customer is identified anew in person' USING ERRCODE = 'check_violation',
    CONSTRAINT = 'reverification_in_person', TABLE = 'accounts_reverification';
END $$;
DROP TRIGGER IF EXISTS reverification_in_person ON accounts_reverification;
CREATE TRIGGER reverification_in_person AFTER INSERT OR UPDATE OF status, method ON accounts_reverification
  FOR EACH ROW WHEN (NEW.status = 'active' AND NEW.method ~* '{REMOTE}')
  EXECUTE FUNCTION accounts_reverification_in_person()
"""
NOT_IDENTIFIED = f"""
{MOMENT};
DROP TRIGGER IF EXISTS reverification_in_person ON accounts_reverification;
DROP FUNCTION IF EXISTS accounts_reverification_in_person()
"""
OTHERWISE = f"""
SELECT id::text FROM accounts_reverification
WHERE status IN ('pending', 'active') AND method ~* '{REMOTE}' ORDER BY id
"""  # noqa: S608 - constants
NAMED = 100


def name_what_stays(_apps: Any, editor: Any) -> None:
    """Name the re-verifications from afar: in force they stay, waiting they can only be rejected."""
    with editor.connection.cursor() as cursor:
        cursor.execute(OTHERWISE)
        ids = [row[0] for row in cursor.fetchall()]
    if ids:
        more = " and more" if len(ids) > NAMED else ""
        sys.stdout.write(
            "\n    Re-verifications by telephone, video or otherwise from afar: those in force stay, those that wait can be "
            f"rejected only: {', '.join(ids[:NAMED])}{more}\n"
        )


def account(related_name: str) -> models.ForeignKey:
    return models.ForeignKey(
        on_delete=django.db.models.deletion.PROTECT, related_name=related_name, to="accounts.account"
    )


class Migration(migrations.Migration):
    """The balance of a penalized holder's payment account moves out by two persons; who is identified anew is there.

    Back again it does not go once a balance was to move out: the version before runs as it is beside the table.
    """

    atomic = False
    dependencies = [
        ("accounts", "0023_possible_same"),
        ("blacklist", "0008_sealed"),
        ("kernel", "0015_approvals_begin_pending"),
    ]

    operations = [
        MakeTable(
            name="CloseOut",
            fields=[
                ("id", models.UUIDField(default=new_id, editable=False, primary_key=True, serialize=False)),
                ("amount_fen", models.BigIntegerField()),
                ("status", models.CharField(choices=STATUSES, default="pending", max_length=16)),
                ("asked_at", models.DateTimeField()),
                ("in_force_at", models.DateTimeField(null=True)),
                ("account", account("close_outs")),
                ("to_account", account("+")),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(name="close_out_moves_money", condition=Q(amount_fen__gt=0)),
                    models.CheckConstraint(name="close_out_between_two", condition=~Q(account=F("to_account"))),
                    models.CheckConstraint(
                        name="close_out_in_force_since",
                        condition=Q(status="active", in_force_at__isnull=False)
                        | Q(status__in=["pending", "rejected", "withdrawn", "expired"], in_force_at=None),
                    ),
                ],
            },
        ),
        AddCheck(
            "entry",
            models.CheckConstraint(
                name="entry_kind_known",
                condition=Q(kind__in=["opening", "deposit", "withdrawal", "transfer", "close_out"]),
            ),
        ),
        Kept(TABLE),
        ColumnsStand(TABLE, ("account_id", "to_account_id", "amount_fen", "asked_at")),
        ColumnsStand(TABLE, ("status", "in_force_at"), "OLD.status <> 'pending'", "settled"),
        SecondPersonSince(TABLE, "NEW.status = 'active'", "payment_close_out", "in_force_at"),
        migrations.RunSQL(MOVED, NOT_MOVED),
        migrations.RunSQL(IDENTIFIED, NOT_IDENTIFIED),
        migrations.RunPython(name_what_stays, migrations.RunPython.noop),
        migrations.RunSQL(migrations.RunSQL.noop, UNLESS_ASKED),
    ]
