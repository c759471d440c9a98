from django.db import migrations, models
from django.db.models import Q

from config.kernel.online_ddl import AddColumn, ReplaceIndex

WHOLE_BEFORE = """
(decided_at IS NOT NULL AND decided_by_id IS NOT NULL AND status IN ('approved', 'rejected'))
OR (decided_at IS NULL AND decided_by_id IS NULL AND status IN ('pending', 'expired'))
"""
WHOLE_NOW = f"{WHOLE_BEFORE} OR (status = 'withdrawn' AND decided_by_id IS NULL AND decided_at IS NOT NULL)"
CODED_BEFORE = "(outcome IN ('allowed', 'rejected') AND code = '') OR (outcome = 'refused' AND NOT (code = ''))"
CODED_NOW = (
    "(outcome IN ('allowed', 'rejected', 'withdrawn', 'expired') AND code = '') "
    "OR (outcome = 'refused' AND NOT (code = ''))"
)
MOMENT = "SET LOCAL lock_timeout = '2s'"


def replaced(table: str, name: str, rule: str, more: str = "") -> str:
    """Return the statement that puts a rule in the place of the one of its name: no row is written without either."""
    return (
        f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}, {more} ADD CONSTRAINT {name} CHECK ({rule}) NOT VALID"
    )


def validated(table: str, name: str, unless: str = "false") -> str:
    """Return the statement that looks through what stands there, unless rows are kept that break the rule."""
    return f"""
    DO $$ BEGIN
      IF NOT EXISTS (SELECT FROM {table} WHERE {unless}) THEN ALTER TABLE {table} VALIDATE CONSTRAINT {name}; END IF;
    END $$
    """


# What a proposal says and who made it stands; once it is settled, in whatever way, nothing of it changes.
_SAYS = ("kind", "made_by_id", "made_at", "expires_at", "object_type", "object_id", "before", "subject_keys")
_CHANGED = " OR ".join(f"OLD.{each} IS DISTINCT FROM NEW.{each}" for each in _SAYS)
_STANDS = """
DROP TRIGGER kernel_approval_stands ON kernel_approval;
CREATE TRIGGER kernel_approval_stands BEFORE UPDATE ON kernel_approval FOR EACH ROW
WHEN ({condition}) EXECUTE FUNCTION kernel_stands()
"""
STANDS_BEFORE = _STANDS.format(
    condition=f"{_CHANGED} OR ((OLD.status IN ('approved', 'rejected')) AND OLD IS DISTINCT FROM NEW)"
)
STANDS_NOW = _STANDS.format(
    condition=f"{_CHANGED} OR (OLD.about IS NOT NULL AND OLD.about IS DISTINCT FROM NEW.about) "
    "OR (OLD.status <> 'pending' AND OLD IS DISTINCT FROM NEW)"
)

# A longer code needs a wider column: nothing is rewritten, but an index with the column in its condition would be.
WIDER = f"""
{MOMENT}; DROP INDEX IF EXISTS decision_refused;
{replaced("kernel_decision", "decision_refusal_has_code", CODED_NOW, "ALTER COLUMN outcome TYPE varchar(16),")}
"""
# Back again the wide column stays where longer codes are kept.
NARROWER = f"""
{MOMENT}; ALTER TABLE kernel_decision DROP CONSTRAINT IF EXISTS decision_refusal_has_code;
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM kernel_decision WHERE length(outcome) > 8) THEN
    ALTER TABLE kernel_decision ALTER COLUMN outcome TYPE varchar(8);
  END IF;
END $$;
{replaced("kernel_decision", "decision_refusal_has_code", CODED_BEFORE)}
"""
REFUSED = "CREATE INDEX CONCURRENTLY decision_refused ON kernel_decision (at, id, code) WHERE outcome = 'refused'"
STATUSES = [
    ("pending", "待复核"), ("approved", "已通过"), ("rejected", "已拒绝"), ("withdrawn", "已撤回"), ("expired", "已过期"),
]  # fmt: skip
OUTCOMES = [
    ("allowed", "准予"), ("refused", "规则拒绝"), ("rejected", "已拒绝"), ("withdrawn", "已撤回"), ("expired", "已过期"),
]  # fmt: skip


class Migration(migrations.Migration):
    """A proposal may be withdrawn, and says what it is about: one is open at a time.

    Nothing stops whoever writes for longer than a moment. Back again, withdrawn proposals and the decisions about
    them are kept as they are: the rules of before hold for what is written from then on.
    """

    atomic = False
    dependencies = [("kernel", "0009_rejected")]

    operations = [
        migrations.AlterField("approval", "kind", models.CharField(max_length=32)),
        migrations.AlterField(
            "approval", "status", models.CharField(choices=STATUSES, default="pending", max_length=16)
        ),
        # The apps say what their waiting proposals are about, in migrations of theirs.
        AddColumn("approval", "about", models.CharField(max_length=200, null=True)),
        ReplaceIndex(
            "approval_one_pending_per_object",
            "kernel_approval (kind, about) WHERE status = 'pending'",
            "kernel_approval (kind, object_id) WHERE status = 'pending'",
            unique=True,
            state_operations=[
                migrations.RemoveConstraint("approval", "approval_one_pending_per_object"),
                migrations.AddConstraint(
                    "approval",
                    models.UniqueConstraint(
                        name="approval_one_pending_per_object",
                        fields=["kind", "about"],
                        condition=Q(status="pending"),
                    ),
                ),
            ],
        ),
        migrations.RunSQL([STANDS_NOW], [STANDS_BEFORE]),
        migrations.RunSQL(
            [
                f"{MOMENT}; {replaced('kernel_approval', 'approval_decision_is_whole', WHOLE_NOW)}",
                validated("kernel_approval", "approval_decision_is_whole"),
            ],
            [
                f"{MOMENT}; {replaced('kernel_approval', 'approval_decision_is_whole', WHOLE_BEFORE)}",
                validated("kernel_approval", "approval_decision_is_whole", "status = 'withdrawn'"),
            ],
            state_operations=[
                migrations.RemoveConstraint("approval", "approval_decision_is_whole"),
                migrations.AddConstraint(
                    "approval",
                    models.CheckConstraint(
                        name="approval_decision_is_whole",
                        condition=Q(
                            status__in=["approved", "rejected"], decided_by__isnull=False, decided_at__isnull=False
                        )
                        | Q(status="withdrawn", decided_by=None, decided_at__isnull=False)
                        | Q(status__in=["pending", "expired"], decided_by=None, decided_at=None),
                    ),
                ),
            ],
        ),
        migrations.RunSQL(
            [WIDER, validated("kernel_decision", "decision_refusal_has_code"), REFUSED],
            [
                "DROP INDEX CONCURRENTLY IF EXISTS decision_refused",
                NARROWER,
                validated("kernel_decision", "decision_refusal_has_code", "outcome IN ('withdrawn', 'expired')"),
                REFUSED,
            ],
            state_operations=[
                migrations.AlterField("decision", "outcome", models.CharField(choices=OUTCOMES, max_length=16)),
                migrations.RemoveConstraint("decision", "decision_refusal_has_code"),
                migrations.AddConstraint(
                    "decision",
                    models.CheckConstraint(
                        name="decision_refusal_has_code",
                        condition=Q(outcome__in=["allowed", "rejected", "withdrawn", "expired"], code="")
                        | (Q(outcome="refused") & ~Q(code="")),
                    ),
                ),
            ],
        ),
    ]
