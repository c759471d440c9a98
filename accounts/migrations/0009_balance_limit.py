from typing import Any

from django.db import migrations, models
from django.db.models import Q

LIMIT_FEN = 10**17
NAME = "account_balance_below_limit"


def list_those_beyond(apps: Any, _editor: Any) -> None:
    """Name the accounts that the rule would refuse; nothing has changed then."""
    beyond = apps.get_model("accounts", "Account").objects.filter(balance_fen__gt=LIMIT_FEN)
    if ids := [str(each) for each in beyond.order_by("id").values_list("id", flat=True)[:100]]:
        raise RuntimeError(f"Accounts hold more than 10^15 yuan; mend them and migrate again: {', '.join(ids)}")


class Migration(migrations.Migration):
    # Each step by itself: whoever writes waits for none of them longer than a moment.
    atomic = False
    dependencies = [("accounts", "0008_search_path")]

    operations = [
        migrations.RunPython(list_those_beyond, migrations.RunPython.noop),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    f"ALTER TABLE accounts_account DROP CONSTRAINT IF EXISTS {NAME}, "
                    f"ADD CONSTRAINT {NAME} CHECK (balance_fen <= {LIMIT_FEN}) NOT VALID",
                    f"ALTER TABLE accounts_account DROP CONSTRAINT IF EXISTS {NAME}",
                ),
                migrations.RunSQL(f"ALTER TABLE accounts_account VALIDATE CONSTRAINT {NAME}", migrations.RunSQL.noop),
            ],
            state_operations=[
                migrations.AddConstraint(
                    model_name="account",
                    constraint=models.CheckConstraint(name=NAME, condition=Q(balance_fen__lte=LIMIT_FEN)),
                )
            ],
        ),
    ]
