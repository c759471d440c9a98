import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

from config.kernel.migration_ops import SEARCH_PATH, ColumnsStand
from config.kernel.online_ddl import AddCheck, AddColumn, ReplaceIndex
from config.kernel.sealed import SealedField

NUMBER = "blacklist_certificate (region_code, authority_compared, doc_no)"
OPEN = "NOT status IN ('rejected', 'revoked')"
CORRECTS = "blacklist_certificate (corrects_id) WHERE corrects_id IS NOT NULL AND NOT status = 'rejected'"
MOMENT = "SET LOCAL lock_timeout = '2s'"

# Whom and what a correction names like the row that it corrects the paper names since that one came into force, or since
# what that one corrected did. A holder who was none by that row begins anew.
SINCE = f"""
{MOMENT};
CREATE OR REPLACE FUNCTION blacklist_named_since() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
DECLARE corrected blacklist_certificate;
BEGIN
  NEW.since := NULL;
  SELECT o.* INTO corrected FROM blacklist_certificate n JOIN blacklist_certificate o ON o.id = n.corrects_id
  WHERE n.id = NEW.certificate_id AND o.category = n.category AND o.legal_basis = n.legal_basis;
  IF NOT FOUND THEN
    RETURN NEW;
  END IF;
  IF TG_TABLE_NAME = 'blacklist_caseaccount' THEN
    NEW.since := (
      SELECT min(coalesce(a.since, corrected.in_force_at)) FROM blacklist_caseaccount a
      WHERE a.certificate_id = corrected.id
        AND (a.account_number <> '' AND a.account_number = NEW.account_number AND a.bank_code = NEW.bank_code
             OR a.card_key = NEW.card_key OR a.outside_key = NEW.outside_key)
        AND NOT EXISTS (
          SELECT FROM blacklist_revokedpart p WHERE p.case_account_id = a.id AND p.in_force_at IS NOT NULL));
  ELSIF corrected.category <> 'CASE_ACCOUNT' OR EXISTS (
      SELECT FROM blacklist_caseaccount a WHERE a.certificate_id = corrected.id AND a.outside_key IS NOT NULL
        AND NOT EXISTS (
          SELECT FROM blacklist_revokedpart p WHERE p.case_account_id = a.id AND p.in_force_at IS NOT NULL)) THEN
    NEW.since := (
      SELECT coalesce(s.since, corrected.in_force_at) FROM blacklist_certificatesubject s
      WHERE s.certificate_id = corrected.id AND s.subject_id = (to_jsonb(NEW) ->> 'subject_id')::uuid
        AND NOT EXISTS (
          SELECT FROM blacklist_revokedpart p WHERE p.named_subject_id = s.id AND p.in_force_at IS NOT NULL));
  END IF;
  RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER blacklist_named_since BEFORE INSERT ON blacklist_certificatesubject
  FOR EACH ROW EXECUTE FUNCTION blacklist_named_since();
CREATE OR REPLACE TRIGGER blacklist_named_since BEFORE INSERT ON blacklist_caseaccount
  FOR EACH ROW EXECUTE FUNCTION blacklist_named_since()
"""  # noqa: S608 - constants
NOT_SINCE = f"""
{MOMENT};
DROP TRIGGER IF EXISTS blacklist_named_since ON blacklist_certificatesubject;
DROP TRIGGER IF EXISTS blacklist_named_since ON blacklist_caseaccount;
DROP FUNCTION IF EXISTS blacklist_named_since()
"""

# A correction is of what is in force and says something else; with it the other is over, as the checker has read it.
CORRECTED = f"""
{MOMENT};
CREATE OR REPLACE FUNCTION blacklist_corrects_what_stands() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM blacklist_certificate o WHERE o.id = NEW.corrects_id AND o.status = 'in_force') THEN
    RAISE EXCEPTION 'a certificate in force is corrected, and no other'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'certificate_corrects_what_stands', TABLE = TG_TABLE_NAME;
  END IF;
  IF EXISTS (SELECT FROM blacklist_certificate o WHERE o.id = NEW.corrects_id
             AND (o.region_code, o.authority_compared, o.doc_no, o.content)
               = (NEW.region_code, NEW.authority_compared, NEW.doc_no, NEW.content)) THEN
    RAISE EXCEPTION 'a correction says something else'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'certificate_correction_differs', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER certificate_corrects_what_stands AFTER INSERT ON blacklist_certificate
  FOR EACH ROW WHEN (NEW.corrects_id IS NOT NULL) EXECUTE FUNCTION blacklist_corrects_what_stands();

CREATE OR REPLACE FUNCTION blacklist_correction_in_force() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM blacklist_certificate o
                 WHERE o.id = NEW.corrects_id AND o.status = 'revoked' AND o.revoked_at = NEW.in_force_at) THEN
    RAISE EXCEPTION 'what is corrected is over at the instant of its correction'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'certificate_correction_ends_the_corrected', TABLE = TG_TABLE_NAME;
  END IF;
  IF EXISTS (SELECT FROM blacklist_revocation r JOIN blacklist_revokedpart p ON p.revocation_id = r.id
             WHERE r.certificate_id = NEW.corrects_id AND p.in_force_at >= NEW.made_at) THEN
    RAISE EXCEPTION 'a correction is of what stood when it was made'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'certificate_correction_of_what_stood', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS certificate_correction_in_force ON blacklist_certificate;
CREATE CONSTRAINT TRIGGER certificate_correction_in_force AFTER INSERT OR UPDATE OF status ON blacklist_certificate
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.corrects_id IS NOT NULL AND NEW.status = 'in_force')
  EXECUTE FUNCTION blacklist_correction_in_force();

CREATE OR REPLACE FUNCTION blacklist_certificate_revoked() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM blacklist_revocation r
                 WHERE r.certificate_id = NEW.id AND r.status = 'in_force' AND r.whole)
     AND NOT EXISTS (SELECT FROM blacklist_certificate n
                     WHERE n.corrects_id = NEW.id AND n.status <> 'rejected' AND n.in_force_at = NEW.revoked_at)
     AND NOT blacklist_revoked_in_parts(NEW.id) THEN
    RAISE EXCEPTION 'a certificate is revoked by a revocation or a correction alone'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'certificate_revoked_by_revocation',
            TABLE = 'blacklist_certificate';
  END IF;
  RETURN NULL;
END $$
"""  # noqa: S608 - constants
NOT_CORRECTED = f"""
{MOMENT};
DROP TRIGGER IF EXISTS certificate_corrects_what_stands ON blacklist_certificate;
DROP TRIGGER IF EXISTS certificate_correction_in_force ON blacklist_certificate;
DROP FUNCTION IF EXISTS blacklist_corrects_what_stands();
DROP FUNCTION IF EXISTS blacklist_correction_in_force();
CREATE OR REPLACE FUNCTION blacklist_certificate_revoked() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM blacklist_revocation r
                 WHERE r.certificate_id = NEW.id AND r.status = 'in_force' AND r.whole)
     AND NOT blacklist_revoked_in_parts(NEW.id) THEN
    RAISE EXCEPTION 'a certificate is revoked by a revocation alone'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'certificate_revoked_by_revocation',
            TABLE = 'blacklist_certificate';
  END IF;
  RETURN NULL;
END $$
"""

