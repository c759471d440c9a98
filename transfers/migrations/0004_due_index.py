from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations, models
from django.db.models import Q

from config.kernel.online_ddl import AddIndex


class Migration(migrations.Migration):
    """Both at once would leave releases without an index, or transfers without a writer, while one is built."""

    atomic = False
    dependencies = [("transfers", "0003_cancel_reason")]

    operations = [
        AddIndex(
            model_name="transfer",
            index=models.Index(
                name="transfer_due_next",
                fields=["due_at", "id"],
                include=["amount_fen", "channel"],
                condition=Q(status="held"),
            ),
        ),
        RemoveIndexConcurrently(model_name="transfer", name="transfer_due"),
    ]
