import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q
from django.db.models.functions import Length, Now
from django.db.models.lookups import LessThanOrEqual

from config.kernel.ids import new_id
from config.kernel.migration_ops import SEARCH_PATH, AppendOnly
from config.kernel.sealed import SealedField

FOLLOWS = f"""
CREATE OR REPLACE FUNCTION kernel_slip_print_follows() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  IF NEW.nth < 1 OR NEW.nth > 1 AND NOT EXISTS (
      SELECT FROM kernel_slipprint p
      WHERE p.object_id = NEW.object_id AND p.kind = NEW.kind AND p.nth = NEW.nth - 1) THEN
    RAISE EXCEPTION 'the prints of a slip are counted'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'slip_print_follows', TABLE = 'kernel_slipprint';
  END IF;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER slip_print_follows AFTER INSERT ON kernel_slipprint
  FOR EACH ROW EXECUTE FUNCTION kernel_slip_print_follows()
"""
FOLLOWS_NOT = """
DROP TRIGGER IF EXISTS slip_print_follows ON kernel_slipprint;
DROP FUNCTION IF EXISTS kernel_slip_print_follows()
"""


def principal() -> models.ForeignKey:
    return models.ForeignKey(
        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="kernel.principal"
    )


class Migration(migrations.Migration):
    """Prints of slips, counted; and filters of lists that people come back to. Two new tables alone."""

    dependencies = [("kernel", "0022_drafts")]

    operations = [
        migrations.CreateModel(
            name="SlipPrint",
            fields=[
                ("id", models.UUIDField(default=new_id, editable=False, primary_key=True, serialize=False)),
                ("object_id", models.UUIDField()),
                ("kind", models.CharField(max_length=16)),
                ("nth", models.PositiveIntegerField()),
                ("at", models.DateTimeField()),
                ("principal", principal()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(name="slip_print_once", fields=("object_id", "kind", "nth")),
                    models.CheckConstraint(
                        name="slip_print_kind_known",
                        condition=Q(kind__in=["accepted", "posted", "cancelled", "cash", "cash_reversed"]),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SavedView",
            fields=[
                ("id", models.UUIDField(default=new_id, editable=False, primary_key=True, serialize=False)),
                ("page", models.CharField(max_length=20)),
                ("slot", models.SmallIntegerField()),
                ("content", SealedField()),
                ("saved_at", models.DateTimeField(db_default=Now())),
                ("principal", principal()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(name="saved_view_once_per_slot", fields=("principal", "page", "slot")),
                    models.CheckConstraint(name="saved_views_are_few", condition=Q(slot__gte=1, slot__lte=10)),
                    models.CheckConstraint(
                        name="saved_view_is_small", condition=LessThanOrEqual(Length("content"), 2048)
                    ),
                ],
            },
        ),
        AppendOnly("kernel_slipprint"),
        migrations.RunSQL(FOLLOWS, FOLLOWS_NOT),
    ]
