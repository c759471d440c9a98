import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

from config.kernel.ids import new_id
from config.kernel.migration_ops import SEARCH_PATH, AppendOnly, ColumnsStand
from config.kernel.online_ddl import AddCheck, AddColumn, MakeTable
from config.kernel.sealed import SealedField

MOMENT = "SET LOCAL lock_timeout = '2s'"

# A report stops its card, by itself, and says until when; by word it is not prolonged. One that the clean-up stopped meanwhile stays
# stopped, and is lost formally where it comes back. A card that is lost no longer has no end of
# being lost left, which a later report, perhaps of a version that knows none, would begin with.
LOST = f"""
{MOMENT};
CREATE OR REPLACE FUNCTION accounts_loss_reported() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
DECLARE c record;
BEGIN
  -- Two reports of one card are judged one after the other, whoever writes them.
  SELECT status, lost_until INTO c FROM accounts_card WHERE id = NEW.card_id FOR NO KEY UPDATE;
  IF c.status NOT IN ('issued', 'active', 'lost', 'stopped')
     OR c.status = 'stopped' AND (c.lost_until IS NULL OR NEW.kind = 'by_word')
     OR c.status = 'lost' AND (c.lost_until IS NULL OR NEW.kind = 'by_word' AND c.lost_until > least(NEW.at, bank_now()))
  THEN
    RAISE EXCEPTION 'what is lost is made formal, and not prolonged' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'loss_report_not_prolonged', TABLE = 'accounts_lossreport';
  END IF;
  RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER loss_report_not_prolonged BEFORE INSERT ON accounts_lossreport
  FOR EACH ROW EXECUTE FUNCTION accounts_loss_reported();
CREATE OR REPLACE FUNCTION accounts_loss_stops() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  UPDATE accounts_card c SET status = CASE c.status WHEN 'stopped' THEN 'stopped' ELSE 'lost' END,
    lost_until = NEW.lapses_at WHERE c.id = NEW.card_id;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER loss_report_stops_the_card AFTER INSERT ON accounts_lossreport
  FOR EACH ROW EXECUTE FUNCTION accounts_loss_stops();

CREATE OR REPLACE FUNCTION accounts_card_lost() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM (SELECT r.lapses_at FROM accounts_lossreport r WHERE r.card_id = NEW.id
                 ORDER BY r.at DESC, r.id DESC LIMIT 1) last
    WHERE last.lapses_at IS NOT DISTINCT FROM NEW.lost_until
  ) THEN
    RAISE EXCEPTION 'a card is lost until when its report says' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'card_lost_as_reported', TABLE = 'accounts_card';
  END IF;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER card_lost_as_reported AFTER UPDATE OF lost_until ON accounts_card FOR EACH ROW
  WHEN (OLD.lost_until IS DISTINCT FROM NEW.lost_until AND NEW.status IN ('lost', 'stopped'))
  EXECUTE FUNCTION accounts_card_lost();
CREATE OR REPLACE TRIGGER card_lost_until_begins AFTER INSERT ON accounts_card FOR EACH ROW
  WHEN (NEW.lost_until IS NOT NULL) EXECUTE FUNCTION accounts_card_lost();
CREATE OR REPLACE FUNCTION accounts_card_lost_no_longer() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  NEW.lost_until := NULL;
  RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER card_lost_no_longer BEFORE UPDATE OF status ON accounts_card FOR EACH ROW
  WHEN (OLD.lost_until IS NOT NULL AND NEW.status NOT IN ('lost', 'stopped'))
  EXECUTE FUNCTION accounts_card_lost_no_longer()
"""  # noqa: S608 - constants
LOST_NOT = f"""
{MOMENT};
DROP TRIGGER IF EXISTS card_lost_as_reported ON accounts_card;
DROP TRIGGER IF EXISTS card_lost_until_begins ON accounts_card;
DROP TRIGGER IF EXISTS card_lost_no_longer ON accounts_card;
DROP TRIGGER IF EXISTS loss_report_not_prolonged ON accounts_lossreport;
DROP TRIGGER IF EXISTS loss_report_stops_the_card ON accounts_lossreport;
DROP FUNCTION IF EXISTS accounts_loss_reported(), accounts_loss_stops(), accounts_card_lost(),
  accounts_card_lost_no_longer()
"""
# A lost card comes back by the latest decision about its loss, or once its report by word is over: as what it was.
FOUND_BY_DECISION = """
  SELECT FROM (
      SELECT d.kind, d.principal_id, d.facts ->> 'to' AS became FROM kernel_decision d
      WHERE d.object_id = NEW.id AND d.kind IN ('report_card_lost', 'find_card') AND d.outcome = 'allowed'
      ORDER BY d.at DESC, d.id DESC LIMIT 1
    ) last WHERE last.kind = 'find_card' AND last.principal_id IS NOT NULL AND last.became = NEW.status
"""
FOUND = f"""
{MOMENT};
CREATE OR REPLACE FUNCTION accounts_card_found() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  IF (OLD.lost_until <= bank_now() AND NEW.status = CASE WHEN NEW.activated_at IS NULL THEN 'issued' ELSE 'active' END)
     IS NOT TRUE AND NOT EXISTS ({FOUND_BY_DECISION}) THEN
    RAISE EXCEPTION 'a lost card comes back once it was found' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'card_found_by_decision', TABLE = 'accounts_card';
  END IF;
  RETURN NULL;
END $$
"""
FOUND_BEFORE = f"""
{MOMENT};
CREATE OR REPLACE FUNCTION accounts_card_found() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  IF NOT EXISTS ({FOUND_BY_DECISION}) THEN
    RAISE EXCEPTION 'a lost card comes back once it was found' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'card_found_by_decision', TABLE = 'accounts_card';
  END IF;
  RETURN NULL;
END $$
"""
# What is told is of the customer's kind, and has as many owners as it says, from its transaction on.
TOLD = f"""
{MOMENT};
CREATE OR REPLACE FUNCTION accounts_particulars_told() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM accounts_customer u WHERE u.id = NEW.customer_id
                 AND u.kind = CASE WHEN NEW.proof_kind IS NULL THEN 'individual' ELSE 'organization' END) THEN
    RAISE EXCEPTION 'particulars are of the customer''s kind' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'particulars_of_its_customer', TABLE = 'accounts_customerparticulars';
  END IF;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER particulars_of_its_customer AFTER INSERT ON accounts_customerparticulars
  FOR EACH ROW EXECUTE FUNCTION accounts_particulars_told();
CREATE OR REPLACE FUNCTION accounts_owners_told() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
DECLARE told uuid := coalesce(to_jsonb(NEW) ->> 'particulars_id', NEW.id::text)::uuid;
BEGIN
  IF (SELECT coalesce(p.owner_count, 0) FROM accounts_customerparticulars p WHERE p.id = told)
     <> (SELECT count(*) FROM accounts_beneficialowner o WHERE o.particulars_id = told) THEN
    RAISE EXCEPTION 'as many owners are kept as were told' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'particulars_name_owners', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS particulars_name_owners ON accounts_customerparticulars;
CREATE CONSTRAINT TRIGGER particulars_name_owners AFTER INSERT ON accounts_customerparticulars
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION accounts_owners_told();
DROP TRIGGER IF EXISTS owners_of_particulars ON accounts_beneficialowner;
CREATE CONSTRAINT TRIGGER owners_of_particulars AFTER INSERT ON accounts_beneficialowner
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION accounts_owners_told()
"""  # noqa: S608 - constants
TOLD_NOT = f"""
{MOMENT};
DROP TRIGGER IF EXISTS particulars_of_its_customer ON accounts_customerparticulars;
DROP TRIGGER IF EXISTS particulars_name_owners ON accounts_customerparticulars;
DROP TRIGGER IF EXISTS owners_of_particulars ON accounts_beneficialowner;
DROP FUNCTION IF EXISTS accounts_particulars_told(), accounts_owners_told()
"""
# Without the column a card reported by word would be lost for good; what was told stands nowhere else.
UNLESS_USED = """
DO $$ BEGIN
  IF EXISTS (SELECT FROM accounts_lossreport) OR EXISTS (SELECT FROM accounts_customerparticulars)
     OR EXISTS (SELECT FROM accounts_account a WHERE a.unit_kind IS NOT NULL OR a.purpose IS NOT NULL) THEN
    RAISE EXCEPTION 'losses were reported, or particulars told: the version before runs beside their tables, which stay';
  END IF;
END $$
"""


