"""Adds the guards of suspicions."""

from django.db import migrations

from config.kernel.schema.sql_files import InstallSQL


class Migration(migrations.Migration):
    dependencies = [("transfers", "0002_suspicions")]

    operations = [InstallSQL("suspicions")]
