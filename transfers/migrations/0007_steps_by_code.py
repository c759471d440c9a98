from django.db import migrations, models
from django.db.models import Q

from config.kernel.online_ddl import AddIndex


class Migration(migrations.Migration):
    """Built beside the bank's work: no transfer waits for it."""

    atomic = False
    dependencies = [("transfers", "0006_references_in_one_walk")]

    operations = [
        AddIndex(
            model_name="event",
            index=models.Index(name="event_by_code", fields=["code", "-id"], condition=~Q(code="")),
        ),
    ]
