from django.db import migrations, models

from config.kernel.online_ddl import AddCheck

PARTS = ["celery", "watcher", "dispatch", "retry", "tasks"]


class Migration(migrations.Migration):
    """The worker of the default queue has a heartbeat; going back forgets it."""

    atomic = False
    dependencies = [("transfers", "0029_entries_walked_once")]

    operations = [
        AddCheck(
            "heartbeat",
            models.CheckConstraint(name="heartbeat_part_known", condition=models.Q(part__in=PARTS)),
        ),
        migrations.RunSQL(migrations.RunSQL.noop, "DELETE FROM transfers_heartbeat WHERE part = 'tasks'"),
    ]
