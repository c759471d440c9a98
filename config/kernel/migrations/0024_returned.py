import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual

from config.kernel.migration_ops import SEARCH_PATH
from config.kernel.online_ddl import AddCheck, AddColumn, AddUniqueKey
from config.kernel.sealed import SealedField

MOMENT = "SET LOCAL lock_timeout = '2s'"
_ENDED = "(status = 'withdrawn' AND decided_by_id IS NULL AND decided_at IS NOT NULL)"
_OPEN = "(decided_at IS NULL AND decided_by_id IS NULL AND status IN ('pending', 'expired'))"
_BY_ANOTHER = "(decided_at IS NOT NULL AND decided_by_id IS NOT NULL AND status IN ({}))"
WHOLE_BEFORE = f"{_BY_ANOTHER.format("'approved', 'rejected'")} OR {_OPEN} OR {_ENDED}"
WHOLE_NOW = f"{_BY_ANOTHER.format("'approved', 'rejected', 'returned'")} OR {_OPEN} OR {_ENDED}"
_CODED = "(outcome IN ({}) AND code = '') OR (outcome = 'refused' AND NOT (code = ''))"
CODED_BEFORE = _CODED.format("'allowed', 'rejected', 'withdrawn', 'expired'")
CODED_NOW = _CODED.format("'allowed', 'rejected', 'returned', 'withdrawn', 'expired'")


def replaced(table: str, name: str, rule: str) -> str:
    """Return the statement that puts a rule in the place of the one of its name: no row is written without either."""
    gone = f"DROP CONSTRAINT IF EXISTS {name}"
    return f"{MOMENT}; ALTER TABLE {table} {gone}, ADD CONSTRAINT {name} CHECK ({rule}) NOT VALID"


def validated(table: str, name: str, unless: str = "false") -> str:
    """Return the statement that looks through what stands there, unless rows are kept that break the rule."""
    return f"""
    DO $$ BEGIN
      IF NOT EXISTS (SELECT FROM {table} WHERE {unless}) THEN ALTER TABLE {table} VALIDATE CONSTRAINT {name}; END IF;
    END $$
    """


def rule(table: str, name: str, now: str, before: str, unless: str, constraint: models.CheckConstraint) -> object:
    """Return the operation that replaces a rule; back again, rows of the new one are kept as they are."""
    model = table.removeprefix("kernel_")
    return migrations.RunSQL(
        [replaced(table, name, now), validated(table, name)],
        [replaced(table, name, before), validated(table, name, unless)],
        state_operations=[
            migrations.RemoveConstraint(model, name),
            migrations.AddConstraint(model, constraint),
        ],
    )


# What a correction follows was returned, of its kind and its maker's: whoever writes.
FOLLOWS = f"""
CREATE OR REPLACE FUNCTION kernel_approval_follows() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM kernel_approval a WHERE a.id = NEW.follows_id AND a.status = 'returned'
                 AND a.kind = NEW.kind AND a.made_by_id = NEW.made_by_id AND a.decided_at <= NEW.made_at) THEN
    RAISE EXCEPTION 'only what was returned to its maker is corrected' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'approval_follows_returned', TABLE = 'kernel_approval';
  END IF;
  RETURN NEW;
END $$;
{MOMENT};
CREATE OR REPLACE TRIGGER kernel_approval_follows BEFORE INSERT ON kernel_approval FOR EACH ROW
  WHEN (NEW.follows_id IS NOT NULL) EXECUTE FUNCTION kernel_approval_follows();
CREATE OR REPLACE TRIGGER kernel_approval_typed_stands BEFORE UPDATE ON kernel_approval FOR EACH ROW
  WHEN (OLD.follows_id IS DISTINCT FROM NEW.follows_id OR OLD.form_address IS DISTINCT FROM NEW.form_address
        OR OLD.form IS DISTINCT FROM NEW.form AND NEW.form IS NOT NULL)
  EXECUTE FUNCTION kernel_stands()
"""  # noqa: S608 - the search path is written here
NOT_FOLLOWS = f"""
{MOMENT};
DROP TRIGGER IF EXISTS kernel_approval_typed_stands ON kernel_approval;
DROP TRIGGER IF EXISTS kernel_approval_follows ON kernel_approval;
DROP FUNCTION IF EXISTS kernel_approval_follows()
"""


class Migration(migrations.Migration):
    """A proposal may be returned to be corrected, and its correction follows it; a form is kept to be filled again.

    Nothing stops whoever writes for longer than a moment. Back again, what was returned and the decisions about it are
    kept as they are: the rules of before hold for what is written from then on.
    """

    atomic = False
    dependencies = [("kernel", "0023_slips_and_views")]

    operations = [
        AddColumn(
            "approval",
            "follows",
            models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="followed_by",
                to="kernel.approval",
            ),
        ),
        AddColumn("approval", "form_address", models.CharField(max_length=300, null=True)),
        AddColumn("approval", "form", SealedField(null=True)),
        migrations.SeparateDatabaseAndState(
            database_operations=[AddUniqueKey("approval_followed_once", "kernel_approval", "follows_id")],
            state_operations=[
                migrations.AddConstraint(
                    "approval", models.UniqueConstraint(fields=["follows"], name="approval_followed_once")
                )
            ],
        ),
        migrations.RunSQL(FOLLOWS, NOT_FOLLOWS),
        rule(
            "kernel_approval",
            "approval_decision_is_whole",
            WHOLE_NOW,
            WHOLE_BEFORE,
            "status = 'returned'",
            models.CheckConstraint(
                name="approval_decision_is_whole",
                condition=Q(
                    status__in=["approved", "rejected", "returned"], decided_by__isnull=False, decided_at__isnull=False
                )
                | Q(status="withdrawn", decided_by=None, decided_at__isnull=False)
                | Q(status__in=["pending", "expired"], decided_by=None, decided_at=None),
            ),
        ),
        rule(
            "kernel_decision",
            "decision_refusal_has_code",
            CODED_NOW,
            CODED_BEFORE,
            "outcome = 'returned'",
            models.CheckConstraint(
                name="decision_refusal_has_code",
                condition=Q(outcome__in=["allowed", "rejected", "returned", "withdrawn", "expired"], code="")
                | (Q(outcome="refused") & ~Q(code="")),
            ),
        ),
        AddCheck(
            "approval",
            models.CheckConstraint(
                name="approval_return_says_why", condition=~Q(status="returned") | Q(remark__isnull=False)
            ),
        ),
        AddCheck(
            "approval",
            models.CheckConstraint(
                name="approval_form_has_a_page",
                condition=Q(form=None) | Q(LessThanOrEqual(Length("form"), 65536), form_address__isnull=False),
            ),
        ),
    ]
