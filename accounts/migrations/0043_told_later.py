import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

from config.kernel.ids import new_id
from config.kernel.migration_ops import SEARCH_PATH, AppendOnly, ColumnsStand
from config.kernel.online_ddl import AddCheck, AddColumn, MakeTable

MOMENT = "SET LOCAL lock_timeout = '2s'"

# What is told follows on what the open account says, and the account says it from then on; by itself it never changes.
TOLD = f"""
{MOMENT};
CREATE OR REPLACE FUNCTION accounts_telling_follows() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
DECLARE a record;
BEGIN
  SELECT status, unit_kind, purpose INTO a FROM accounts_account WHERE id = NEW.account_id FOR NO KEY UPDATE;
  IF a.status IS DISTINCT FROM 'open'
     OR a.unit_kind IS DISTINCT FROM NEW.was_unit_kind OR a.purpose IS DISTINCT FROM NEW.was_purpose
     OR EXISTS (SELECT FROM accounts_accounttelling t WHERE t.account_id = NEW.account_id AND t.at > NEW.at) THEN
    RAISE EXCEPTION 'what is told follows on what the open account says' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'account_telling_follows', TABLE = 'accounts_accounttelling';
  END IF;
  RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER account_telling_follows BEFORE INSERT ON accounts_accounttelling
  FOR EACH ROW EXECUTE FUNCTION accounts_telling_follows();
CREATE OR REPLACE FUNCTION accounts_telling_holds() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  UPDATE accounts_account SET unit_kind = NEW.unit_kind, purpose = NEW.purpose WHERE id = NEW.account_id;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER account_telling_holds AFTER INSERT ON accounts_accounttelling
  FOR EACH ROW EXECUTE FUNCTION accounts_telling_holds();

CREATE OR REPLACE FUNCTION accounts_account_as_told() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM (SELECT t.* FROM accounts_accounttelling t WHERE t.account_id = NEW.id
                 ORDER BY t.at DESC, t.id DESC LIMIT 1) last
    WHERE last.unit_kind IS NOT DISTINCT FROM NEW.unit_kind AND last.purpose IS NOT DISTINCT FROM NEW.purpose
      AND last.was_unit_kind IS NOT DISTINCT FROM OLD.unit_kind AND last.was_purpose IS NOT DISTINCT FROM OLD.purpose
  ) THEN
    RAISE EXCEPTION 'what an account is for changes once it is told' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'account_as_told', TABLE = 'accounts_account';
  END IF;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER accounts_account_told AFTER UPDATE OF unit_kind, purpose ON accounts_account FOR EACH ROW
  WHEN (OLD.unit_kind IS DISTINCT FROM NEW.unit_kind OR OLD.purpose IS DISTINCT FROM NEW.purpose)
  EXECUTE FUNCTION accounts_account_as_told()
"""  # noqa: S608 - constants
TOLD_ONCE = ColumnsStand(
    "accounts_account", ("unit_kind", "purpose"), "OLD.unit_kind IS NOT NULL OR OLD.purpose IS NOT NULL", "told"
).sql
TOLD_NOT = f"""
{TOLD_ONCE};
DROP TRIGGER IF EXISTS account_telling_follows ON accounts_accounttelling;
DROP TRIGGER IF EXISTS account_telling_holds ON accounts_accounttelling;
DROP FUNCTION IF EXISTS accounts_telling_follows(), accounts_telling_holds(), accounts_account_as_told()
"""
# Beside their number: where those who control a passive unit are resident for taxes is told of each, and of no other's.
_OWNERS = """
CREATE OR REPLACE FUNCTION accounts_owners_told() RETURNS trigger LANGUAGE plpgsql SET {path} AS $$
DECLARE told uuid := coalesce(to_jsonb(NEW) ->> 'particulars_id', NEW.id::text)::uuid;
BEGIN
  IF (SELECT coalesce(p.owner_count, 0) FROM accounts_customerparticulars p WHERE p.id = told)
     <> (SELECT count(*) FROM accounts_beneficialowner o WHERE o.particulars_id = told) THEN
    RAISE EXCEPTION 'as many owners are kept as were told' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'particulars_name_owners', TABLE = TG_TABLE_NAME;
  END IF;{more}
  RETURN NULL;
END $$
"""
_CONTROLLERS = """
  IF (SELECT CASE WHEN p.tax_entity = 'passive' THEN p.owner_count = 0 OR EXISTS (
               SELECT FROM accounts_beneficialowner o WHERE o.particulars_id = told AND o.tax_residency IS NULL)
             ELSE EXISTS (
               SELECT FROM accounts_beneficialowner o WHERE o.particulars_id = told AND o.tax_residency IS NOT NULL) END
      FROM accounts_customerparticulars p WHERE p.id = told) THEN
    RAISE EXCEPTION 'who controls a passive unit declares where' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'particulars_passive_controllers', TABLE = TG_TABLE_NAME;
  END IF;"""
