from django.db import migrations, models
from django.db.models import Q

from config.kernel.online_ddl import AddIndex


class Migration(migrations.Migration):
    """A written term may end some years after its first day: whose does soon is found without reading the register."""

    atomic = False
    dependencies = [("blacklist", "0018_undone_on_paper")]

    operations = [
        AddIndex(
            "certificate",
            models.Index(
                name="certificate_term_begins",
                fields=["term_from"],
                condition=Q(status="in_force", term_from__isnull=False),
            ),
        ),
    ]
