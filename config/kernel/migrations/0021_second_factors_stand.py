from django.db import migrations

from config.kernel.migration_ops import Stands


class Migration(migrations.Migration):
    """A second factor is its person's: neither whose it is nor its seed changes, whoever writes."""

    dependencies = [("kernel", "0020_paid_out")]

    operations = [Stands("kernel_secondfactor", ("user_id", "key", "name"))]
