from django.db import migrations

from config.kernel.migration_ops import AppendOnly, Kept, SecondPerson, Stands

#: A subject whose key changed would be listed no more, and nobody would have decided it.
SUBJECT = ("identity_key", "kind")
REVOCATION = ("certificate_id", "doc_no", "revoked_on", "reason", "made_by_id", "made_at")

# What a certificate caused is lifted by a revocation in force alone, and that by a second person.
REVOKED = """
CREATE FUNCTION blacklist_certificate_revoked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM blacklist_revocation r WHERE r.certificate_id = NEW.id AND r.status = 'in_force') THEN
    RAISE EXCEPTION 'a certificate is revoked by a revocation alone'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'certificate_revoked_by_revocation',
            TABLE = 'blacklist_certificate';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER certificate_revoked_by_revocation AFTER UPDATE OF status ON blacklist_certificate
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.status = 'revoked')
  EXECUTE FUNCTION blacklist_certificate_revoked();
"""


class Migration(migrations.Migration):
    dependencies = [("blacklist", "0002_moves"), ("kernel", "0005_decisions_stand")]

    operations = [
        AppendOnly("blacklist_certificatesubject"),
        Kept("blacklist_subject"),
        Stands("blacklist_subject", SUBJECT),
        Kept("blacklist_revocation"),
        Stands("blacklist_revocation", REVOCATION, settled="OLD.status <> 'pending'"),
        SecondPerson("blacklist_certificate", "NEW.status = 'in_force'", "certificate"),
        migrations.RunSQL(REVOKED, "DROP FUNCTION blacklist_certificate_revoked() CASCADE"),
        SecondPerson("blacklist_revocation", "NEW.status = 'in_force'", "revocation"),
    ]
