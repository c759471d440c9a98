from django.db import migrations, models
from django.db.models import Q

from config.kernel.online_ddl import AddIndex


class Migration(migrations.Migration):
    """Whose restrictions end soon is found by the days from which terms count, without reading the register."""

    atomic = False
    dependencies = [("blacklist", "0016_day_figures")]

    operations = [
        AddIndex(
            "certificate",
            models.Index(name="certificate_certified", fields=["certified_on"], condition=Q(status="in_force")),
        ),
        AddIndex(
            "certificate",
            models.Index(
                name="certificate_term_ends",
                fields=["term_to"],
                condition=Q(status="in_force", term_to__isnull=False),
            ),
        ),
    ]
