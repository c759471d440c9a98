from django.db import migrations, models
from django.db.models import Q

DROP = "ALTER TABLE kernel_decision DROP CONSTRAINT decision_refusal_has_code"
ADD = "ADD CONSTRAINT decision_refusal_has_code CHECK ({}) NOT VALID"
BEFORE = "(code = '' AND outcome = 'allowed') OR (outcome = 'refused' AND NOT (code = ''))"
NOW = "(outcome IN ('allowed', 'rejected') AND code = '') OR (outcome = 'refused' AND NOT (code = ''))"
VALIDATE = "ALTER TABLE kernel_decision VALIDATE CONSTRAINT decision_refusal_has_code"
VALIDATE_UNLESS_REJECTED = f"""
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM kernel_decision WHERE outcome = 'rejected') THEN {VALIDATE}; END IF;
END $$
"""


class Migration(migrations.Migration):
    """A rejection has an outcome of its own.

    The rule is changed in one statement, so that no row is written without it, and what stands there is looked
    through afterwards, without stopping who writes. Back again, rejections that are kept stay: the rule of before
    holds for what is written from then on.
    """

    atomic = False
    dependencies = [("kernel", "0008_restores")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                # On the way back, which begins at the end, what stands there is looked through last.
                migrations.RunSQL(migrations.RunSQL.noop, VALIDATE_UNLESS_REJECTED),
                migrations.RunSQL(f"{DROP}, {ADD.format(NOW)}", f"{DROP}, {ADD.format(BEFORE)}"),
                migrations.RunSQL(VALIDATE, migrations.RunSQL.noop),
            ],
            state_operations=[
                migrations.AlterField(
                    model_name="decision",
                    name="outcome",
                    field=models.CharField(
                        choices=[("allowed", "准予"), ("refused", "规则拒绝"), ("rejected", "已拒绝")], max_length=8
                    ),
                ),
                migrations.RemoveConstraint(model_name="decision", name="decision_refusal_has_code"),
                migrations.AddConstraint(
                    model_name="decision",
                    constraint=models.CheckConstraint(
                        name="decision_refusal_has_code",
                        condition=Q(outcome__in=["allowed", "rejected"], code="")
                        | (Q(outcome="refused") & ~Q(code="")),
                    ),
                ),
            ],
        ),
    ]
