from django.db import migrations, models
from django.db.models import Q

from config.kernel.online_ddl import AddIndex


class Migration(migrations.Migration):
    """Held transfers to accounts at other banks by the key of these, built without stopping whoever writes."""

    atomic = False
    dependencies = [("transfers", "0020_held_transfers_of_stock")]

    operations = [
        AddIndex(
            "transfer",
            models.Index(
                name="transfer_held_outside",
                fields=["payee_key"],
                condition=Q(status="held", payee_key__isnull=False),
            ),
        ),
    ]
