import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

from config.kernel.ids import new_id
from config.kernel.migration_ops import SEARCH_PATH, AppendOnly
from config.kernel.sealed import SealedField

# By whom it may be ended, and that what puts it right is about the same customer, was asked for since, and is in force.
JUDGED = f"""
CREATE OR REPLACE FUNCTION accounts_conflict_reviewed() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
DECLARE mine uuid[]; by_id uuid; since timestamptz;
BEGIN
  SELECT ARRAY[c.id, coalesce(c.merged_into_id, c.id)], i.principal_id, i.at INTO mine, by_id, since
  FROM accounts_identityconflict i JOIN accounts_customer c ON c.id = i.customer_id WHERE i.id = NEW.conflict_id;
  IF kernel_same_person(by_id, NEW.principal_id) OR NEW.at < since THEN
    RAISE EXCEPTION 'whoever entered it does not say what it was' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'conflict_review_by_another', TABLE = TG_TABLE_NAME;
  END IF;
  IF (NEW.name_change_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM accounts_namechange n WHERE n.id = NEW.name_change_id AND n.customer_id = ANY(mine)
        AND n.status = 'active' AND n.asked_at >= since))
     OR (NEW.same_person_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM accounts_sameperson s WHERE s.id = NEW.same_person_id AND s.decision = 'same'
        AND (s.customer_id = ANY(mine) OR s.other_id = ANY(mine))
        AND s.status = 'active' AND s.asked_at >= since))
     OR (NEW.document_withdrawal_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM accounts_documentwithdrawal w JOIN accounts_document d ON d.id = w.document_id
        WHERE w.id = NEW.document_withdrawal_id AND d.customer_id = ANY(mine)
        AND w.status = 'active' AND w.asked_at >= since)) THEN
    RAISE EXCEPTION 'what puts it right is another customer''s, older, or not in force' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'conflict_review_of_its_customer', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER accounts_conflict_reviewed BEFORE INSERT ON accounts_conflictreview
  FOR EACH ROW EXECUTE FUNCTION accounts_conflict_reviewed()
"""  # noqa: S608 - the search path is written here
NOT_JUDGED = """
DROP TRIGGER IF EXISTS accounts_conflict_reviewed ON accounts_conflictreview;
DROP FUNCTION IF EXISTS accounts_conflict_reviewed()
"""
# The version before has no place for them, and evidence is not thrown away.
UNLESS_KEPT = """
DO $$ DECLARE first uuid;
BEGIN
  SELECT r.id INTO first FROM accounts_conflictreview r ORDER BY id LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'review % of an identity conflict is kept: the version before keeps none', first;
  END IF;
END $$
"""


def named(to: str, **more: object) -> models.ForeignKey:
    """Return a column that names a row and has no index of its own."""
    return models.ForeignKey(
        db_index=False, on_delete=django.db.models.deletion.PROTECT, **{"related_name": "+", "to": to} | more
    )


class Migration(migrations.Migration):
    """What an identity conflict turned out to be. A new table alone."""

    dependencies = [("accounts", "0040_day_figures"), ("kernel", "0015_approvals_begin_pending")]

    operations = [
        migrations.CreateModel(
            name="ConflictReview",
            fields=[
                ("id", models.UUIDField(default=new_id, editable=False, primary_key=True, serialize=False)),
                ("end", models.CharField(max_length=24)),
                ("reason", SealedField()),
                ("at", models.DateTimeField()),
                ("conflict", named("accounts.identityconflict", related_name="reviews")),
                ("principal", named("kernel.principal")),
                ("name_change", named("accounts.namechange", null=True)),
                ("same_person", named("accounts.sameperson", null=True)),
                ("document_withdrawal", named("accounts.documentwithdrawal", null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("conflict",), name="conflict_review_once"),
                    models.CheckConstraint(
                        name="conflict_review_rests_on_its_act",
                        condition=Q(
                            end__in=["entry_error", "other_person", "misuse"],
                            name_change=None,
                            same_person=None,
                            document_withdrawal=None,
                        )
                        | Q(end="renamed", name_change__isnull=False, same_person=None, document_withdrawal=None)
                        | Q(end="same_person", name_change=None, same_person__isnull=False, document_withdrawal=None)
                        | Q(
                            end="document_withdrawn",
                            name_change=None,
                            same_person=None,
                            document_withdrawal__isnull=False,
                        ),
                    ),
                ],
            },
        ),
        migrations.RunSQL(JUDGED, NOT_JUDGED),
        AppendOnly("accounts_conflictreview"),
        migrations.RunSQL(migrations.RunSQL.noop, UNLESS_KEPT),
    ]