def to(model: str, **more: object) -> models.ForeignKey:
    return models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=model, db_index=False, **more)


OCCUPATIONS = [
    "head",
    "professional",
    "clerk",
    "service",
    "farmer",
    "production",
    "military",
    "student",
    "retired",
    "none",
    "other",
]
PROOFS = [
    "business_licence",
    "institution",
    "social_group",
    "private_unit",
    "foundation",
    "authority",
    "village",
    "other",
]
PURPOSES = ["salary", "savings", "daily", "investment", "loan", "benefits", "business", "other"]
UNIT_KINDS = ["basic", "general", "special", "temporary"]
BASIC_ONCE = "accounts_account (customer_id) WHERE status = 'open' AND unit_kind = 'basic'"


def own_id() -> tuple[str, models.UUIDField]:
    return ("id", models.UUIDField(default=new_id, editable=False, primary_key=True, serialize=False))


PARTICULARS = MakeTable(
    name="CustomerParticulars",
    fields=[
        own_id(),
        ("at", models.DateTimeField()),
        ("address", SealedField()),
        ("occupation", models.CharField(max_length=12, null=True)),
        ("nationality", models.CharField(max_length=3, null=True)),
        ("tax_residency", models.CharField(max_length=10, null=True)),
        ("proof_kind", models.CharField(max_length=20, null=True)),
        ("business", models.CharField(max_length=500, null=True)),
        ("owner_count", models.SmallIntegerField(null=True)),
        ("customer", to("accounts.customer", related_name="particulars")),
        ("principal", to("kernel.principal", related_name="+")),
    ],
    options={
        "constraints": [
            models.CheckConstraint(
                name="particulars_of_one_kind",
                condition=Q(
                    occupation__isnull=False,
                    nationality__isnull=False,
                    tax_residency__isnull=False,
                    proof_kind=None,
                    business=None,
                    owner_count=None,
                )
                | Q(
                    occupation=None,
                    nationality=None,
                    tax_residency=None,
                    proof_kind__isnull=False,
                    business__isnull=False,
                    owner_count__isnull=False,
                    owner_count__gte=0,
                    owner_count__lte=8,
                ),
            ),
            models.CheckConstraint(
                name="particulars_codes_known",
                condition=(Q(occupation=None) | Q(occupation__in=OCCUPATIONS))
                & (Q(tax_residency=None) | Q(tax_residency__in=["china", "elsewhere", "both"]))
                & (Q(proof_kind=None) | Q(proof_kind__in=PROOFS))
                & (Q(nationality=None) | Q(nationality__regex=r"^[A-Z]{3}$")),
            ),
        ],
        "indexes": [models.Index(name="particulars_of_customer", fields=["customer", "-at"])],
    },
)
OWNER = MakeTable(
    name="BeneficialOwner",
    fields=[
        own_id(),
        ("identity_key", models.BinaryField(max_length=32)),
        ("name", SealedField()),
        ("type", models.CharField(max_length=32)),
        ("country", models.CharField(blank=True, max_length=3)),
        ("number", SealedField()),
        ("valid_until", models.DateField(null=True)),
        ("control", models.CharField(max_length=8)),
        ("share", models.SmallIntegerField(null=True)),
        ("particulars", to("accounts.customerparticulars", related_name="owners")),
    ],
    options={
        "constraints": [
            models.UniqueConstraint(name="beneficial_owner_once", fields=("particulars", "identity_key")),
            models.CheckConstraint(name="beneficial_owner_is_a_person", condition=~Q(type="uscc")),
            models.CheckConstraint(
                name="beneficial_owner_share",
                condition=Q(control__in=["equity", "rights"], share__isnull=False, share__gte=2500, share__lte=10000)
                | Q(control__in=["control", "manager"], share=None),
            ),
        ],
    },
)


