from django.db import migrations, models
from django.db.models import Q

PARTS = [("celery", "Celery"), ("watcher", "看守进程"), ("dispatch", "唤醒派发"), ("retry", "再次唤醒")]


class Migration(migrations.Migration):
    dependencies = [("transfers", "0007_steps_by_code")]

    operations = [
        migrations.CreateModel(
            name="Heartbeat",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("part", models.CharField(choices=PARTS, max_length=8)),
                ("host", models.CharField(blank=True, max_length=100)),
                ("seen_at", models.DateTimeField()),
                ("progressed_at", models.DateTimeField(null=True)),
                ("released", models.BigIntegerField(default=0)),
                ("clock_ahead_ms", models.BigIntegerField(default=0)),
            ],
            options={
                "verbose_name": "心跳 Heartbeat",
                "verbose_name_plural": "心跳 Heartbeats",
                "constraints": [
                    models.UniqueConstraint(fields=("part", "host"), name="heartbeat_once"),
                    models.CheckConstraint(
                        condition=Q(("part__in", [part for part, _ in PARTS])), name="heartbeat_part_known"
                    ),
                ],
            },
        ),
        # A constant default: no row is written anew, and a web process of the version before goes on inserting.
        migrations.AddField(
            model_name="transfer",
            name="parked_reason",
            field=models.CharField(blank=True, db_default="", max_length=120),
        ),
    ]
