import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

from config.kernel.ids import new_id
from config.kernel.migration_ops import SEARCH_PATH, ColumnsStand, Kept, SecondPersonSince
from config.kernel.sealed import SealedField

MOMENT = "SET LOCAL lock_timeout = '2s'"
STATUSES = [
    ("pending", "待复核"), ("active", "已生效"), ("rejected", "已拒绝"), ("withdrawn", "已撤回"), ("expired", "已过期"),
]  # fmt: skip
SAYS = (
    "customer_id",
    "document_id",
    "old_name",
    "old_name_index",
    "name",
    "name_index",
    "evidence",
    "asked_at",
)

# A name is another by the last change in force, from the one to the other, and by nothing else. The key of name and birth
# date is found from then on; by itself it goes nowhere.
NAMED = f"""
{MOMENT};
CREATE OR REPLACE FUNCTION accounts_customer_named() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
DECLARE change record;
BEGIN
  SELECT n.old_name_index, n.name_index INTO change FROM accounts_namechange n
  WHERE n.customer_id = NEW.id AND n.status = 'active' ORDER BY n.in_force_at DESC, n.id DESC LIMIT 1;
  IF OLD.name_index = NEW.name_index OR change.old_name_index IS DISTINCT FROM OLD.name_index
     OR change.name_index IS DISTINCT FROM NEW.name_index THEN
    RAISE EXCEPTION 'a customer has another name by a change in force alone'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'customer_name_by_change', TABLE = 'accounts_customer';
  END IF;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER customer_name_by_change AFTER UPDATE OF name, name_index ON accounts_customer FOR EACH ROW
  WHEN (OLD.name IS DISTINCT FROM NEW.name OR OLD.name_index IS DISTINCT FROM NEW.name_index)
  EXECUTE FUNCTION accounts_customer_named();
CREATE OR REPLACE TRIGGER accounts_customer_match_stands AFTER UPDATE OF match_key ON accounts_customer FOR EACH ROW
  WHEN (OLD.match_key IS NOT NULL AND OLD.match_key IS DISTINCT FROM NEW.match_key
        AND OLD.name_index IS NOT DISTINCT FROM NEW.name_index)
  EXECUTE FUNCTION kernel_stands()
"""  # noqa: S608 - constants
UNNAMED = f"""
{MOMENT};
DROP TRIGGER IF EXISTS accounts_customer_match_stands ON accounts_customer;
DROP TRIGGER IF EXISTS customer_name_by_change ON accounts_customer;
DROP FUNCTION IF EXISTS accounts_customer_named()
"""
# What somebody was called before stands nowhere else.
UNLESS_CHANGED = """
DO $$ BEGIN
  IF EXISTS (SELECT FROM accounts_namechange) THEN
    RAISE EXCEPTION 'names were changed: the version before runs beside the table of former names, which stays';
  END IF;
END $$
"""


def refers(to: str, related_name: str) -> models.ForeignKey:
    return models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name=related_name, to=to)


class Migration(migrations.Migration):
    """A customer's name changes by two persons, and the former one is kept.

    Back again it does not go once a name was changed: the version before runs as it is beside the table.
    """

    dependencies = [
        ("accounts", "0024_close_outs"),
        ("kernel", "0015_approvals_begin_pending"),
    ]

    operations = [
        migrations.RunSQL(MOMENT, MOMENT),
        migrations.CreateModel(
            name="NameChange",
            fields=[
                ("id", models.UUIDField(default=new_id, editable=False, primary_key=True, serialize=False)),
                ("old_name", SealedField()),
                ("old_name_index", models.BinaryField(max_length=32)),
                ("name", SealedField()),
                ("name_index", models.BinaryField(max_length=32)),
                ("evidence", SealedField()),
                ("status", models.CharField(choices=STATUSES, default="pending", max_length=16)),
                ("asked_at", models.DateTimeField()),
                ("in_force_at", models.DateTimeField(null=True)),
                ("customer", refers("accounts.customer", "name_changes")),
                ("document", refers("accounts.document", "+")),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        name="name_change_in_force_since",
                        condition=Q(status="active", in_force_at__isnull=False)
                        | Q(status__in=["pending", "rejected", "withdrawn", "expired"], in_force_at=None),
                    ),
                ],
            },
        ),
        Kept("accounts_namechange"),
        ColumnsStand("accounts_namechange", SAYS),
        ColumnsStand("accounts_namechange", ("status", "in_force_at"), "OLD.status <> 'pending'", "settled"),
        SecondPersonSince("accounts_namechange", "NEW.status = 'active'", "name_change", "in_force_at"),
        migrations.RunSQL(NAMED, UNNAMED),
        migrations.RunSQL(migrations.RunSQL.noop, UNLESS_CHANGED),
    ]
