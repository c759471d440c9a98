"""Changes tables that every order reads or writes: a column, a rule, an index."""

from django.db import migrations, models

from benchmarks.drills.next_version import LAST
from config.kernel.schema.online_ddl import AddCheck, AddColumn, AddIndex


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("accounts", LAST["accounts"])]

    operations = [
        AddColumn("account", "remark", models.CharField(max_length=20, db_default="")),
        AddCheck(
            "account",
            models.CheckConstraint(name="account_remark_is_known", condition=models.Q(remark__in=["", "made up"])),
        ),
        AddIndex("entry", models.Index(fields=["posted_at"], name="entry_by_made_up_time")),
    ]
