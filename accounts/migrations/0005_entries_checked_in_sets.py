import django.db.models.deletion
from django.db import migrations, models

from config.kernel.migration_ops import Kept, SetReference

SIDES = {"account": "accounts.account", "internal": "accounts.internalaccount"}


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_external_accounts_compared")]

    operations = [
        Kept("accounts_account"),
        Kept("accounts_internalaccount"),
        *(
            migrations.AlterField(
                model_name="entry",
                name=name,
                field=models.ForeignKey(
                    db_constraint=False,
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="entries",
                    to=target,
                ),
            )
            for name, target in SIDES.items()
        ),
        SetReference("entry_account_exists", "accounts_entry", "account_id", "accounts_account"),
        SetReference("entry_internal_exists", "accounts_entry", "internal_id", "accounts_internalaccount"),
    ]