class Migration(migrations.Migration):
    """A lost card is reported by word, for some days, or formally; customers tell more of themselves and their accounts.

    Reports of before have no row and stay formal; customers and accounts of before have told nothing. Back again it does
    not go once there is a report or something was told.
    """

    atomic = False
    dependencies = [("accounts", "0041_conflict_reviews"), ("kernel", "0029_slips_of_losses")]

    operations = [
        AddColumn("card", "lost_until", models.DateTimeField(null=True)),
        AddCheck(
            "card",
            models.CheckConstraint(
                name="card_lost_until_fits", condition=Q(lost_until=None) | Q(status__in=["lost", "stopped"])
            ),
        ),
        MakeTable(
            name="LossReport",
            fields=[
                ("id", models.UUIDField(default=new_id, editable=False, primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=8)),
                ("at", models.DateTimeField()),
                ("lapses_at", models.DateTimeField(null=True)),
                ("identified", models.CharField(max_length=20, null=True)),
                ("agent_key", models.BinaryField(max_length=32, null=True)),
                ("agent_name", SealedField(null=True)),
                ("agent_relation", models.CharField(max_length=12, null=True)),
                ("card", to("accounts.card", related_name="loss_reports")),
                ("principal", to("kernel.principal", related_name="+")),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        name="loss_report_lapses_by_word",
                        condition=Q(kind="by_word", lapses_at__isnull=False, lapses_at__gt=F("at"))
                        | Q(kind="formal", lapses_at=None),
                    ),
                    models.CheckConstraint(
                        name="loss_report_identified",
                        condition=Q(
                            kind="by_word", identified__isnull=False, identified__in=["without_document", "by_phone"]
                        )
                        | (Q(kind="formal") & (Q(identified=None) | Q(identified__in=["in_person", "by_agent"]))),
                    ),
                    models.CheckConstraint(
                        name="loss_report_agent",
                        condition=Q(
                            identified__isnull=False,
                            identified="by_agent",
                            agent_key__isnull=False,
                            agent_name__isnull=False,
                            agent_relation__isnull=False,
                            agent_relation__in=["agent", "guardian"],
                        )
                        | (
                            (Q(identified=None) | ~Q(identified="by_agent"))
                            & Q(agent_key=None, agent_name=None, agent_relation=None)
                        ),
                    ),
                ],
                "indexes": [models.Index(name="loss_report_of_card", fields=["card", "-at"])],
            },
        ),
        AppendOnly("accounts_lossreport"),
        migrations.RunSQL(LOST, LOST_NOT),
        migrations.RunSQL(FOUND, FOUND_BEFORE),
        PARTICULARS,
        OWNER,
        AppendOnly("accounts_customerparticulars"),
        AppendOnly("accounts_beneficialowner"),
        migrations.RunSQL(TOLD, TOLD_NOT),
        AddColumn("account", "unit_kind", models.CharField(max_length=10, null=True)),
        AddColumn("account", "purpose", models.CharField(max_length=12, null=True)),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    [
                        "DROP INDEX CONCURRENTLY IF EXISTS account_basic_once",
                        f"CREATE UNIQUE INDEX CONCURRENTLY account_basic_once ON {BASIC_ONCE}",
                    ],
                    ["DROP INDEX CONCURRENTLY IF EXISTS account_basic_once"],
                )
            ],
            state_operations=[
                migrations.AddConstraint(
                    "account",
                    models.UniqueConstraint(
                        name="account_basic_once", fields=["customer"], condition=Q(status="open", unit_kind="basic")
                    ),
                )
            ],
        ),
        AddCheck(
            "account",
            models.CheckConstraint(
                name="account_unit_kind_fits",
                condition=Q(unit_kind=None) | Q(kind="bank", account_class="none", unit_kind__in=UNIT_KINDS),
            ),
        ),
        AddCheck(
            "account",
            models.CheckConstraint(
                name="account_purpose_fits",
                condition=Q(purpose=None) | (~Q(account_class="none") & Q(purpose__in=PURPOSES)),
            ),
        ),
        ColumnsStand(
            "accounts_account",
            ("unit_kind", "purpose"),
            "OLD.unit_kind IS NOT NULL OR OLD.purpose IS NOT NULL",
            "told",
        ),
        migrations.RunSQL(migrations.RunSQL.noop, UNLESS_USED),
    ]
