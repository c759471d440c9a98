import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

from config.kernel.ids import new_id
from config.kernel.migration_ops import SEARCH_PATH, AppendOnly
from config.kernel.online_ddl import AddIndex, MakeTable

MOMENT = "SET LOCAL lock_timeout = '2s'"
WAYS = ["explain", "merge", "downgrade", "cancel", "stop", "keep", "elsewhere"]

# What is sealed stands: of a case nothing is written any more, nor what hangs on one; actions have their own. Whoever writes shares the
# campaign's row until its end, and whoever seals waits for it: what comes together is in order.
SEALED = f"""
{MOMENT};
CREATE OR REPLACE FUNCTION accounts_cleanup_case_open() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
DECLARE of uuid;
BEGIN
  IF TG_TABLE_NAME = 'accounts_cleanupcase' THEN
    of := NEW.campaign_id;
  ELSE
    SELECT campaign_id INTO of FROM accounts_cleanupcase WHERE id = NEW.case_id;
  END IF;
  PERFORM FROM accounts_cleanupcampaign WHERE id = of AND sealed_at IS NULL FOR SHARE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the campaign is sealed' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'cleanup_campaign_is_open', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER accounts_cleanupcase_open AFTER UPDATE ON accounts_cleanupcase
  FOR EACH ROW EXECUTE FUNCTION accounts_cleanup_case_open();
CREATE OR REPLACE TRIGGER accounts_cleanupcontact_open AFTER INSERT ON accounts_cleanupcontact
  FOR EACH ROW EXECUTE FUNCTION accounts_cleanup_case_open();
CREATE OR REPLACE TRIGGER accounts_cleanupattachment_open AFTER INSERT ON accounts_cleanupattachment
  FOR EACH ROW EXECUTE FUNCTION accounts_cleanup_case_open();

CREATE OR REPLACE FUNCTION accounts_cleanup_sealed() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  IF EXISTS (
    SELECT FROM accounts_cleanupaction x
    JOIN accounts_cleanupitem i ON i.id = x.item_id
    JOIN accounts_cleanupcase c ON c.id = i.case_id
    WHERE c.campaign_id = NEW.id AND x.status = 'pending'
  ) THEN
    RAISE EXCEPTION 'something waits for a second person' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'cleanup_campaign_sealed_when_nothing_waits', TABLE = 'accounts_cleanupcampaign';
  END IF;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER accounts_cleanupcampaign_sealed AFTER UPDATE OF sealed_at ON accounts_cleanupcampaign
  FOR EACH ROW WHEN (OLD.sealed_at IS NULL AND NEW.sealed_at IS NOT NULL) EXECUTE FUNCTION accounts_cleanup_sealed();

CREATE OR REPLACE FUNCTION accounts_cleanup_outcomes() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  IF EXISTS (
    SELECT FROM written w
    JOIN accounts_cleanupitem i ON i.id = w.item_id
    JOIN accounts_cleanupcase c ON c.id = i.case_id
    JOIN accounts_cleanupcampaign g ON g.id = c.campaign_id
    WHERE g.sealed_at IS NOT NULL OR w.at < g.as_of
  ) THEN
    RAISE EXCEPTION 'outcomes are written as their campaign is sealed' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'cleanup_outcome_as_sealed', TABLE = 'accounts_cleanupoutcome';
  END IF;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER accounts_cleanupoutcome_as_sealed AFTER INSERT ON accounts_cleanupoutcome
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION accounts_cleanup_outcomes()
"""  # noqa: S608 - constants
NOT_SEALED = f"""
{MOMENT};
DROP TRIGGER IF EXISTS accounts_cleanupcase_open ON accounts_cleanupcase;
DROP TRIGGER IF EXISTS accounts_cleanupcontact_open ON accounts_cleanupcontact;
DROP TRIGGER IF EXISTS accounts_cleanupattachment_open ON accounts_cleanupattachment;
DROP TRIGGER IF EXISTS accounts_cleanupcampaign_sealed ON accounts_cleanupcampaign;
DROP TRIGGER IF EXISTS accounts_cleanupoutcome_as_sealed ON accounts_cleanupoutcome;
DROP FUNCTION IF EXISTS accounts_cleanup_case_open();
DROP FUNCTION IF EXISTS accounts_cleanup_sealed();
DROP FUNCTION IF EXISTS accounts_cleanup_outcomes()
"""
#: The figures of a sealed campaign stand by its outcomes alone.
UNLESS_SEALED = """
DO $$ BEGIN
  IF EXISTS (SELECT FROM accounts_cleanupoutcome) THEN
    RAISE EXCEPTION 'a campaign was sealed: the version before runs beside its outcomes, which stay';
  END IF;
END $$
"""


def of(model: str, related_name: str, *, null: bool = False) -> models.ForeignKey:
    return models.ForeignKey(
        db_index=False,
        null=null,
        on_delete=django.db.models.deletion.PROTECT,
        related_name=related_name,
        to=f"accounts.{model}",
    )


class Migration(migrations.Migration):
    """A campaign finds its population by what has no place, and what is sealed stands.

    Back again it does not go once a campaign was sealed.
    """

    atomic = False
    dependencies = [("accounts", "0030_cleanup_actions")]

    operations = [
        MakeTable(
            name="CleanupOutcome",
            fields=[
                ("id", models.UUIDField(default=new_id, editable=False, primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("way", models.CharField(max_length=12)),
                (
                    "item",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="outcome",
                        to="accounts.cleanupitem",
                    ),
                ),
            ],
            options={
                "constraints": [models.CheckConstraint(name="cleanup_outcome_way_known", condition=Q(way__in=WAYS))]
            },
        ),
        AppendOnly("accounts_cleanupoutcome"),
        AddIndex(
            "cleanupcase",
            models.Index(
                name="cleanup_case_next", fields=["campaign", "deadline", "id"], condition=Q(assignee__isnull=True)
            ),
        ),
        # A population is written at once: each row is in as few indexes as its readers need.
        migrations.RemoveIndex("cleanupitem", "cleanup_item_of_limit"),
        migrations.AlterField("cleanupitem", "case", of("cleanupcase", "items")),
        migrations.AlterField("cleanupitem", "account", of("account", "cleanup_items", null=True)),
        migrations.AlterField("cleanupitem", "card", of("card", "cleanup_items", null=True)),
        AddIndex(
            "cleanupitem",
            models.Index(name="cleanup_item_of_account", fields=["account"], condition=Q(account__isnull=False)),
        ),
        AddIndex(
            "cleanupitem", models.Index(name="cleanup_item_of_card", fields=["card"], condition=Q(card__isnull=False))
        ),
        migrations.RunSQL(SEALED, NOT_SEALED),
        migrations.RunSQL(migrations.RunSQL.noop, UNLESS_SEALED),
    ]
