from django.db import migrations, models
from django.db.models import Q

from config.kernel.online_ddl import AddIndex


class Migration(migrations.Migration):
    """The certificates received within some days, and how long they waited, are counted in an index."""

    atomic = False
    dependencies = [("blacklist", "0015_appeal_papers")]

    operations = [
        AddIndex(
            "certificate",
            models.Index(
                name="certificate_received",
                fields=["made_at"],
                include=["in_force_at"],
                condition=Q(brought_by=None),
            ),
        ),
    ]
