from django.db import migrations, models
from django.db.models import Q

from config.kernel.online_ddl import ReplaceIndex

# The conditions stand in WHEN: a legal move costs no call, and a batch of a thousand has a thousand of them.
GUARDED = """
DROP TRIGGER transfers_transfer_moves ON transfers_transfer;
CREATE TRIGGER transfers_transfer_moves BEFORE UPDATE ON transfers_transfer FOR EACH ROW
  WHEN (
    (NEW.status <> OLD.status
     AND NOT (OLD.status = 'held' AND NEW.status IN ('posted', 'cancelled', 'returned')))
    OR (NEW.amount_fen, NEW.payer_account_id, NEW.payee_account_id, NEW.payee_internal_id, NEW.accepted_at, NEW.due_at)
       IS DISTINCT FROM
       (OLD.amount_fen, OLD.payer_account_id, OLD.payee_account_id, OLD.payee_internal_id, OLD.accepted_at, OLD.due_at)
  )
  EXECUTE FUNCTION transfers_transfer_moves();
"""
PLAIN = """
DROP TRIGGER transfers_transfer_moves ON transfers_transfer;
CREATE TRIGGER transfers_transfer_moves BEFORE UPDATE ON transfers_transfer
  FOR EACH ROW EXECUTE FUNCTION transfers_transfer_moves();
"""


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("transfers", "0001_initial")]

    operations = [
        migrations.RunSQL(GUARDED, PLAIN),
        # Nearly every transfer is posted in the end: those are found by id alone.
        ReplaceIndex(
            "transfer_by_status",
            "transfers_transfer (status, id DESC) WHERE NOT (status = 'posted')",
            "transfers_transfer (status, id DESC)",
            state_operations=[
                migrations.RemoveIndex(model_name="transfer", name="transfer_by_status"),
                migrations.AddIndex(
                    model_name="transfer",
                    index=models.Index(
                        name="transfer_by_status", fields=["status", "-id"], condition=~Q(status="posted")
                    ),
                ),
            ],
        ),
    ]
