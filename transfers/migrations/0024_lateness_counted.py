from typing import Any

from django.db import migrations, models, transaction
from django.db.models import Q

from config.kernel.migration_ops import SEARCH_PATH
from config.kernel.online_ddl import MakeTable

COLUMNS = "released_by, le_100ms, le_1s, le_10s, le_1min, le_10min, over, total_ms"
COUNTS = """
SELECT released_by,
       count(*) FILTER (WHERE lateness_ms <= 100), count(*) FILTER (WHERE lateness_ms > 100 AND lateness_ms <= 1000),
       count(*) FILTER (WHERE lateness_ms > 1000 AND lateness_ms <= 10000),
       count(*) FILTER (WHERE lateness_ms > 10000 AND lateness_ms <= 60000),
       count(*) FILTER (WHERE lateness_ms > 60000 AND lateness_ms <= 600000), count(*) FILTER (WHERE lateness_ms > 600000),
       sum(lateness_ms)
"""
#: What is accepted is told by the same table, one by one: it costs a look at the one row.
COUNTED = f"""
CREATE OR REPLACE FUNCTION transfers_lateness_counted() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  IF EXISTS (SELECT FROM written WHERE released_by <> '') THEN
    INSERT INTO transfers_latenesscount ({COLUMNS}) {COUNTS} FROM written WHERE released_by <> '' GROUP BY released_by;
  END IF;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER event_lateness_counted AFTER INSERT ON transfers_event REFERENCING NEW TABLE AS written
  FOR EACH STATEMENT EXECUTE FUNCTION transfers_lateness_counted()
"""  # noqa: S608 - constants
#: Not a step of before is counted while anybody waits: the trigger stands within an instant, and where it began is known.
BEFORE = f"INSERT INTO transfers_latenesscount ({COLUMNS}) {COUNTS} FROM transfers_event WHERE id <= %s AND released_by <> '' GROUP BY released_by"


def count(apps: Any, schema_editor: Any) -> None:  # noqa: ARG001
    """Count what is released from now on, then what was before; begun again, it counts the same."""
    with schema_editor.connection.cursor() as cursor:
        with transaction.atomic(using=schema_editor.connection.alias):
            cursor.execute("DELETE FROM transfers_latenesscount")
            # Waits for whoever is writing steps, and whoever comes after waits for it: none is under way below `last`.
            cursor.execute(COUNTED)
            cursor.execute("SELECT coalesce(max(id), 0) FROM transfers_event")
            (last,) = cursor.fetchone()
        cursor.execute(BEFORE, [last])


def forget(apps: Any, schema_editor: Any) -> None:  # noqa: ARG001
    """Count no more."""
    schema_editor.execute("DROP FUNCTION IF EXISTS transfers_lateness_counted() CASCADE")


class Migration(migrations.Migration):
    """How late releases are is counted as they are written."""

    atomic = False
    dependencies = [("transfers", "0023_day_figures")]

    operations = [
        MakeTable(
            name="LatenessCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "released_by",
                    models.CharField(choices=[("celery", "入账程序"), ("watcher", "兜底程序")], max_length=8),
                ),
                ("le_100ms", models.BigIntegerField()),
                ("le_1s", models.BigIntegerField()),
                ("le_10s", models.BigIntegerField()),
                ("le_1min", models.BigIntegerField()),
                ("le_10min", models.BigIntegerField()),
                ("over", models.BigIntegerField()),
                ("total_ms", models.BigIntegerField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        name="latenesscount_releaser_known", condition=Q(released_by__in=["celery", "watcher"])
                    ),
                    models.CheckConstraint(
                        name="latenesscount_not_below_zero",
                        condition=Q(
                            le_100ms__gte=0,
                            le_1s__gte=0,
                            le_10s__gte=0,
                            le_1min__gte=0,
                            le_10min__gte=0,
                            over__gte=0,
                        ),
                    ),
                ],
            },
        ),
        migrations.RunPython(count, forget),
    ]
