"""Lets a customer move a part of a balance, and through a gateway, under the measures of 2024: columns and guards."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

from config.kernel.schema.online_ddl import AddCheck, AddColumn
from config.kernel.schema.sql_files import ChangeSQL


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("accounts", "0004_close_outs")]

    operations = [
        AddColumn("closeout", "channel", models.CharField(db_default="counter", default="counter", max_length=16)),
        AddColumn(
            "closeout",
            "made_by",
            models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="kernel.principal",
            ),
        ),
        AddCheck(
            "closeout",
            models.CheckConstraint(
                name="close_out_waits_at_the_counter",
                condition=Q(channel="counter", made_by=None)
                | Q(
                    channel__in=["online", "mobile"],
                    made_by__isnull=False,
                    status="active",
                    in_force_at__isnull=False,
                    in_force_at=F("asked_at"),
                ),
            ),
        ),
        ChangeSQL("close_outs", 5),
    ]
