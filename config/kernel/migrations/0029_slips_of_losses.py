from django.db import migrations, models
from django.db.models import Q

from config.kernel.online_ddl import AddCheck


class Migration(migrations.Migration):
    """A report of a lost card has a receipt, whose prints are counted."""

    atomic = False
    dependencies = [("kernel", "0028_approval_work")]

    operations = [
        AddCheck(
            "slipprint",
            models.CheckConstraint(
                name="slip_print_kind_known",
                condition=Q(kind__in=["accepted", "posted", "cancelled", "cash", "cash_reversed", "loss"]),
            ),
        ),
    ]
