"""Changes tables that every order and every release writes: a column, a rule, an index, a new table, guards."""

import django.db.models.deletion
from django.db import migrations, models

from benchmarks.drills.next_version import LAST
from benchmarks.drills.next_version.guards import ReplaceGuards
from config.kernel.schema.online_ddl import AddCheck, AddColumn, AddIndex, MakeTable


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("transfers", LAST["transfers"]), ("accounts", "0999_made_up")]

    operations = [
        AddColumn("transfer", "remark", models.CharField(max_length=20, db_default="")),
        AddCheck(
            "transfer",
            models.CheckConstraint(name="transfer_remark_is_known", condition=models.Q(remark__in=["", "made up"])),
        ),
        AddIndex("event", models.Index(fields=["at"], name="event_by_made_up_time")),
        MakeTable(
            "Remark",
            [
                ("id", models.UUIDField(primary_key=True)),
                ("transfer", models.ForeignKey("transfers.transfer", django.db.models.deletion.PROTECT)),
                ("account", models.ForeignKey("accounts.account", django.db.models.deletion.PROTECT)),
            ],
        ),
        ReplaceGuards("events", 2),
    ]
