from django.db import migrations

from config.kernel.migration_ops import FixedSearchPath


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_references_in_one_walk")]

    operations = [FixedSearchPath("accounts_entry_balanced", "entry_account_exists", "entry_internal_exists")]
