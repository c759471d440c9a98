import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

from config.kernel.ids import new_id
from config.kernel.migration_ops import SEARCH_PATH, AppendOnly, ColumnsStand
from config.kernel.online_ddl import AddCheck, AddColumn, MakeTable
from config.kernel.sealed import SealedField

MOMENT = "SET LOCAL lock_timeout = '2s'"
# An answer is kept once there is one.
ANSWERS = f"""
CREATE OR REPLACE FUNCTION blacklist_answers_the_answered() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  IF NEW.paper = 'answer' AND NOT EXISTS (
       SELECT FROM blacklist_appeal a WHERE a.id = NEW.appeal_id AND a.answered_on IS NOT NULL) THEN
    RAISE EXCEPTION 'what is not answered has no answer'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'appeal_attachment_answers', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER appeal_attachment_answers AFTER INSERT ON blacklist_appealattachment
  FOR EACH ROW EXECUTE FUNCTION blacklist_answers_the_answered()
"""
NO_ANSWERS = """
DROP TRIGGER IF EXISTS appeal_attachment_answers ON blacklist_appealattachment;
DROP FUNCTION IF EXISTS blacklist_answers_the_answered()
"""

# What is revoked because an appeal was upheld names one of its certificate's that was.
GROUND = f"""
{MOMENT};
CREATE OR REPLACE FUNCTION blacklist_revoked_on_its_appeal() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  IF NOT EXISTS (
       SELECT FROM blacklist_appeal a
       WHERE a.id = NEW.appeal_id AND a.certificate_id = NEW.certificate_id AND a.status = 'upheld') THEN
    RAISE EXCEPTION 'a revocation rests on an appeal against its certificate that was upheld, or on none'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'revocation_of_its_appeal', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER revocation_of_its_appeal AFTER INSERT ON blacklist_revocation
  FOR EACH ROW WHEN (NEW.appeal_id IS NOT NULL) EXECUTE FUNCTION blacklist_revoked_on_its_appeal()
"""
NO_GROUND = f"""
{MOMENT};
DROP TRIGGER IF EXISTS revocation_of_its_appeal ON blacklist_revocation;
DROP FUNCTION IF EXISTS blacklist_revoked_on_its_appeal()
"""

# The version before keeps neither.
UNLESS_KEPT = """
DO $$ DECLARE first uuid;
BEGIN
  SELECT s.id INTO first FROM blacklist_appealattachment s ORDER BY id LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'scan % is kept with an appeal: the version before keeps none', first;
  END IF;
  SELECT r.id INTO first FROM blacklist_revocation r WHERE r.appeal_id IS NOT NULL ORDER BY id LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'revocation % names an appeal: the version before knows none that does', first;
  END IF;
END $$
"""


class Migration(migrations.Migration):
    """An appeal keeps the scans of what was submitted and of its answer; a revocation names the appeal it rests on."""

    atomic = False
    dependencies = [("blacklist", "0014_corrections"), ("kernel", "0022_drafts")]

    operations = [
        MakeTable(
            name="AppealAttachment",
            fields=[
                ("id", models.UUIDField(default=new_id, editable=False, primary_key=True, serialize=False)),
                ("name", SealedField()),
                ("media_type", models.CharField(max_length=40)),
                ("content", SealedField()),
                ("digest", models.CharField(max_length=64)),
                ("size", models.PositiveIntegerField()),
                ("at", models.DateTimeField()),
                ("paper", models.CharField(max_length=12)),
                (
                    "appeal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attachments",
                        to="blacklist.appeal",
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
                    models.CheckConstraint(
                        name="appeal_attachment_size_fits", condition=Q(size__gt=0, size__lte=5 * 1024 * 1024)
                    ),
                    models.CheckConstraint(
                        name="appeal_attachment_known",
                        condition=Q(
                            paper__in=["submitted", "answer"],
                            media_type__in=["application/pdf", "image/png", "image/jpeg"],
                        ),
                    ),
                ],
            },
        ),
        AppendOnly("blacklist_appealattachment"),
        migrations.RunSQL(ANSWERS, NO_ANSWERS),
        AddColumn(
            "revocation",
            "appeal",
            models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="revocations",
                to="blacklist.appeal",
            ),
        ),
        AddCheck(
            "revocation",
            models.CheckConstraint(
                name="revocation_appeal_is_its_ground", condition=Q(appeal=None) | Q(ground="appeal")
            ),
        ),
        migrations.RunSQL(GROUND, NO_GROUND),
        ColumnsStand("blacklist_revocation", ("appeal_id",), name="appeal_stands"),
        migrations.RunSQL(migrations.RunSQL.noop, UNLESS_KEPT),
    ]
