from django.db import migrations, models

from config.kernel.online_ddl import AddColumn


class Migration(migrations.Migration):
    """Wrong codes over the API are counted by themselves: they pause nothing at the desk."""

    atomic = False
    dependencies = [("kernel", "0033_whose_factors_are")]

    operations = [
        AddColumn("secondfactor", "api_failure_timestamp", models.DateTimeField(null=True)),
        AddColumn("secondfactor", "api_failure_count", models.IntegerField(db_default=0, default=0)),
    ]
