-- Revocations of certificates, whole or in named parts.
--
-- Rule (house rule): a certificate in force is revoked only by an approved revocation, by a correction, or
-- once its last part is revoked (certificate_revoked_by_revocation); a part belongs to its certificate and is fixed
-- before the proposal (revoked_part_of_its_certificate).

-- Whether parts were revoked and no subject and no account of the certificate is left.
CREATE OR REPLACE FUNCTION blacklist_revoked_in_parts(revoked uuid) RETURNS boolean LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT EXISTS (
    SELECT FROM blacklist_revocation r JOIN blacklist_revokedpart p ON p.revocation_id = r.id
    WHERE r.certificate_id = revoked AND p.in_force_at IS NOT NULL
  ) AND NOT EXISTS (
    SELECT FROM blacklist_certificatesubject n WHERE n.certificate_id = revoked AND NOT EXISTS (
      SELECT FROM blacklist_revokedpart p WHERE p.named_subject_id = n.id AND p.in_force_at IS NOT NULL)
  ) AND NOT EXISTS (
    SELECT FROM blacklist_caseaccount a WHERE a.certificate_id = revoked AND NOT EXISTS (
      SELECT FROM blacklist_revokedpart p WHERE p.case_account_id = a.id AND p.in_force_at IS NOT NULL)
  )
$$;

-- A certificate is revoked by a revocation of the whole, by its correction, or with its last part.
CREATE OR REPLACE FUNCTION blacklist_certificate_revoked() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM blacklist_revocation r
                 WHERE r.certificate_id = NEW.id AND r.status = 'in_force' AND r.whole)
     AND NOT EXISTS (SELECT FROM blacklist_certificate n
                     WHERE n.corrects_id = NEW.id AND n.status <> 'rejected' AND n.in_force_at = NEW.revoked_at)
     AND NOT blacklist_revoked_in_parts(NEW.id) THEN
    RAISE EXCEPTION 'a certificate is revoked only by a revocation or a correction'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'certificate_revoked_by_revocation',
            TABLE = 'blacklist_certificate';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER certificate_revoked_by_revocation AFTER UPDATE OF status ON blacklist_certificate
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.status = 'revoked') EXECUTE FUNCTION blacklist_certificate_revoked();

-- A part belongs to the revoked certificate, and is added before the revocation is proposed.
CREATE OR REPLACE FUNCTION blacklist_part_of_its_certificate() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NEW.in_force_at IS NOT NULL
     OR NOT EXISTS (
       SELECT FROM blacklist_revocation r WHERE r.id = NEW.revocation_id AND r.status = 'pending' AND NOT r.whole
         AND r.certificate_id = coalesce(
           (SELECT n.certificate_id FROM blacklist_certificatesubject n WHERE n.id = NEW.named_subject_id),
           (SELECT a.certificate_id FROM blacklist_caseaccount a WHERE a.id = NEW.case_account_id)))
     OR EXISTS (SELECT FROM kernel_approval a WHERE a.object_id = NEW.revocation_id AND a.kind = 'revocation') THEN
    RAISE EXCEPTION 'a part belongs to the revoked certificate, and is added before the proposal'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'revoked_part_of_its_certificate', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER revoked_part_of_its_certificate AFTER INSERT ON blacklist_revokedpart FOR EACH ROW EXECUTE FUNCTION blacklist_part_of_its_certificate();

-- A revocation is whole or has parts; parts are revoked with it, and the certificate with its last part.
CREATE OR REPLACE FUNCTION blacklist_revocation_in_parts() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE revocation blacklist_revocation;
BEGIN
  IF TG_TABLE_NAME = 'blacklist_revocation' THEN
    SELECT * INTO revocation FROM blacklist_revocation r WHERE r.id = NEW.id;
  ELSE
    SELECT * INTO revocation FROM blacklist_revocation r WHERE r.id = (to_jsonb(NEW) ->> 'revocation_id')::uuid;
  END IF;
  IF revocation.whole = EXISTS (SELECT FROM blacklist_revokedpart p WHERE p.revocation_id = revocation.id) THEN
    RAISE EXCEPTION 'a revocation is whole or has parts'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'revocation_whole_or_parts', TABLE = TG_TABLE_NAME;
  END IF;
  IF EXISTS (SELECT FROM blacklist_revokedpart p WHERE p.revocation_id = revocation.id
             AND p.in_force_at IS DISTINCT FROM revocation.in_force_at) THEN
    RAISE EXCEPTION 'a part is revoked with its revocation'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'revoked_part_by_revocation', TABLE = TG_TABLE_NAME;
  END IF;
  IF blacklist_revoked_in_parts(revocation.certificate_id) AND EXISTS (
       SELECT FROM blacklist_certificate c WHERE c.id = revocation.certificate_id AND c.status <> 'revoked') THEN
    RAISE EXCEPTION 'a certificate is revoked with its last part'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'certificate_revoked_with_its_last_part', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER revocation_whole_or_parts AFTER INSERT OR UPDATE ON blacklist_revocation
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION blacklist_revocation_in_parts();
CREATE CONSTRAINT TRIGGER revoked_part_by_revocation AFTER INSERT OR UPDATE ON blacklist_revokedpart
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION blacklist_revocation_in_parts();

-- By table: rows and columns that never change, and the approval that a row needs.

CREATE TRIGGER blacklist_revocation_kept BEFORE UPDATE OF id OR DELETE OR TRUNCATE ON blacklist_revocation
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
CREATE TRIGGER blacklist_revocation_stands BEFORE UPDATE ON blacklist_revocation
  FOR EACH ROW WHEN (
    (OLD.certificate_id, OLD.doc_no, OLD.revoked_on, OLD.reason, OLD.made_by_id, OLD.made_at) IS DISTINCT FROM
      (NEW.certificate_id, NEW.doc_no, NEW.revoked_on, NEW.reason, NEW.made_by_id, NEW.made_at)
    OR OLD.status <> 'pending' AND OLD IS DISTINCT FROM NEW
    OR (OLD.undoes_id, OLD.whole, OLD.ground, OLD.appeal_id) IS DISTINCT FROM (NEW.undoes_id, NEW.whole, NEW.ground, NEW.appeal_id)
  ) EXECUTE FUNCTION kernel_stands();
-- The revocations of an undone list are in force by the approval of its undoing.
CREATE CONSTRAINT TRIGGER blacklist_revocation_second_person AFTER INSERT OR UPDATE ON blacklist_revocation
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.status = 'in_force' AND NEW.undoes_id IS NULL)
  EXECUTE FUNCTION kernel_second_person('revocation');

CREATE TRIGGER blacklist_revokedpart_kept BEFORE UPDATE OF id OR DELETE OR TRUNCATE ON blacklist_revokedpart
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
CREATE TRIGGER blacklist_revokedpart_stands BEFORE UPDATE ON blacklist_revokedpart
  FOR EACH ROW WHEN (
    (OLD.revocation_id, OLD.named_subject_id, OLD.case_account_id) IS DISTINCT FROM
      (NEW.revocation_id, NEW.named_subject_id, NEW.case_account_id)
    OR OLD.in_force_at IS NOT NULL AND OLD IS DISTINCT FROM NEW
  ) EXECUTE FUNCTION kernel_stands();
