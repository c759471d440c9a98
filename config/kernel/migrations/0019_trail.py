from django.db import migrations, models
from django.db.models.deletion import PROTECT
from django.db.models.functions import Now

from config.kernel.ids import new_id
from config.kernel.migration_ops import SEARCH_PATH

# Six months of the trail are held by the database itself; what is older goes by the hand of the tables' owner alone.
GUARDS = f"""
CREATE FUNCTION kernel_trail_clock() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  NEW.at := clock_timestamp();
  NEW.bank_at := bank_now();
  IF NEW.bank_at BETWEEN NEW.at - interval '1 second' AND NEW.at + interval '1 second' THEN
    NEW.bank_at := NULL;
  END IF;
  RETURN NEW;
END $$;
CREATE FUNCTION kernel_trail_kept() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  IF OLD.at > clock_timestamp() - 183 * interval '24 hours'
    OR NOT pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'MEMBER')
  THEN
    RAISE EXCEPTION 'kept: % on %', TG_OP, TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation',
      CONSTRAINT = TG_TABLE_NAME || '_append_only', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN OLD;
END $$;
CREATE TRIGGER kernel_trailrecord_clock BEFORE INSERT ON kernel_trailrecord
FOR EACH ROW EXECUTE FUNCTION kernel_trail_clock();
CREATE TRIGGER kernel_trailrecord_kept_for_months BEFORE DELETE ON kernel_trailrecord
FOR EACH ROW EXECUTE FUNCTION kernel_trail_kept();
CREATE TRIGGER kernel_trailrecord_append_only BEFORE UPDATE OR TRUNCATE ON kernel_trailrecord
FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only()
"""  # noqa: S608 - the search path is ours
NO_GUARDS = """
DROP TRIGGER kernel_trailrecord_append_only ON kernel_trailrecord;
DROP TRIGGER kernel_trailrecord_kept_for_months ON kernel_trailrecord;
DROP TRIGGER kernel_trailrecord_clock ON kernel_trailrecord;
DROP FUNCTION kernel_trail_kept();
DROP FUNCTION kernel_trail_clock()
"""
# Going back would take the trail away: it stops while one is kept.
EMPTY = """
DO $$ BEGIN
  IF EXISTS (SELECT FROM kernel_trailrecord) THEN
    RAISE EXCEPTION 'kernel_trailrecord keeps records: going back would delete them';
  END IF;
END $$
"""


class Migration(migrations.Migration):
    """Who looked at whom, who was refused, who tried to get in; and what budgets are measured by. New tables alone."""

    dependencies = [("kernel", "0018_sealed_answers")]

    operations = [
        migrations.CreateModel(
            name="BudgetUse",
            fields=[
                ("id", models.UUIDField(default=new_id, editable=False, primary_key=True, serialize=False)),
                ("what", models.CharField(max_length=32)),
                ("who", models.CharField(max_length=64)),
                ("begins_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("count", models.BigIntegerField()),
            ],
            options={
                "indexes": [models.Index(fields=["ends_at"], name="budget_age")],
                "constraints": [
                    models.UniqueConstraint(fields=("what", "who", "begins_at"), name="budget_once_per_window"),
                    models.CheckConstraint(
                        condition=models.Q(("ends_at__gt", models.F("begins_at"))), name="budget_window"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TrailRecord",
            fields=[
                ("id", models.UUIDField(default=new_id, editable=False, primary_key=True, serialize=False)),
                ("at", models.DateTimeField(db_default=Now())),
                ("bank_at", models.DateTimeField(null=True)),
                ("kind", models.CharField(max_length=32)),
                ("outcome", models.CharField(max_length=16)),
                ("code", models.CharField(blank=True, max_length=40)),
                ("user_id", models.BigIntegerField(null=True)),
                ("address", models.GenericIPAddressField(null=True)),
                ("whom", models.BinaryField(max_length=32, null=True)),
                ("customer_id", models.UUIDField(null=True)),
                ("account_id", models.UUIDField(null=True)),
                ("object_id", models.UUIDField(null=True)),
                ("reason", models.CharField(blank=True, max_length=32)),
                ("way", models.CharField(max_length=16)),
                ("place", models.CharField(blank=True, max_length=120)),
                ("request_id", models.CharField(blank=True, max_length=64)),
                ("count", models.BigIntegerField(default=1)),
                (
                    "principal",
                    models.ForeignKey(
                        db_index=False, null=True, on_delete=PROTECT, related_name="+", to="kernel.principal"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["at", "id"], name="trail_by_time"),
                    models.Index(fields=["principal", "at"], name="trail_by_principal"),
                    models.Index(
                        condition=models.Q(("user_id__isnull", False)), fields=["user_id", "at"], name="trail_by_user"
                    ),
                    models.Index(
                        condition=models.Q(("customer_id__isnull", False)),
                        fields=["customer_id", "at"],
                        name="trail_by_customer",
                    ),
                    models.Index(
                        condition=models.Q(("whom__isnull", False)), fields=["whom", "at"], name="trail_by_whom"
                    ),
                    models.Index(
                        condition=models.Q(("outcome", "refused")), fields=["at", "kind", "count"], name="trail_refused"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("outcome", "refused"), models.Q(("code", ""), _negated=True)),
                            models.Q(models.Q(("outcome", "refused"), _negated=True), ("code", "")),
                            _connector="OR",
                        ),
                        name="trail_refused_by_code",
                    ),
                    models.CheckConstraint(condition=models.Q(("count__gte", 1)), name="trail_counts"),
                ],
            },
        ),
        migrations.RunSQL(GUARDS, NO_GUARDS),
        migrations.RunSQL(migrations.RunSQL.noop, EMPTY),
    ]
