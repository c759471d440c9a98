from django.db import migrations, models
from django.db.models import Q

from config.kernel.online_ddl import AddIndex


class Migration(migrations.Migration):
    """What was cancelled or returned on a day is added up in an index of its own."""

    atomic = False
    dependencies = [("transfers", "0022_by_reference")]

    operations = [
        AddIndex(
            "transfer",
            models.Index(
                name="transfer_ended_unposted",
                fields=["ended_at"],
                include=["status", "amount_fen"],
                condition=Q(status__in=["cancelled", "returned"]),
            ),
        ),
    ]
