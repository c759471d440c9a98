import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

from config.kernel.ids import new_id
from config.kernel.migration_ops import SEARCH_PATH, AppendOnly
from config.kernel.sealed import SealedField

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

# The version before keeps none.
UNLESS_KEPT = """
DO $$ DECLARE first uuid;
BEGIN
  SELECT s.id INTO first FROM blacklist_appealattachment s ORDER BY id LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'scan % is kept with an appeal: the version before keeps none', first;
  END IF;
END $$
"""


class Migration(migrations.Migration):
    """An appeal keeps the scans of what was submitted and of its answer."""

    dependencies = [("blacklist", "0013_life"), ("kernel", "0022_drafts")]

    operations = [
        migrations.CreateModel(
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
        migrations.RunSQL(migrations.RunSQL.noop, UNLESS_KEPT),
    ]
