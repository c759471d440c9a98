from typing import Any

from django.db import migrations, models
from django.db.models import F, Func, Q

from config.kernel.migration_ops import SEARCH_PATH
from config.kernel.online_ddl import AddColumn, ReplaceCheck

#: How many rows are filled in one transaction: who releases or cancels them waits no longer than for a batch.
PIECE = 2000

#: Processes of the version before name no hold until they are started anew: what they write says it by its two
#: instants, and the check judges it like any other.
NAMED = f"""
ALTER TABLE transfers_transfer ADD COLUMN IF NOT EXISTS hold_seconds integer;
CREATE OR REPLACE FUNCTION transfers_transfer_hold() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  NEW.hold_seconds := extract(epoch FROM NEW.due_at - NEW.accepted_at)::integer;
  RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER transfers_transfer_hold BEFORE INSERT ON transfers_transfer FOR EACH ROW
  WHEN (NEW.hold_seconds IS NULL AND NEW.rule_code = 'ATM_24_HOURS')
  EXECUTE FUNCTION transfers_transfer_hold()
"""
UNNAMED = """
DROP TRIGGER IF EXISTS transfers_transfer_hold ON transfers_transfer;
DROP FUNCTION IF EXISTS transfers_transfer_hold();
ALTER TABLE transfers_transfer DROP COLUMN IF EXISTS hold_seconds
"""

# A row that is being released or cancelled is passed by: waiting for it while others are locked could close a ring.
# It is filled alone, at the end.
PIECES = """
WITH piece AS (
    SELECT id FROM transfers_transfer
    WHERE id > %s AND rule_code = 'ATM_24_HOURS' AND hold_seconds IS NULL ORDER BY id LIMIT %s
), free AS (
    SELECT t.id FROM transfers_transfer t JOIN piece USING (id) FOR NO KEY UPDATE OF t SKIP LOCKED
), filled AS (
    UPDATE transfers_transfer t SET hold_seconds = extract(epoch FROM t.due_at - t.accepted_at)::integer
    FROM free WHERE t.id = free.id
)
SELECT p.id, f.id IS NULL AS locked FROM piece p LEFT JOIN free f USING (id) ORDER BY p.id
"""
ALONE = """
UPDATE transfers_transfer SET hold_seconds = extract(epoch FROM due_at - accepted_at)::integer WHERE id = %s
"""


def fill(_apps: Any, editor: Any) -> None:
    """Give each row that was delayed at a machine the hold that its two instants prove, a piece at a time."""
    passed = []
    with editor.connection.cursor() as cursor:
        last: Any = "00000000-0000-0000-0000-000000000000"
        while last:
            cursor.execute(PIECES, [last, PIECE])
            found = cursor.fetchall()
            passed += [row_id for row_id, locked in found if locked]
            last = found[-1][0] if found else None
        for row_id in passed:
            cursor.execute(ALONE, [row_id])


ACCEPTED = (
    "amount_fen",
    "payer_account_id",
    "payee_account_id",
    "payee_internal_id",
    "accepted_at",
    "due_at",
    "channel",
    "arrival",
    "made_by_id",
    "payer_card_id",
    "payee_account_number",
    "payee_bank_code",
    "payee_name",
    "same_holder",
    "rule_code",
    "rule_clause",
    "rule_profile",
)

_GUARD = """
CREATE OR REPLACE FUNCTION transfers_transfer_moves() RETURNS trigger LANGUAGE plpgsql SET {settings} AS $$
BEGIN
  IF NEW.status <> OLD.status
     AND NOT (OLD.status = 'held' AND NEW.status IN ('posted', 'cancelled', 'returned')) THEN
    RAISE EXCEPTION 'no transfer moves from % to %', OLD.status, NEW.status
      USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_moves', TABLE = 'transfers_transfer';
  END IF;
  IF ({new}) IS DISTINCT FROM ({old}) THEN
    RAISE EXCEPTION 'what was accepted never changes'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_accepted_stands', TABLE = 'transfers_transfer';
  END IF;
  RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER transfers_transfer_moves BEFORE UPDATE ON transfers_transfer FOR EACH ROW
  WHEN (
    (NEW.status <> OLD.status
     AND NOT (OLD.status = 'held' AND NEW.status IN ('posted', 'cancelled', 'returned')))
    OR ({new}) IS DISTINCT FROM ({old})
  )
  EXECUTE FUNCTION transfers_transfer_moves();
"""


def guard(*columns: str) -> str:
    new, old = (", ".join(f"{row}.{each}" for each in columns) for row in ("NEW", "OLD"))
    return _GUARD.format(new=new, old=old, settings=SEARCH_PATH)


#: An interval of days follows the zone of the session: where clocks change, a day has 23 or 25 hours.
HOLD = Func(
    F("hold_seconds"),
    function="make_interval",
    template="%(function)s(secs => %(expressions)s)",
    output_field=models.DurationField(),
)
DELAYED = "ATM_24_HOURS"


class Migration(migrations.Migration):
    """How long the rule at machines holds a transfer stands in the row, and the due instant follows it."""

    atomic = False
    dependencies = [("transfers", "0014_parked_after_due")]

    operations = [
        migrations.RunSQL(
            NAMED,
            UNNAMED,
            [
                AddColumn(model_name="transfer", name="hold_seconds", field=models.IntegerField(null=True)),
            ],
        ),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=False),
        ReplaceCheck(
            model_name="transfer",
            replaced="transfer_atm_waits_24_hours",
            constraint=models.CheckConstraint(
                name="transfer_delayed_waits_its_hold",
                condition=Q(
                    rule_code=DELAYED,
                    hold_seconds__isnull=False,
                    hold_seconds__gt=0,
                    due_at=F("accepted_at") + HOLD,
                )
                | Q(~Q(rule_code=DELAYED), hold_seconds=None),
            ),
        ),
        migrations.RunSQL(guard(*ACCEPTED, "hold_seconds"), guard(*ACCEPTED)),
        migrations.AlterField(
            model_name="transfer",
            name="channel",
            field=models.CharField(
                choices=[
                    ("counter", "柜面"),
                    ("atm", "自助柜员机"),
                    ("online", "网上银行"),
                    ("mobile", "手机银行"),
                    ("phone", "电话银行"),
                ],
                max_length=8,
            ),
        ),
        migrations.AlterField(
            model_name="transfer",
            name="rule_code",
            field=models.CharField(
                blank=True,
                choices=[
                    (DELAYED, "自助柜员机延时到账"),
                    ("ATM_OWN_ACCOUNT", "自助柜员机本人账户"),
                    ("ATM_ORGANIZATION", "自助柜员机单位账户"),
                    ("ATM_BEFORE_RULE", "规则生效前受理"),
                    ("REAL_TIME", "实时到账"),
                    ("ORDINARY", "普通到账"),
                    ("NEXT_DAY", "次日到账"),
                ],
                max_length=20,
            ),
        ),
    ]