CONTROLLERS = f"{MOMENT};{_OWNERS.format(path=SEARCH_PATH, more=_CONTROLLERS)}"
CONTROLLERS_NOT = f"{MOMENT};{_OWNERS.format(path=SEARCH_PATH, more='')}"
# The version before has no place for it, and evidence is not thrown away.
UNLESS_TOLD = """
DO $$ BEGIN
  IF EXISTS (SELECT FROM accounts_accounttelling) OR EXISTS (
       SELECT FROM accounts_customerparticulars p WHERE p.tax_entity IS NOT NULL) THEN
    RAISE EXCEPTION 'accounts were told to be for something else, or units where they are resident for taxes: '
      'the version before runs beside it, and it stays';
  END IF;
END $$
"""
RESIDENCIES = ["china", "elsewhere", "both"]
OCCUPATIONS = [
    "head", "professional", "clerk", "service", "farmer", "production", "military", "student", "retired", "none", "other",
]  # fmt: skip
PROOFS = [
    "business_licence", "institution", "social_group", "private_unit", "foundation", "authority", "village", "other",
]  # fmt: skip


def to(model: str, **more: object) -> models.ForeignKey:
    return models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=model, db_index=False, **more)


class Migration(migrations.Migration):
    """What accounts are for is told later, too, and what it was stays; units declare where they are resident for taxes.

    What units have told before declares nothing. Back again it does not go once something was told.
    """

    atomic = False
    dependencies = [("accounts", "0042_losses_and_particulars"), ("kernel", "0015_approvals_begin_pending")]

    operations = [
        MakeTable(
            name="AccountTelling",
            fields=[
                ("id", models.UUIDField(default=new_id, editable=False, primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("unit_kind", models.CharField(max_length=10, null=True)),
                ("purpose", models.CharField(max_length=12, null=True)),
                ("was_unit_kind", models.CharField(max_length=10, null=True)),
                ("was_purpose", models.CharField(max_length=12, null=True)),
                ("account", to("accounts.account", related_name="tellings")),
                ("principal", to("kernel.principal", related_name="+")),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        name="account_telling_of_one",
                        condition=Q(unit_kind__isnull=False, purpose=None, was_purpose=None)
                        | Q(purpose__isnull=False, unit_kind=None, was_unit_kind=None),
                    ),
                    models.CheckConstraint(
                        name="account_telling_changes",
                        condition=Q(unit_kind__isnull=False, was_unit_kind=None)
                        | Q(purpose__isnull=False, was_purpose=None)
                        | (Q(unit_kind__isnull=False, was_unit_kind__isnull=False) & ~Q(unit_kind=F("was_unit_kind")))
                        | (Q(purpose__isnull=False, was_purpose__isnull=False) & ~Q(purpose=F("was_purpose"))),
                    ),
                ],
                "indexes": [models.Index(name="account_telling_of_account", fields=["account", "-at"])],
            },
        ),
        AppendOnly("accounts_accounttelling"),
        migrations.RunSQL(TOLD, TOLD_NOT),
        AddColumn("customerparticulars", "tax_entity", models.CharField(max_length=10, null=True)),
        AddColumn("beneficialowner", "tax_residency", models.CharField(max_length=10, null=True)),
        AddCheck(
            "customerparticulars",
            models.CheckConstraint(
                name="particulars_of_one_kind",
                condition=Q(
                    occupation__isnull=False,
                    nationality__isnull=False,
                    tax_residency__isnull=False,
                    tax_entity=None,
                    proof_kind=None,
                    business=None,
                    owner_count=None,
                )
                | (
                    Q(
                        occupation=None,
                        nationality=None,
                        proof_kind__isnull=False,
                        business__isnull=False,
                        owner_count__isnull=False,
                        owner_count__gte=0,
                        owner_count__lte=8,
                    )
                    & (
                        Q(tax_residency=None, tax_entity=None)
                        | Q(tax_residency__isnull=False, tax_entity__isnull=False)
                    )
                ),
            ),
        ),
        AddCheck(
            "customerparticulars",
            models.CheckConstraint(
                name="particulars_codes_known",
                condition=(Q(occupation=None) | Q(occupation__in=OCCUPATIONS))
                & (Q(tax_residency=None) | Q(tax_residency__in=RESIDENCIES))
                & (Q(tax_entity=None) | Q(tax_entity__in=["passive", "other"]))
                & (Q(proof_kind=None) | Q(proof_kind__in=PROOFS))
                & (Q(nationality=None) | Q(nationality__regex=r"^[A-Z]{3}$")),
            ),
        ),
        AddCheck(
            "beneficialowner",
            models.CheckConstraint(
                name="beneficial_owner_residency_known",
                condition=Q(tax_residency=None) | Q(tax_residency__in=RESIDENCIES),
            ),
        ),
        migrations.RunSQL(CONTROLLERS, CONTROLLERS_NOT),
        migrations.RunSQL(migrations.RunSQL.noop, UNLESS_TOLD),
    ]
