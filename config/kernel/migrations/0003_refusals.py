from django.db import migrations, models
from django.db.models import Q

from config.kernel.online_ddl import AddIndex


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("kernel", "0002_masked_proposals")]

    operations = [
        AddIndex(
            model_name="decision",
            index=models.Index(name="decision_refused", fields=["at", "id", "code"], condition=Q(outcome="refused")),
        ),
    ]
