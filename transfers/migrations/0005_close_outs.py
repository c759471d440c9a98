"""Has each close-out to another bank paid by its transfer."""

from django.db import migrations

from config.kernel.schema.sql_files import ChangeSQL


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("transfers", "0004_delays"), ("accounts", "0004_close_outs")]

    operations = [ChangeSQL("money", 5)]
