from django.db import migrations, models
from django.db.models import Q

from config.kernel.online_ddl import AddCheck, AddColumn
from config.kernel.sealed import SealedField


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("transfers", "0002_cheaper_moves")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE transfers_transfer ADD COLUMN IF NOT EXISTS cancel_reason bytea",
            "ALTER TABLE transfers_transfer DROP COLUMN IF EXISTS cancel_reason",
            [AddColumn(model_name="transfer", name="cancel_reason", field=SealedField(null=True))],
        ),
        AddCheck(
            model_name="transfer",
            constraint=models.CheckConstraint(
                name="transfer_cancel_reason_of_cancelled", condition=Q(cancel_reason=None) | Q(status="cancelled")
            ),
        ),
    ]
