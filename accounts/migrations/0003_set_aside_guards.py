"""Installs the guards of money set aside, on tables that the migration before has made."""

from django.db import migrations

from config.kernel.schema.sql_files import InstallSQL


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_set_aside")]

    operations = [InstallSQL("set_aside")]
