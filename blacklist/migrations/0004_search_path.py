from django.db import migrations

from config.kernel.migration_ops import FixedSearchPath


class Migration(migrations.Migration):
    dependencies = [("blacklist", "0003_kept")]

    operations = [FixedSearchPath("blacklist_certificate_moves", "blacklist_certificate_revoked")]
