"""Adds which warnings of fraud a transfer's channel showed, and keeps them unchanged."""

from django.db import migrations, models
from django.db.models import Q

from config.kernel.schema.online_ddl import AddCheck, AddColumn
from config.kernel.schema.sql_files import ChangeSQL


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("transfers", "0005_close_outs")]

    operations = [
        AddColumn("transfer", "warning_version", models.CharField(max_length=12, null=True)),
        AddColumn("transfer", "warning_kinds", models.CharField(max_length=120, null=True)),
        AddCheck(
            "transfer",
            models.CheckConstraint(
                name="transfer_warnings_have_version",
                condition=Q(warning_version=None, warning_kinds=None)
                | (
                    Q(warning_version__isnull=False, warning_version__regex="^[0-9a-f]{12}$")
                    & Q(warning_kinds__isnull=False)
                    & ~Q(warning_kinds="")
                    & ~Q(status="refused")
                ),
            ),
        ),
        ChangeSQL("transfers", 6),
    ]
