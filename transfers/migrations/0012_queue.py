from django.db import migrations, models
from django.db.models import Q
from django.db.models.functions import Coalesce

from config.kernel.online_ddl import AddIndex


class Migration(migrations.Migration):
    """The queue of what is to be looked at next, built without stopping whoever writes."""

    atomic = False
    dependencies = [("transfers", "0011_vacuum")]

    operations = [
        AddIndex(
            model_name="transfer",
            index=models.Index(
                Coalesce("parked_until", "due_at"), "id", name="transfer_queue", condition=Q(status="held")
            ),
        ),
        AddIndex(
            model_name="transfer",
            index=models.Index(
                name="transfer_parked",
                fields=["parked_until", "id"],
                condition=Q(status="held", parked_until__isnull=False),
            ),
        ),
    ]
