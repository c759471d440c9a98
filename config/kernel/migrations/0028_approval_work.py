import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

from config.kernel.ids import new_id
from config.kernel.migration_ops import SEARCH_PATH, AppendOnly, Kept, Stands
from config.kernel.sealed import SealedField

# What is worked on waits, and whoever decides it while this is written waits for this.
_WAITS = """
CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql SET {path} AS $$
BEGIN
  PERFORM FROM kernel_approval a JOIN kernel_principal p ON p.id = NEW.principal_id
  WHERE a.id = NEW.approval_id AND a.status = 'pending' AND a.made_at <= NEW.at AND NEW.at < a.expires_at{more}
  FOR SHARE OF a;
  IF NOT FOUND THEN
    RAISE EXCEPTION '{told}' USING ERRCODE = 'check_violation', CONSTRAINT = '{constraint}', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$
"""
_BY_ANOTHER = """
    AND a.made_by_id <> p.id AND (a.made_by_person = p.person_id) IS NOT TRUE"""
CLAIMS = _WAITS.format(
    function="kernel_approval_claimed",
    path=SEARCH_PATH,
    more=_BY_ANOTHER,
    told="a claim is of what waits, by another than its maker",
    constraint="approval_claim_by_another",
)
NOTES = _WAITS.format(
    function="kernel_approval_noted",
    path=SEARCH_PATH,
    more="",
    told="nothing is added to what is decided",
    constraint="approval_note_before_decision",
)

# Two principals of one person are one, wherever the database asks.
SAME = f"""
CREATE OR REPLACE FUNCTION kernel_same_person(one uuid, other uuid) RETURNS boolean LANGUAGE sql STABLE
  SET {SEARCH_PATH} AS $$
  SELECT one = other OR EXISTS (
    SELECT FROM kernel_principal a JOIN kernel_principal b ON b.person_id = a.person_id WHERE a.id = one AND b.id = other)
$$
"""  # noqa: S608 - the search path is written here
SAME_BEFORE = f"""
CREATE OR REPLACE FUNCTION kernel_same_person(one uuid, other uuid) RETURNS boolean LANGUAGE sql STABLE
  SET {SEARCH_PATH} AS $$ SELECT one = other $$
"""


def before_insert(table: str, function: str) -> migrations.RunSQL:
    """Return the operation that lets a function judge each new row of a table."""
    return migrations.RunSQL(
        f"CREATE OR REPLACE TRIGGER {function} BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()",
        f"DROP TRIGGER IF EXISTS {function} ON {table}",
    )


# The version before has no place for them, and evidence is not thrown away.
UNLESS_KEPT = """
DO $$ DECLARE first uuid;
BEGIN
  SELECT c.id INTO first FROM kernel_approvalcomment c ORDER BY id LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'comment % is kept with a proposal: the version before keeps none', first;
  END IF;
  SELECT s.id INTO first FROM kernel_approvalattachment s ORDER BY id LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'scan % is kept with a proposal: the version before keeps none', first;
  END IF;
END $$
"""


def with_approval(name: str) -> tuple[str, models.Field]:
    """Return the column that names the proposal."""
    return (
        "approval",
        models.ForeignKey(
            db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name=name, to="kernel.approval"
        ),
    )


def by_somebody(**more: bool) -> tuple[str, models.Field]:
    """Return the column that names who did it."""
    return (
        "principal",
        models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="kernel.principal", **more),
    )


class Migration(migrations.Migration):
    """Who is deciding a proposal, what was said about it and the scans that lie with it. New tables alone."""

    dependencies = [("kernel", "0027_further_second_factors")]

    operations = [
        migrations.CreateModel(
            name="ApprovalClaim",
            fields=[
                ("id", models.UUIDField(default=new_id, editable=False, primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                with_approval("claims"),
                by_somebody(db_index=False),
            ],
            options={
                "indexes": [models.Index(fields=["principal", "until"], name="approval_claim_by_person")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("approval",), condition=Q(ended_at=None), name="approval_claim_is_one_persons"
                    ),
                    models.CheckConstraint(
                        name="approval_claim_has_an_end",
                        condition=Q(until__gt=F("at"))
                        & (Q(ended_at=None) | Q(ended_at__gte=F("at"), ended_at__lte=F("until"))),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ApprovalComment",
            fields=[
                ("id", models.UUIDField(default=new_id, editable=False, primary_key=True, serialize=False)),
                ("number", models.PositiveSmallIntegerField()),
                ("at", models.DateTimeField()),
                ("text", SealedField()),
                with_approval("comments"),
                by_somebody(db_index=False),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("approval", "number"), name="approval_comment_has_a_place"),
                    models.CheckConstraint(
                        name="approval_comment_hundred_at_most", condition=Q(number__gte=1, number__lte=100)
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ApprovalAttachment",
            fields=[
                ("id", models.UUIDField(default=new_id, editable=False, primary_key=True, serialize=False)),
                ("name", SealedField()),
                ("media_type", models.CharField(max_length=40)),
                ("content", SealedField()),
                ("digest", models.CharField(max_length=64)),
                ("size", models.PositiveIntegerField()),
                ("at", models.DateTimeField()),
                ("number", models.PositiveSmallIntegerField()),
                with_approval("attachments"),
                by_somebody(),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("approval", "number"), name="approval_attachment_has_a_place"),
                    models.CheckConstraint(
                        name="approval_attachment_twenty_at_most", condition=Q(number__gte=1, number__lte=20)
                    ),
                    models.CheckConstraint(
                        name="approval_attachment_size_fits", condition=Q(size__gt=0, size__lte=5 * 1024 * 1024)
                    ),
                    models.CheckConstraint(
                        name="approval_attachment_known",
                        condition=Q(media_type__in=["application/pdf", "image/png", "image/jpeg"]),
                    ),
                ],
            },
        ),
        migrations.RunSQL(SAME, SAME_BEFORE),
        migrations.RunSQL(CLAIMS, "DROP FUNCTION IF EXISTS kernel_approval_claimed()"),
        migrations.RunSQL(NOTES, "DROP FUNCTION IF EXISTS kernel_approval_noted()"),
        before_insert("kernel_approvalclaim", "kernel_approval_claimed"),
        before_insert("kernel_approvalcomment", "kernel_approval_noted"),
        before_insert("kernel_approvalattachment", "kernel_approval_noted"),
        # Who had it and for how long stands; it only ends, once.
        Stands(
            "kernel_approvalclaim", ("approval_id", "principal_id", "at", "until"), settled="OLD.ended_at IS NOT NULL"
        ),
        Kept("kernel_approvalclaim"),
        AppendOnly("kernel_approvalcomment"),
        AppendOnly("kernel_approvalattachment"),
        migrations.RunSQL(migrations.RunSQL.noop, UNLESS_KEPT),
    ]
