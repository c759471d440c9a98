import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

from config.kernel.ids import new_id
from config.kernel.migration_ops import SEARCH_PATH, AppendOnly
from config.kernel.sealed import SealedField

MOMENT = "SET LOCAL lock_timeout = '2s'"
KINDS = ["penalty", "suspension", "case_account", "refusal", "lift", "end"]

# Numbers of a kind and a year follow each other, the year is that of the bank's day, and what takes the place of a letter
# tells the same customer of the same thing.
FOLLOWS = f"""
{MOMENT};
CREATE OR REPLACE FUNCTION accounts_letter_follows() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  IF NEW.year <> extract(year FROM NEW.issued_at AT TIME ZONE 'UTC' + interval '8 hours') OR NEW.serial > 1 AND NOT EXISTS (
      SELECT FROM accounts_letter l WHERE l.kind = NEW.kind AND l.year = NEW.year AND l.serial = NEW.serial - 1) THEN
    RAISE EXCEPTION 'the numbers of a year''s letters follow each other'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'letter_number_follows', TABLE = 'accounts_letter';
  END IF;
  IF NEW.replaces_id IS NOT NULL AND NOT EXISTS (
      SELECT FROM accounts_letter l WHERE l.id = NEW.replaces_id AND (l.kind, l.about_id) = (NEW.kind, NEW.about_id)
        AND accounts_same_customer(l.customer_id, NEW.customer_id) AND l.issued_at <= NEW.issued_at) THEN
    RAISE EXCEPTION 'a letter replaces an earlier one that told the same customer of the same'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'letter_replaces_alike', TABLE = 'accounts_letter';
  END IF;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER letter_follows AFTER INSERT ON accounts_letter
  FOR EACH ROW EXECUTE FUNCTION accounts_letter_follows();
CREATE OR REPLACE FUNCTION accounts_letter_print_follows() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  IF NEW.nth < 1 OR NEW.nth > 1 AND NOT EXISTS (
      SELECT FROM accounts_letterprint p WHERE p.letter_id = NEW.letter_id AND p.nth = NEW.nth - 1) THEN
    RAISE EXCEPTION 'the prints of a letter are counted'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'letter_print_follows', TABLE = 'accounts_letterprint';
  END IF;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER letter_print_follows AFTER INSERT ON accounts_letterprint
  FOR EACH ROW EXECUTE FUNCTION accounts_letter_print_follows();
CREATE OR REPLACE FUNCTION accounts_letter_delivered() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  IF NOT EXISTS (
      SELECT FROM accounts_letterprint p JOIN accounts_letter l ON l.id = p.letter_id
      WHERE p.letter_id = NEW.letter_id AND p.at <= NEW.at
        AND NEW.day BETWEEN (l.issued_at AT TIME ZONE 'UTC' + interval '8 hours')::date
                        AND (NEW.at AT TIME ZONE 'UTC' + interval '8 hours')::date) THEN
    RAISE EXCEPTION 'what is delivered was printed, and is delivered after it was issued'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'letter_delivered_once_printed', TABLE = 'accounts_letterdelivery';
  END IF;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER letter_delivered_once_printed AFTER INSERT ON accounts_letterdelivery
  FOR EACH ROW EXECUTE FUNCTION accounts_letter_delivered()
"""  # noqa: S608 - constants
FOLLOWS_NOT = f"""
{MOMENT};
DROP TRIGGER IF EXISTS letter_follows ON accounts_letter;
DROP TRIGGER IF EXISTS letter_print_follows ON accounts_letterprint;
DROP TRIGGER IF EXISTS letter_delivered_once_printed ON accounts_letterdelivery;
DROP FUNCTION IF EXISTS accounts_letter_follows(), accounts_letter_print_follows(), accounts_letter_delivered()
"""
# What customers were told stands nowhere else.
UNLESS_ISSUED = """
DO $$ BEGIN
  IF EXISTS (SELECT FROM accounts_letter) THEN
    RAISE EXCEPTION 'letters were issued: the version before runs beside the table of them, which stays';
  END IF;
END $$
"""


