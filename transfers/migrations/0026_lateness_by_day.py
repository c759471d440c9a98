from django.db import migrations, models
from django.db.models import F, Q

from config.kernel.online_ddl import MakeTable


class Migration(migrations.Migration):
    """How late releases were is kept by days; a task fills it from the steps that there are, one day after the other.

    Going back loses nothing: the steps say the same.
    """

    atomic = False
    dependencies = [("transfers", "0025_references_in_sets")]

    operations = [
        MakeTable(
            name="LatenessDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("lateness_ms", models.BigIntegerField()),
                ("releases", models.BigIntegerField()),
                ("by_watcher", models.BigIntegerField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(name="latenessday_once", fields=["day", "lateness_ms"]),
                    models.CheckConstraint(
                        name="latenessday_watcher_among_releases",
                        condition=Q(by_watcher__gte=0, by_watcher__lte=F("releases")),
                    ),
                    models.CheckConstraint(name="latenessday_counts_something", condition=Q(releases__gt=0)),
                ],
            },
        ),
        MakeTable(
            name="LatenessMark",
            fields=[
                ("id", models.SmallIntegerField(primary_key=True, serialize=False)),
                ("until", models.DateTimeField()),
            ],
            options={"constraints": [models.CheckConstraint(name="latenessmark_one", condition=Q(id=1))]},
        ),
    ]
