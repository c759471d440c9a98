from django.db import migrations

from config.kernel.migration_ops import ColumnsStand


class Migration(migrations.Migration):
    """How a second factor's codes are read stands, too: one digit, or a window of a year, would let any code count."""

    dependencies = [("kernel", "0031_months")]

    operations = [
        ColumnsStand("kernel_secondfactor", ("step", "t0", "digits", "tolerance", "drift"), name="reading_stands")
    ]