# A correction takes the place of one row and is no paper come again: a number that was revoked before does not matter to it.
_RENEWED = f"""
{MOMENT};
DROP TRIGGER IF EXISTS certificate_renews_the_revoked ON blacklist_certificate;
CREATE TRIGGER certificate_renews_the_revoked AFTER INSERT ON blacklist_certificate
  FOR EACH ROW {{when}}EXECUTE FUNCTION blacklist_renews_the_revoked()
"""
RENEWED, RENEWED_BEFORE = _RENEWED.format(when="WHEN (NEW.corrects_id IS NULL) "), _RENEWED.format(when="")

# The version before knows of no row that is revoked by another, and would count days of grace anew.
UNLESS_CORRECTED = """
DO $$ DECLARE first uuid;
BEGIN
  SELECT c.id INTO first FROM blacklist_certificate c WHERE c.corrects_id IS NOT NULL ORDER BY id LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'certificate % corrects another: the version before knows no corrections', first;
  END IF;
END $$
"""


class Migration(migrations.Migration):
    """Corrections: a row that takes the place of another at the instant of its approval. Nothing that is there breaks a rule of these."""

    atomic = False
    dependencies = [("blacklist", "0013_life")]

    operations = [
        AddColumn(
            "certificate",
            "corrects",
            models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="corrections",
                to="blacklist.certificate",
            ),
        ),
        AddColumn(
            "certificate",
            "correction_no",
            models.CharField(blank=True, db_default="", default="", max_length=100),
        ),
        AddColumn("certificate", "correction_reason", SealedField(null=True)),
        AddColumn("certificatesubject", "since", models.DateTimeField(editable=False, null=True)),
        AddColumn("caseaccount", "since", models.DateTimeField(editable=False, null=True)),
        AddCheck(
            "certificate",
            models.CheckConstraint(
                name="certificate_correction_is_whole",
                condition=Q(corrects=None, correction_no="", correction_reason=None)
                | Q(corrects__isnull=False, correction_reason__isnull=False, renews=None, brought_by=None),
            ),
        ),
        ReplaceIndex(
            "certificate_once_per_authority",
            f"{NUMBER} WHERE {OPEN} AND (corrects_id IS NULL OR status = 'in_force')",
            f"{NUMBER} WHERE {OPEN}",
            unique=True,
            state_operations=[
                migrations.RemoveConstraint("certificate", "certificate_once_per_authority"),
                migrations.AddConstraint(
                    "certificate",
                    models.UniqueConstraint(
                        name="certificate_once_per_authority",
                        fields=("region_code", "authority_compared", "doc_no"),
                        condition=~Q(status__in=["rejected", "revoked"]) & (Q(corrects=None) | Q(status="in_force")),
                    ),
                ),
            ],
        ),
        ReplaceIndex(
            "certificate_corrected_once",
            CORRECTS,
            CORRECTS,
            unique=True,
            state_operations=[
                migrations.AddConstraint(
                    "certificate",
                    models.UniqueConstraint(
                        name="certificate_corrected_once",
                        fields=("corrects",),
                        condition=Q(corrects__isnull=False) & ~Q(status="rejected"),
                    ),
                ),
            ],
        ),
        ColumnsStand(
            "blacklist_certificate", ("corrects_id", "correction_no", "correction_reason"), name="correction_stands"
        ),
        migrations.RunSQL(SINCE, NOT_SINCE),
        migrations.RunSQL(CORRECTED, NOT_CORRECTED),
        migrations.RunSQL(RENEWED, RENEWED_BEFORE),
        migrations.RunSQL(migrations.RunSQL.noop, UNLESS_CORRECTED),
    ]
