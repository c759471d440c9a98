import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

from config.kernel.ids import new_id
from config.kernel.migration_ops import SEARCH_PATH, ColumnsStand, Kept, SecondPersonSince
from config.kernel.online_ddl import AddCheck, AddColumn, MakeTable
from config.kernel.sealed import SealedField

MOMENT = "SET LOCAL lock_timeout = '2s'"
STATUSES = [
    ("pending", "待复核"), ("active", "已生效"), ("rejected", "已拒绝"), ("withdrawn", "已撤回"), ("expired", "已过期"),
]  # fmt: skip
ENDING = [*STATUSES, ("ended", "已撤销")]
NEVER = ["pending", "rejected", "withdrawn", "expired"]
SAYS = ("reason", "asked_at")
#: What stands once it is not pending any more: an end in force alone moves on.
SETTLED = {
    "accounts_document": ("status", "identity_id"),
    "accounts_externalaccount": ("status", "in_force_at"),
}

# What is in force ends by its withdrawal in force, at that instant, and by nothing else.
ENDS = """
{moment};
CREATE OR REPLACE FUNCTION {table}_ends() RETURNS trigger LANGUAGE plpgsql SET {search_path} AS $$
BEGIN
  IF OLD.status <> 'active' OR NEW.status <> 'ended' OR {kept} OR NOT EXISTS (
    SELECT FROM {withdrawals} w
    WHERE w.{refers} = NEW.id AND w.status = 'active' AND w.in_force_at = NEW.ended_at
  ) THEN
    RAISE EXCEPTION 'what is in force in {table} ends by its withdrawal alone'
      USING ERRCODE = 'check_violation', CONSTRAINT = '{name}', TABLE = '{table}';
  END IF;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER {name} AFTER UPDATE OF status, ended_at{columns} ON {table} FOR EACH ROW
  WHEN ((OLD.status = 'active' OR NEW.status = 'ended') AND OLD.status IS DISTINCT FROM NEW.status
        OR OLD.ended_at IS DISTINCT FROM NEW.ended_at OR OLD.status = 'active' AND {changed})
  EXECUTE FUNCTION {table}_ends();
CREATE OR REPLACE TRIGGER {name}_begins AFTER INSERT ON {table} FOR EACH ROW
  WHEN (NEW.status = 'ended') EXECUTE FUNCTION kernel_stands()
"""
NO_ENDS = "{moment}; DROP TRIGGER IF EXISTS {name} ON {table}; DROP TRIGGER IF EXISTS {name}_begins ON {table}; DROP FUNCTION IF EXISTS {table}_ends()"
DOCUMENTS = {
    "moment": MOMENT,
    "search_path": SEARCH_PATH,
    "table": "accounts_document",
    "name": "document_ends_by_withdrawal",
    "withdrawals": "accounts_documentwithdrawal",
    "refers": "document_id",
    "columns": ", identity_id",
    "kept": "NEW.identity_id IS NOT NULL",
    "changed": "OLD.identity_id IS DISTINCT FROM NEW.identity_id",
}
ACCOUNTS = {
    "moment": MOMENT,
    "search_path": SEARCH_PATH,
    "table": "accounts_externalaccount",
    "name": "external_account_ends_by_withdrawal",
    "withdrawals": "accounts_externalaccountwithdrawal",
    "refers": "external_account_id",
    "columns": ", in_force_at",
    "kept": "NEW.in_force_at IS DISTINCT FROM OLD.in_force_at",
    "changed": "OLD.in_force_at IS DISTINCT FROM NEW.in_force_at",
}

