from django.db import migrations, models
from django.db.models import Q

from config.kernel.online_ddl import AddIndex

WITHDRAWALS = Q(kind="withdrawal")


class Migration(migrations.Migration):
    """What machines have paid out on a day, by account and by machine, built without stopping whoever writes."""

    atomic = False
    dependencies = [("kernel", "0019_trail")]

    operations = [
        AddIndex(
            model_name="decision",
            index=models.Index(name="decision_paid_out_of", fields=["account_id", "at"], condition=WITHDRAWALS),
        ),
        AddIndex(
            model_name="decision",
            index=models.Index(name="decision_paid_out_by", fields=["principal", "at"], condition=WITHDRAWALS),
        ),
    ]
