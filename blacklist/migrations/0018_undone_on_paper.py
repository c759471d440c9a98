import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

from config.kernel.ids import new_id
from config.kernel.migration_ops import SEARCH_PATH, AppendOnly
from config.kernel.online_ddl import MakeTable
from config.kernel.sealed import SealedField

MOMENT = "SET LOCAL lock_timeout = '2s'"
# Lists that were undone before are not asked again: nothing writes that instant twice.
ON_PAPER = f"""
{MOMENT};
CREATE OR REPLACE FUNCTION blacklist_undone_on_paper() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM blacklist_listundo u JOIN kernel_approval a ON a.id = u.approval_id
    WHERE a.kind = 'import_undo' AND a.object_id = NEW.id AND a.status = 'approved' AND a.decided_at = NEW.undo_at
  ) THEN
    RAISE EXCEPTION 'a list is undone on a paper, with a ground and a reason' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'list_import_undone_on_paper', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS list_import_undone_on_paper ON blacklist_listimport;
CREATE CONSTRAINT TRIGGER list_import_undone_on_paper AFTER UPDATE OF undo_at ON blacklist_listimport
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.undo_at IS NOT NULL)
  EXECUTE FUNCTION blacklist_undone_on_paper()
"""
ON_NONE = f"""
{MOMENT};
DROP TRIGGER IF EXISTS list_import_undone_on_paper ON blacklist_listimport;
DROP FUNCTION IF EXISTS blacklist_undone_on_paper()
"""


class Migration(migrations.Migration):
    """A list is undone on a paper, with a ground and a reason, which its proposal keeps."""

    atomic = False
    dependencies = [("blacklist", "0017_terms_that_end"), ("kernel", "0033_whose_factors_are")]

    operations = [
        MakeTable(
            name="ListUndo",
            fields=[
                ("id", models.UUIDField(default=new_id, editable=False, primary_key=True, serialize=False)),
                ("doc_no", models.CharField(max_length=100)),
                ("revoked_on", models.DateField()),
                ("ground", models.CharField(max_length=16)),
                ("reason", SealedField()),
                (
                    "approval",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="kernel.approval"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        name="list_undo_ground_known",
                        condition=Q(ground__in=["revoked", "appeal", "wrong_person", "entry"]),
                    ),
                    models.CheckConstraint(name="list_undo_names_its_paper", condition=~Q(doc_no="")),
                ],
            },
        ),
        AppendOnly("blacklist_listundo"),
        migrations.RunSQL(ON_PAPER, ON_NONE),
    ]