def principal() -> models.ForeignKey:
    return models.ForeignKey(
        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="kernel.principal"
    )


class Migration(migrations.Migration):
    """Letters to customers, numbered, with their prints and deliveries.

    Back again it does not go once a letter was issued: the version before runs as it is beside the table.
    """

    dependencies = [("accounts", "0032_stock_uploads"), ("kernel", "0022_drafts")]

    operations = [
        migrations.RunSQL(MOMENT, MOMENT),
        migrations.CreateModel(
            name="Letter",
            fields=[
                ("id", models.UUIDField(default=new_id, editable=False, primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=16)),
                ("year", models.PositiveSmallIntegerField()),
                ("serial", models.PositiveIntegerField()),
                ("about_id", models.UUIDField()),
                ("certificate_id", models.UUIDField(null=True)),
                ("last_day", models.DateField(null=True)),
                ("content", SealedField()),
                ("digest", models.CharField(max_length=64)),
                ("issued_at", models.DateTimeField()),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="letters", to="accounts.customer"
                    ),
                ),
                ("issued_by", principal()),
                (
                    "replaces",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaced_by",
                        to="accounts.letter",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(name="letter_by_certificate", fields=["certificate_id", "kind"])],
                "constraints": [
                    models.UniqueConstraint(name="letter_number_once", fields=("kind", "year", "serial")),
                    models.UniqueConstraint(
                        name="letter_once", fields=("customer", "kind", "about_id"), condition=Q(replaces=None)
                    ),
                    models.CheckConstraint(name="letter_kind_known", condition=Q(kind__in=KINDS)),
                    models.CheckConstraint(name="letter_serial_counts_from_one", condition=Q(serial__gte=1)),
                    models.CheckConstraint(name="letter_digest_shape", condition=Q(digest__regex=r"^[0-9a-f]{64}$")),
                    models.CheckConstraint(
                        name="letter_rests_on_a_certificate",
                        condition=Q(kind="refusal", certificate_id=None)
                        | (~Q(kind="refusal") & Q(certificate_id__isnull=False)),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LetterPrint",
            fields=[
                ("id", models.UUIDField(default=new_id, editable=False, primary_key=True, serialize=False)),
                ("nth", models.PositiveIntegerField()),
                ("form", models.CharField(max_length=8)),
                ("digest", models.CharField(blank=True, max_length=64)),
                ("at", models.DateTimeField()),
                (
                    "letter",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="prints",
                        to="accounts.letter",
                    ),
                ),
                ("principal", principal()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(name="letter_print_once", fields=("letter", "nth")),
                    models.CheckConstraint(
                        name="letter_print_form_known",
                        condition=Q(form="html", digest="") | Q(form="pdf", digest__regex=r"^[0-9a-f]{64}$"),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LetterDelivery",
            fields=[
                ("id", models.UUIDField(default=new_id, editable=False, primary_key=True, serialize=False)),
                ("way", models.CharField(max_length=12)),
                ("day", models.DateField()),
                ("tracking_number", models.CharField(blank=True, max_length=40)),
                ("at", models.DateTimeField()),
                (
                    "letter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="deliveries", to="accounts.letter"
                    ),
                ),
                ("principal", principal()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        name="letter_delivery_tracked",
                        condition=Q(way__in=["post", "returned"], tracking_number__regex=r"^[0-9A-Z]{5,40}$")
                        | Q(way__in=["counter", "refused"], tracking_number=""),
                    ),
                ],
            },
        ),
        AppendOnly("accounts_letter"),
        AppendOnly("accounts_letterprint"),
        AppendOnly("accounts_letterdelivery"),
        migrations.RunSQL(FOLLOWS, FOLLOWS_NOT),
        migrations.RunSQL(migrations.RunSQL.noop, UNLESS_ISSUED),
    ]
