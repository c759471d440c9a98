from django.db import migrations, models
from django.db.models import Q

from config.kernel.sealed import SealedField


class Migration(migrations.Migration):
    dependencies = [("transfers", "0002_cheaper_moves")]

    operations = [
        migrations.AddField(model_name="transfer", name="cancel_reason", field=SealedField(null=True)),
        migrations.AddConstraint(
            model_name="transfer",
            constraint=models.CheckConstraint(
                name="transfer_cancel_reason_of_cancelled", condition=Q(cancel_reason=None) | Q(status="cancelled")
            ),
        ),
    ]
