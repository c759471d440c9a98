"""Lets one administrative act make a person with user and role, and the approver collect a machine's key."""

from django.db import migrations

from config.kernel.schema.sql_files import ChangeSQL


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("kernel", "0002_due_diligence")]

    operations = [ChangeSQL("people", 3)]
