import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

from config.kernel.ids import new_id
from config.kernel.migration_ops import SEARCH_PATH, AppendOnly, ColumnsStand
from config.kernel.sealed import SealedField

MOMENT = "SET LOCAL lock_timeout = '2s'"
#: What stands of a document; until when it is valid moves with its renewals.
STANDS = ("customer_id", "identity_key", "type", "country", "number", "is_primary", "created_at")
STOOD = ("customer_id", "identity_key", "type", "country", "number", "valid_until", "is_primary", "created_at")

# The validity moves from what it is to what the next renewal says; none is left out, none counts twice.
RENEWED = f"""
{MOMENT};
CREATE OR REPLACE FUNCTION accounts_document_renewed() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  IF TG_OP = 'INSERT' OR NEW.renewal_count <> OLD.renewal_count + 1
     OR NOT EXISTS (SELECT FROM accounts_documentrenewal r WHERE r.document_id = NEW.id AND r.nth = NEW.renewal_count
                    AND r.old_valid_until IS NOT DISTINCT FROM OLD.valid_until
                    AND r.valid_until IS NOT DISTINCT FROM NEW.valid_until) THEN
    RAISE EXCEPTION 'until when a document is valid changes with its next renewal alone'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'document_validity_by_renewal', TABLE = 'accounts_document';
  END IF;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER document_validity_by_renewal AFTER UPDATE OF valid_until, renewal_count
  ON accounts_document FOR EACH ROW
  WHEN (OLD.valid_until IS DISTINCT FROM NEW.valid_until OR OLD.renewal_count <> NEW.renewal_count)
  EXECUTE FUNCTION accounts_document_renewed();
CREATE OR REPLACE TRIGGER document_begins_unrenewed AFTER INSERT ON accounts_document FOR EACH ROW
  WHEN (NEW.renewal_count <> 0) EXECUTE FUNCTION accounts_document_renewed()
"""  # noqa: S608 - constants
UNRENEWED = f"""
{MOMENT};
DROP TRIGGER IF EXISTS document_validity_by_renewal ON accounts_document;
DROP TRIGGER IF EXISTS document_begins_unrenewed ON accounts_document;
DROP FUNCTION IF EXISTS accounts_document_renewed()
"""
# A renewal that its document does not show would be one that nobody sees.
COUNTED = f"""
{MOMENT};
CREATE OR REPLACE FUNCTION accounts_document_renewal_counts() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM accounts_document d WHERE d.id = NEW.document_id AND d.status = 'active'
                 AND NEW.nth BETWEEN 1 AND d.renewal_count) THEN
    RAISE EXCEPTION 'a renewal is that of a document in force, and counted there'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'document_renewal_counts', TABLE = 'accounts_documentrenewal';
  END IF;
  RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS document_renewal_counts ON accounts_documentrenewal;
CREATE CONSTRAINT TRIGGER document_renewal_counts AFTER INSERT ON accounts_documentrenewal
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION accounts_document_renewal_counts()
"""
UNCOUNTED = f"""
{MOMENT};
DROP TRIGGER IF EXISTS document_renewal_counts ON accounts_documentrenewal;
DROP FUNCTION IF EXISTS accounts_document_renewal_counts()
"""


# What a document was valid until before stands nowhere else.
UNLESS_RENEWED = """
DO $$ BEGIN
  IF EXISTS (SELECT FROM accounts_documentrenewal) THEN
    RAISE EXCEPTION 'documents were renewed: the version before runs beside the table of renewals, which stays';
  END IF;
END $$
"""


class Migration(migrations.Migration):
    """Until when a document is valid changes with a renewal, which keeps what it was.

    Back again it does not go once a document was renewed: the version before runs as it is beside the table.
    """

    dependencies = [("accounts", "0019_identified_anew"), ("kernel", "0015_approvals_begin_pending")]

    operations = [
        migrations.RunSQL(MOMENT, MOMENT),
        migrations.AddField("document", "renewal_count", models.PositiveSmallIntegerField(db_default=0)),
        migrations.CreateModel(
            name="DocumentRenewal",
            fields=[
                ("id", models.UUIDField(default=new_id, editable=False, primary_key=True, serialize=False)),
                ("nth", models.PositiveSmallIntegerField()),
                ("number", SealedField()),
                ("old_valid_until", models.DateField(null=True)),
                ("valid_until", models.DateField(null=True)),
                ("at", models.DateTimeField()),
                (
                    "document",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="renewals",
                        to="accounts.document",
                    ),
                ),
                (
                    "principal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="kernel.principal"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(name="document_renewal_once", fields=("document", "nth")),
                    models.CheckConstraint(
                        name="document_renewal_not_shorter",
                        condition=Q(valid_until=None)
                        | Q(old_valid_until=None)
                        | Q(valid_until__gte=F("old_valid_until")),
                    ),
                ],
            },
        ),
        AppendOnly("accounts_documentrenewal"),
        migrations.RunSQL(ColumnsStand("accounts_document", STANDS).sql, ColumnsStand("accounts_document", STOOD).sql),
        migrations.RunSQL(RENEWED, UNRENEWED),
        migrations.RunSQL(COUNTED, UNCOUNTED),
        migrations.RunSQL(migrations.RunSQL.noop, UNLESS_RENEWED),
    ]
