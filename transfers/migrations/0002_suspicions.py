"""Adds the suspicions of fraud that staff record."""

import django.db.models.deletion
from django.db import migrations, models

import config.kernel.database.ids
import config.kernel.vault.sealed
from config.kernel.schema.online_ddl import MakeTable


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("transfers", "0001_initial")]

    operations = [
        MakeTable(
            "Suspicion",
            [
                (
                    "id",
                    models.UUIDField(
                        default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("kind", models.CharField(max_length=20)),
                ("reason", models.CharField(max_length=24)),
                (
                    "customer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.customer",
                    ),
                ),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.account",
                    ),
                ),
                (
                    "transfer",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="transfers.transfer",
                    ),
                ),
                ("channel", models.CharField(blank=True, max_length=16)),
                ("words", config.kernel.vault.sealed.SealedField()),
                ("at", models.DateTimeField()),
                (
                    "principal",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="kernel.principal",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["at", "kind"], name="suspicion_by_time")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            kind__in=["opening_refused", "transfer_refused", "transfer_delayed", "dissuaded", "other"]
                        ),
                        name="suspicion_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            reason__in=[
                                "forced_or_led",
                                "cannot_explain",
                                "group_opening",
                                "forged_document",
                                "other_person_behind",
                                "scam_suspected",
                                "other",
                            ]
                        ),
                        name="suspicion_reason_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(channel__in=["", "counter", "atm", "online", "mobile", "phone"]),
                        name="suspicion_channel_known",
                    ),
                ],
            },
        ),
    ]
