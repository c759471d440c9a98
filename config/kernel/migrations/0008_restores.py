import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models
from django.db.models import Q

from config.kernel.migration_ops import Kept, Stands
from config.kernel.restores import TABLE

#: What was confirmed is evidence: the way back leaves it, and the way forward finds it again. While a
#: restore is unconfirmed there is no way back: the version before knows of no hold and would release.
BACK = """
DO $$ BEGIN
  IF EXISTS (SELECT FROM kernel_restore WHERE confirmed_at IS NULL) THEN
    RAISE EXCEPTION 'a restore is unconfirmed: confirm it before going back';
  ELSIF NOT EXISTS (SELECT FROM kernel_restore) THEN
    DROP TABLE kernel_restore;
  END IF;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("kernel", "0007_key_marks")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(TABLE, BACK)],
            state_operations=[
                migrations.CreateModel(
                    name="Restore",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("restored_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ("source", models.CharField(max_length=200)),
                        ("confirmed_at", models.DateTimeField(null=True)),
                        ("note", models.CharField(blank=True, db_default="", max_length=500)),
                        ("proof", models.JSONField(null=True)),
                        (
                            "confirmed_by",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="kernel.principal",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "数据恢复 Restore",
                        "verbose_name_plural": "数据恢复 Restores",
                        "indexes": [
                            models.Index(
                                name="restore_unconfirmed", fields=["restored_at"], condition=Q(confirmed_at=None)
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                name="restore_confirmation_is_whole",
                                condition=Q(confirmed_at=None, confirmed_by=None, proof__isnull=True)
                                | Q(confirmed_at__isnull=False, confirmed_by__isnull=False, proof__isnull=False),
                            )
                        ],
                    },
                ),
            ],
        ),
        Kept("kernel_restore"),
        Stands("kernel_restore", ("restored_at", "source"), settled="OLD.confirmed_at IS NOT NULL"),
    ]
