from django.db import migrations, models
from django.db.models import Q

STATUSES = [
    ("pending", "待复核"), ("in_force", "已生效"), ("rejected", "已拒绝"), ("withdrawn", "已撤回"), ("expired", "已过期"),
]  # fmt: skip
NAME = "revocation_instant_fits_status"
BEFORE = """
(in_force_at IS NOT NULL AND status = 'in_force')
OR (in_force_at IS NULL AND status IN ('pending', 'rejected', 'expired'))
"""
NOW = """
(in_force_at IS NOT NULL AND status = 'in_force')
OR (in_force_at IS NULL AND status IN ('pending', 'rejected', 'withdrawn', 'expired'))
"""
REPLACED = f"""
SET LOCAL lock_timeout = '2s';
ALTER TABLE blacklist_revocation DROP CONSTRAINT IF EXISTS {NAME}, ADD CONSTRAINT {NAME} CHECK ({{rule}}) NOT VALID
"""
VALIDATED = f"ALTER TABLE blacklist_revocation VALIDATE CONSTRAINT {NAME}"
VALIDATED_UNLESS_WITHDRAWN = f"""
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM blacklist_revocation WHERE status = 'withdrawn') THEN {VALIDATED}; END IF;
END $$
"""
# A revocation is proposed once at a time for its certificate; older proposals have lapsed and are about themselves.
REVOCATIONS = """
UPDATE kernel_approval a SET about = CASE told.nth WHEN 1 THEN told.about ELSE a.object_id::text END
FROM (
    SELECT p.id, x.certificate_id::text AS about,
           row_number() OVER (PARTITION BY x.certificate_id ORDER BY p.id DESC) AS nth
    FROM kernel_approval p JOIN blacklist_revocation x ON x.id = p.object_id
    WHERE p.kind = 'revocation' AND p.status = 'pending' AND p.about IS NULL
) told
WHERE a.id = told.id
"""
CERTIFICATES = """
UPDATE kernel_approval SET about = object_id::text
WHERE kind = 'certificate' AND status = 'pending' AND about IS NULL
"""


class Migration(migrations.Migration):
    """A proposal to revoke may be withdrawn; back again, those that were are kept as they are."""

    atomic = False
    dependencies = [("blacklist", "0005_case_cards"), ("kernel", "0010_proposals")]

    operations = [
        migrations.AlterField(
            "revocation", "status", models.CharField(choices=STATUSES, default="pending", max_length=16)
        ),
        migrations.RunSQL(
            [REPLACED.format(rule=NOW), VALIDATED],
            [REPLACED.format(rule=BEFORE), VALIDATED_UNLESS_WITHDRAWN],
            state_operations=[
                migrations.RemoveConstraint("revocation", NAME),
                migrations.AddConstraint(
                    "revocation",
                    models.CheckConstraint(
                        name=NAME,
                        condition=Q(status="in_force", in_force_at__isnull=False)
                        | Q(status__in=["pending", "rejected", "withdrawn", "expired"], in_force_at=None),
                    ),
                ),
            ],
        ),
        migrations.RunSQL(REVOCATIONS, migrations.RunSQL.noop),
        migrations.RunSQL(CERTIFICATES, migrations.RunSQL.noop),
    ]
