from django.db import migrations, models
from django.db.models import F, Q

from config.kernel.online_ddl import AddCheck


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("transfers", "0013_releases_wait")]

    operations = [
        AddCheck(
            model_name="transfer",
            constraint=models.CheckConstraint(
                name="transfer_parked_after_due", condition=Q(parked_until=None) | Q(parked_until__gte=F("due_at"))
            ),
        ),
    ]
