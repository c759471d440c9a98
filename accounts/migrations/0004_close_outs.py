"""Lets the balance of a payment account go to an own account at another bank: its columns and guards."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

from config.kernel.schema.online_ddl import AddCheck, AddColumn, OnlineSQL
from config.kernel.schema.sql_files import ChangeSQL

PROTECT = django.db.models.deletion.PROTECT


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("accounts", "0003_set_aside_guards")]

    operations = [
        AddColumn(
            "closeout",
            "to_external_account",
            models.ForeignKey(
                db_index=False, null=True, on_delete=PROTECT, related_name="+", to="accounts.externalaccount"
            ),
        ),
        AddColumn("closeout", "transfer_id", models.UUIDField(null=True)),
        OnlineSQL(
            "ALTER TABLE accounts_closeout ALTER COLUMN to_account_id DROP NOT NULL",
            # No row without it is left: one to another bank would lose its column, which prevents the reversal.
            "ALTER TABLE accounts_closeout ALTER COLUMN to_account_id SET NOT NULL",
            state_operations=[
                migrations.AlterField(
                    "closeout",
                    "to_account",
                    models.ForeignKey(null=True, on_delete=PROTECT, related_name="+", to="accounts.account"),
                )
            ],
        ),
        AddCheck(
            "closeout",
            models.CheckConstraint(
                name="close_out_has_one_target",
                condition=Q(to_account__isnull=False, to_external_account=None, transfer_id=None)
                | Q(to_account=None, to_external_account__isnull=False)
                & (Q(status="active", transfer_id__isnull=False) | ~Q(status="active") & Q(transfer_id=None)),
            ),
        ),
        OnlineSQL(
            [
                # The rest of an interrupted run is dropped.
                "DROP INDEX CONCURRENTLY IF EXISTS close_out_transfer_once",
                (
                    "CREATE UNIQUE INDEX CONCURRENTLY close_out_transfer_once ON accounts_closeout (transfer_id)"
                    " WHERE transfer_id IS NOT NULL"
                ),
            ],
            "DROP INDEX IF EXISTS close_out_transfer_once",
            state_operations=[
                migrations.AddConstraint(
                    "closeout",
                    models.UniqueConstraint(
                        name="close_out_transfer_once", fields=["transfer_id"], condition=Q(transfer_id__isnull=False)
                    ),
                )
            ],
        ),
        ChangeSQL("close_outs", 4),
    ]
