from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """Built beside the bank's work: no transfer waits for it."""

    atomic = False
    dependencies = [("transfers", "0007_steps_by_code")]

    operations = [
        AddIndexConcurrently(
            model_name="transfer",
            index=models.Index(
                name="transfer_parked",
                fields=["parked_until"],
                condition=Q(status="held", parked_until__isnull=False),
            ),
        ),
    ]
