from django.db import migrations, models
from django.db.models import Q

from config.kernel.online_ddl import AddCheck


class Migration(migrations.Migration):
    """Money moves for reasons that the bank knows; rows that say another are named and nothing is changed."""

    atomic = False
    dependencies = [("accounts", "0015_sealed")]

    operations = [
        AddCheck(
            "entry",
            models.CheckConstraint(
                name="entry_kind_known", condition=Q(kind__in=["opening", "deposit", "withdrawal", "transfer"])
            ),
        ),
    ]
