from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q
from django.db.models.functions import Coalesce


class Migration(migrations.Migration):
    """The queue of what is to be looked at next, built without stopping whoever writes."""

    atomic = False
    dependencies = [("transfers", "0008_heartbeats")]

    operations = [
        AddIndexConcurrently(
            model_name="transfer",
            index=models.Index(
                Coalesce("parked_until", "due_at"), "id", name="transfer_queue", condition=Q(status="held")
            ),
        ),
        AddIndexConcurrently(
            model_name="transfer",
            index=models.Index(
                name="transfer_parked",
                fields=["parked_until", "id"],
                condition=Q(status="held", parked_until__isnull=False),
            ),
        ),
    ]
