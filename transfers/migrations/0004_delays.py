"""Adds the bank's delay of a held transfer: its table, the first due instant, and their guards."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Func, Q

import config.kernel.database.ids
import config.kernel.vault.sealed
from config.kernel.schema.online_ddl import AddCheck, AddColumn, MakeTable
from config.kernel.schema.sql_files import ChangeSQL

HOLD = Func(
    F("hold_seconds"),
    function="make_interval",
    template="%(function)s(secs => %(expressions)s)",
    output_field=models.DurationField(),
)
LONGEST = Func(function="make_interval", template="%(function)s(hours => 72)", output_field=models.DurationField())
PROTECT = django.db.models.deletion.PROTECT


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("transfers", "0003_suspicion_guards")]

    operations = [
        AddColumn("transfer", "first_due_at", models.DateTimeField(null=True)),
        AddCheck(
            "transfer",
            models.CheckConstraint(
                name="transfer_delayed_waits_its_hold",
                condition=Q(rule_code="ATM_24_HOURS", hold_seconds__isnull=False, hold_seconds__gt=0)
                & (
                    Q(first_due_at=None, due_at=F("accepted_at") + HOLD)
                    | Q(first_due_at__isnull=False, first_due_at=F("accepted_at") + HOLD)
                )
                | Q(~Q(rule_code="ATM_24_HOURS"), hold_seconds=None),
            ),
        ),
        AddCheck(
            "transfer",
            models.CheckConstraint(
                name="transfer_delay_is_short",
                condition=Q(first_due_at=None)
                | Q(due_at__isnull=False, due_at__gt=F("first_due_at"), due_at__lte=F("first_due_at") + LONGEST),
            ),
        ),
        MakeTable(
            "TransferDelay",
            [
                (
                    "id",
                    models.UUIDField(
                        default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("transfer", models.ForeignKey(on_delete=PROTECT, related_name="+", to="transfers.transfer")),
                ("until", models.DateTimeField()),
                ("reason", config.kernel.vault.sealed.SealedField()),
                (
                    "suspicion",
                    models.ForeignKey(db_index=False, on_delete=PROTECT, related_name="+", to="transfers.suspicion"),
                ),
                ("status", models.CharField(default="pending", max_length=16)),
                ("asked_at", models.DateTimeField()),
                ("in_force_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        name="transfer_delay_in_force_since",
                        condition=Q(status="active", in_force_at__isnull=False)
                        | Q(status__in=["pending", "rejected", "withdrawn", "expired"], in_force_at=None),
                    ),
                    models.UniqueConstraint(
                        name="transfer_delayed_once", fields=["transfer"], condition=Q(status="active")
                    ),
                ],
            },
        ),
        ChangeSQL("transfers", 4),
    ]
