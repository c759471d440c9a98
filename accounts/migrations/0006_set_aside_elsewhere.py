"""Lets money set aside be paid to an account at another bank: its columns and guards."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

import config.kernel.vault.sealed
from config.kernel.schema.online_ddl import AddCheck, AddColumn, OnlineSQL
from config.kernel.schema.sql_files import ChangeSQL


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("accounts", "0005_close_outs_at_once")]

    operations = [
        AddColumn("setasidepayment", "bank_code", models.CharField(max_length=14, null=True)),
        AddColumn("setasidepayment", "to_number", config.kernel.vault.sealed.SealedField(null=True)),
        AddColumn("setasidepayment", "to_name", config.kernel.vault.sealed.SealedField(null=True)),
        OnlineSQL(
            "ALTER TABLE accounts_setasidepayment ALTER COLUMN to_account_id DROP NOT NULL",
            # No row without it is left: one to another bank would lose its columns, which prevents the reversal.
            "ALTER TABLE accounts_setasidepayment ALTER COLUMN to_account_id SET NOT NULL",
            state_operations=[
                migrations.AlterField(
                    "setasidepayment",
                    "to_account",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.account",
                    ),
                )
            ],
        ),
        AddCheck(
            "setasidepayment",
            models.CheckConstraint(
                name="set_aside_payment_has_one_target",
                condition=Q(to_account__isnull=False, bank_code=None, to_number=None, to_name=None)
                | Q(
                    to_account=None,
                    bank_code__isnull=False,
                    bank_code__regex=r"^[0-9A-Z]{2,14}$",
                    to_number__isnull=False,
                    to_name__isnull=False,
                ),
            ),
        ),
        ChangeSQL("set_aside", 6),
    ]
