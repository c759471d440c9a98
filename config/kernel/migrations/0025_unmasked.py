from django.db import migrations, models
from django.db.models import Q

from config.kernel.online_ddl import AddIndex


class Migration(migrations.Migration):
    """Looks at whole data are counted by person in an index of their own."""

    atomic = False
    dependencies = [("kernel", "0024_returned")]

    operations = [
        AddIndex(
            "trailrecord",
            models.Index(name="trail_unmasked", fields=["at", "principal", "count"], condition=Q(kind="unmask")),
        ),
    ]
