from django.db import migrations

from config.kernel.migration_ops import AppendOnly

# What a certificate says never changes once it is registered, and its status only moves forward:
# a revoked certificate that came back into force would restrict somebody without a second person.
MOVES = """
CREATE FUNCTION blacklist_certificate_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.status <> OLD.status
     AND NOT (OLD.status IN ('pending', 'manual_review') AND NEW.status IN ('in_force', 'rejected'))
     AND NOT (OLD.status = 'in_force' AND NEW.status = 'revoked') THEN
    RAISE EXCEPTION 'no certificate moves from % to %', OLD.status, NEW.status
      USING ERRCODE = 'check_violation', CONSTRAINT = 'certificate_moves', TABLE = 'blacklist_certificate';
  END IF;
  IF (NEW.doc_no, NEW.authority_compared, NEW.region_code, NEW.level, NEW.certified_on, NEW.category,
      NEW.legal_basis, NEW.content)
     IS DISTINCT FROM
     (OLD.doc_no, OLD.authority_compared, OLD.region_code, OLD.level, OLD.certified_on, OLD.category,
      OLD.legal_basis, OLD.content)
     OR (OLD.in_force_at IS NOT NULL AND NEW.in_force_at IS DISTINCT FROM OLD.in_force_at) THEN
    RAISE EXCEPTION 'what a certificate says never changes'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'certificate_stands', TABLE = 'blacklist_certificate';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER blacklist_certificate_moves BEFORE UPDATE ON blacklist_certificate
  FOR EACH ROW EXECUTE FUNCTION blacklist_certificate_moves();
CREATE OR REPLACE TRIGGER blacklist_certificate_kept BEFORE DELETE OR TRUNCATE ON blacklist_certificate
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
"""
UNGUARDED = """
DROP FUNCTION blacklist_certificate_moves() CASCADE;
DROP TRIGGER blacklist_certificate_kept ON blacklist_certificate;
"""


class Migration(migrations.Migration):
    dependencies = [("blacklist", "0001_initial")]

    operations = [
        migrations.RunSQL(MOVES, UNGUARDED),
        AppendOnly("blacklist_caseaccount"),
    ]
