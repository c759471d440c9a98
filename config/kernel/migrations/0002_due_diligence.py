"""Keeps the records of due diligence in the trail for ten years."""

from django.db import migrations

from config.kernel.schema.sql_files import ChangeSQL


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("kernel", "0001_first_version")]

    operations = [ChangeSQL("trail", 2)]
