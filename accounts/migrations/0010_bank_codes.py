import sys
from typing import Any

from django.db import migrations, models
from django.db.models import Q

NAME = "internal_account_bank_shape"
SHAPE = "^[0-9A-Z]{2,14}$"


def hold_the_old_ones_too(apps: Any, editor: Any) -> None:
    """Where an account of another spelling stands, name it and leave it: its entries stand as they are."""
    internal = apps.get_model("accounts", "InternalAccount").objects.filter(kind="clearing")
    if old := sorted(internal.exclude(bank_code__regex=SHAPE).values_list("bank_code", flat=True)):
        sys.stdout.write(
            f"\n    Clearing accounts in another spelling stay and are used on: {', '.join(old)}. "
            f"{NAME} holds for new ones.\n"
        )
    else:
        editor.execute(f"ALTER TABLE accounts_internalaccount VALIDATE CONSTRAINT {NAME}")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("accounts", "0009_balance_limit")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    f"ALTER TABLE accounts_internalaccount DROP CONSTRAINT IF EXISTS {NAME}, "
                    f"ADD CONSTRAINT {NAME} CHECK (bank_code = '' OR bank_code ~ '{SHAPE}') NOT VALID",
                    f"ALTER TABLE accounts_internalaccount DROP CONSTRAINT IF EXISTS {NAME}",
                ),
            ],
            state_operations=[
                migrations.AddConstraint(
                    model_name="internalaccount",
                    constraint=models.CheckConstraint(name=NAME, condition=Q(bank_code="") | Q(bank_code__regex=SHAPE)),
                )
            ],
        ),
        migrations.RunPython(hold_the_old_ones_too, migrations.RunPython.noop),
    ]
