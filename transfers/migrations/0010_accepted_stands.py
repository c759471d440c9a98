from django.db import migrations, models
from django.db.models import Q

from config.kernel.migration_ops import SEARCH_PATH, FixedSearchPath
from config.kernel.online_ddl import AddCheck

CHANNELS = ["counter", "atm", "online", "mobile", "phone"]
ONCE = ("amount_fen", "payer_account_id", "payee_account_id", "payee_internal_id", "accepted_at", "due_at")
#: By whom, for whom and under which rule: what a release is judged by, and what is told of it for ever.
STANDS = (
    *ONCE,
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
CREATE OR REPLACE FUNCTION transfers_transfer_moves() RETURNS trigger LANGUAGE plpgsql {settings} AS $$
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


def guard(columns: tuple[str, ...], settings: str = "") -> str:
    new, old = (", ".join(f"{row}.{each}" for each in columns) for row in ("NEW", "OLD"))
    return _GUARD.format(new=new, old=old, settings=settings)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("transfers", "0009_hours")]

    operations = [
        AddCheck(
            model_name="transfer",
            constraint=models.CheckConstraint(name="transfer_channel_known", condition=Q(channel__in=CHANNELS)),
        ),
        migrations.RunSQL(guard(STANDS, f"SET {SEARCH_PATH}"), guard(ONCE)),
        FixedSearchPath("event_transfer_exists"),
    ]