# A customer is known by a document at least. Whose document was the last of its identity is nobody's identity any more:
# this goes with it, and by nobody's hand.
FREED = f"""
{MOMENT};
CREATE OR REPLACE FUNCTION accounts_identity_freed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET {SEARCH_PATH} AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM accounts_document d WHERE d.customer_id = NEW.customer_id AND d.status = 'active') THEN
    RAISE EXCEPTION 'the last document of a customer stays in force'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'document_last_stays', TABLE = 'accounts_document';
  END IF;
  IF NOT EXISTS (SELECT FROM accounts_document d WHERE d.identity_id = OLD.identity_id AND d.status = 'active') THEN
    DELETE FROM accounts_identity WHERE id = OLD.identity_id AND customer_id = NEW.customer_id;
  END IF;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER accounts_identity_freed AFTER UPDATE OF status ON accounts_document FOR EACH ROW
  WHEN (OLD.status = 'active' AND NEW.status = 'ended') EXECUTE FUNCTION accounts_identity_freed();
CREATE OR REPLACE TRIGGER accounts_identity_kept BEFORE DELETE OR TRUNCATE ON accounts_identity
  FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION kernel_append_only()
"""  # noqa: S608 - constants
NOT_FREED = f"""
{MOMENT};
DROP TRIGGER IF EXISTS accounts_identity_freed ON accounts_document;
DROP FUNCTION IF EXISTS accounts_identity_freed();
CREATE OR REPLACE TRIGGER accounts_identity_kept BEFORE DELETE OR TRUNCATE ON accounts_identity
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only()
"""
# The birth date may go with the document that told it.
KEYED = f"""
{MOMENT};
CREATE OR REPLACE FUNCTION accounts_customer_keyed() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM accounts_document d WHERE d.customer_id = NEW.id AND d.status = 'ended') THEN
    RAISE EXCEPTION 'the key of name and birth date moves with the name, or with a document that told the birth date'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'accounts_customer_stands', TABLE = 'accounts_customer';
  END IF;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER accounts_customer_match_stands AFTER UPDATE OF match_key ON accounts_customer FOR EACH ROW
  WHEN (OLD.match_key IS NOT NULL AND OLD.match_key IS DISTINCT FROM NEW.match_key
        AND OLD.name_index IS NOT DISTINCT FROM NEW.name_index)
  EXECUTE FUNCTION accounts_customer_keyed()
"""  # noqa: S608 - constants
NOT_KEYED = f"""
{MOMENT};
CREATE OR REPLACE TRIGGER accounts_customer_match_stands AFTER UPDATE OF match_key ON accounts_customer FOR EACH ROW
  WHEN (OLD.match_key IS NOT NULL AND OLD.match_key IS DISTINCT FROM NEW.match_key
        AND OLD.name_index IS NOT DISTINCT FROM NEW.name_index)
  EXECUTE FUNCTION kernel_stands();
DROP FUNCTION IF EXISTS accounts_customer_keyed()
"""
UNLESS_ENDED = """
DO $$ BEGIN
  IF EXISTS (SELECT FROM accounts_documentwithdrawal) OR EXISTS (SELECT FROM accounts_externalaccountwithdrawal) THEN
    RAISE EXCEPTION 'documents or own accounts elsewhere were withdrawn: the version before runs beside these tables, which stay';
  END IF;
END $$
"""


def withdrawal(name: str, refers: str, constraint: str) -> list[migrations.operations.base.Operation]:
    """Return what makes the table of one kind of withdrawal."""
    table = f"accounts_{name.lower()}"
    return [
        MakeTable(
            name=name,
            fields=[
                ("id", models.UUIDField(default=new_id, editable=False, primary_key=True, serialize=False)),
                ("reason", SealedField()),
                ("status", models.CharField(choices=STATUSES, default="pending", max_length=16)),
                ("asked_at", models.DateTimeField()),
                ("in_force_at", models.DateTimeField(null=True)),
                (
                    refers,
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="withdrawals",
                        to=f"accounts.{refers.replace('_', '')}",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        name=constraint,
                        condition=Q(status="active", in_force_at__isnull=False) | Q(status__in=NEVER, in_force_at=None),
                    ),
                ],
            },
        ),
        Kept(table),
        ColumnsStand(table, (f"{refers}_id", *SAYS)),
        ColumnsStand(table, ("status", "in_force_at"), "OLD.status <> 'pending'", "settled"),
    ]


class Migration(migrations.Migration):
    """A document and an own account elsewhere are withdrawn by two persons, and what was decided before stays.

    Back again it does not go once something was withdrawn: the version before runs as it is beside the tables.
    """

    atomic = False
    dependencies = [("accounts", "0025_name_changes"), ("kernel", "0015_approvals_begin_pending")]

    operations = [
        *withdrawal("DocumentWithdrawal", "document", "document_withdrawal_in_force_since"),
        *withdrawal("ExternalAccountWithdrawal", "external_account", "external_account_withdrawal_in_force_since"),
        SecondPersonSince("accounts_documentwithdrawal", "NEW.status = 'active'", "document_withdrawal", "in_force_at"),
        SecondPersonSince(
            "accounts_externalaccountwithdrawal",
            "NEW.status = 'active'",
            "external_account_withdrawal",
            "in_force_at",
        ),
        AddColumn("document", "ended_at", models.DateTimeField(null=True)),
        AddColumn("externalaccount", "ended_at", models.DateTimeField(null=True)),
        AddCheck(
            "document",
            models.CheckConstraint(
                name="document_ended_since",
                condition=Q(status="ended", ended_at__isnull=False) | (~Q(status="ended") & Q(ended_at=None)),
            ),
        ),
        AddCheck(
            "externalaccount",
            models.CheckConstraint(
                name="external_account_in_force_since",
                condition=Q(status="active", in_force_at__isnull=False, ended_at=None)
                | Q(status="ended", in_force_at__isnull=False, ended_at__isnull=False)
                | Q(status__in=NEVER, in_force_at=None, ended_at=None),
            ),
        ),
        migrations.RunSQL(ENDS.format(**DOCUMENTS), NO_ENDS.format(**DOCUMENTS)),
        migrations.RunSQL(ENDS.format(**ACCOUNTS), NO_ENDS.format(**ACCOUNTS)),
        *(
            migrations.RunSQL(
                ColumnsStand(table, columns, "OLD.status NOT IN ('pending', 'active')", "settled").sql,
                ColumnsStand(table, columns, "OLD.status <> 'pending'", "settled").sql,
            )
            for table, columns in SETTLED.items()
        ),
        migrations.RunSQL(FREED, NOT_FREED),
        migrations.RunSQL(KEYED, NOT_KEYED),
        migrations.RunSQL(migrations.RunSQL.noop, UNLESS_ENDED),
    ]
