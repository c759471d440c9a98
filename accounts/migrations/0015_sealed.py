from typing import Any

from django.db import migrations, models
from django.db.models import Q

from config.kernel.migration_ops import ColumnsStand
from config.kernel.online_ddl import AddCheck, AddColumn, ReplaceIndex
from config.kernel.sealed import SealedField
from config.kernel.sealing import SealedPlace, open_place, seal_place

ELSEWHERE = SealedPlace(
    "accounts_externalaccount", "account_number", "sealed_number", key="number_key", bank="bank_code", guarded=True
)
BIRTHS = SealedPlace("accounts_customer", "birth_date", "sealed_birth_date", is_date=True)


def seal_beside(_apps: Any, _editor: Any) -> None:
    """Seal accounts elsewhere and leave them in plain, too, for the processes of the version before."""
    for _ in seal_place(ELSEWHERE, empty=False):
        pass


def open_all(_apps: Any, _editor: Any) -> None:
    for place in (ELSEWHERE, BIRTHS):
        for _ in open_place(place):
            pass


class Migration(migrations.Migration):
    """Account numbers elsewhere and birth dates stand sealed; `seal_plain` empties the columns in plain."""

    atomic = False
    dependencies = [("accounts", "0014_money_moves_with_entries")]

    operations = [
        AddColumn("customer", "sealed_birth_date", SealedField(null=True)),
        AddColumn("externalaccount", "sealed_number", SealedField(null=True)),
        AddColumn("externalaccount", "number_key", models.BinaryField(max_length=32, null=True)),
        migrations.AlterField(
            "externalaccount", "account_number", models.CharField(blank=True, default="", max_length=34)
        ),
        migrations.RunPython(seal_beside, migrations.RunPython.noop),
        # Whose an account elsewhere is was decided about this number.
        ColumnsStand("accounts_externalaccount", ("sealed_number", "number_key"), name="number_stands"),
        # A process of the version before registers none while it lasts: it would be found by nobody.
        AddCheck(
            "externalaccount",
            models.CheckConstraint(
                name="external_account_number_sealed",
                condition=Q(sealed_number__isnull=False, number_key__isnull=False),
            ),
        ),
        AddCheck(
            "externalaccount",
            models.CheckConstraint(
                name="external_account_number_shape",
                condition=Q(account_number__regex=r"^[0-9A-Z]{0,34}$", bank_code__regex=r"^[0-9A-Z]{2,14}$"),
            ),
        ),
        ReplaceIndex(
            "external_account_has_one_holder",
            "accounts_externalaccount (number_key) WHERE status = 'active'",
            "accounts_externalaccount (account_number, bank_code) WHERE status = 'active'",
            unique=True,
            state_operations=[
                migrations.RemoveConstraint("externalaccount", "external_account_has_one_holder"),
                migrations.AddConstraint(
                    "externalaccount",
                    models.UniqueConstraint(
                        name="external_account_has_one_holder",
                        fields=["number_key"],
                        condition=Q(status="active"),
                    ),
                ),
            ],
        ),
        # Going back begins here: the columns in plain are whole before any rule of before is put back.
        migrations.RunPython(migrations.RunPython.noop, open_all),
    ]
