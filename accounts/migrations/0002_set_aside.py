"""Adds declarations that an impostor opened an account, and payments of the money set aside by them."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

import config.kernel.database.ids
import config.kernel.vault.sealed
from config.kernel.schema.online_ddl import AddCheck, MakeTable

_ID = models.UUIDField(default=config.kernel.database.ids.new_id, editable=False, primary_key=True, serialize=False)
_NOT_IN_FORCE = ("pending", "rejected", "withdrawn", "expired")


def _in_force_since(name: str) -> models.CheckConstraint:
    condition = Q(status="active", in_force_at__isnull=False) | Q(status__in=_NOT_IN_FORCE, in_force_at=None)
    return models.CheckConstraint(name=name, condition=condition)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("accounts", "0001_initial")]

    operations = [
        MakeTable(
            "ImpostorDeclaration",
            fields=[
                ("id", _ID),
                ("amount_fen", models.BigIntegerField()),
                ("statement", config.kernel.vault.sealed.SealedField()),
                ("status", models.CharField(default="pending", max_length=16)),
                ("asked_at", models.DateTimeField()),
                ("in_force_at", models.DateTimeField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="declarations",
                        to="accounts.account",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        name="impostor_declaration_once", fields=["account"], condition=Q(status="active")
                    ),
                    models.CheckConstraint(name="impostor_declaration_not_negative", condition=Q(amount_fen__gte=0)),
                    _in_force_since("impostor_declaration_in_force_since"),
                ],
            },
        ),
        MakeTable(
            "SetAsidePayment",
            fields=[
                ("id", _ID.clone()),
                ("amount_fen", models.BigIntegerField()),
                ("authority", models.CharField(max_length=120)),
                ("order_no", models.CharField(max_length=80)),
                ("status", models.CharField(default="pending", max_length=16)),
                ("asked_at", models.DateTimeField()),
                ("in_force_at", models.DateTimeField(null=True)),
                (
                    "declaration",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payments",
                        to="accounts.impostordeclaration",
                    ),
                ),
                (
                    "to_account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.account"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(name="set_aside_payment_moves_money", condition=Q(amount_fen__gt=0)),
                    _in_force_since("set_aside_payment_in_force_since"),
                ],
            },
        ),
        AddCheck(
            "entry",
            models.CheckConstraint(
                name="entry_kind_known",
                condition=Q(
                    kind__in=[
                        "opening", "deposit", "withdrawal", "reversal", "transfer", "close_out", "merge", "set_aside", "aside_paid",
                    ]
                ),
            ),
        ),
    ]
