from django.db import migrations

from config.kernel.migration_ops import SetReference


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_kept")]

    operations = [
        SetReference("entry_account_exists", "accounts_entry", "account_id", "accounts_account", anew=True),
        SetReference("entry_internal_exists", "accounts_entry", "internal_id", "accounts_internalaccount", anew=True),
    ]
