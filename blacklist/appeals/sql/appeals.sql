-- Appeals of certified persons, and their scans.
--
-- Rule (house rule): an appeal names a person of its certificate or none (appeal_of_its_certificate). It is received,
-- then perhaps forwarded, then upheld, dismissed or withdrawn (appeal_moves). Only an answered appeal has the scan of
-- an answer. A revocation because of an appeal needs an upheld one against its certificate (revocation_of_its_appeal).

-- Refuses an appellant who is not named by the certificate.
CREATE OR REPLACE FUNCTION blacklist_appeal_of_its_certificate() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NEW.named_subject_id IS NOT NULL AND NOT EXISTS (
       SELECT FROM blacklist_certificatesubject n
       WHERE n.id = NEW.named_subject_id AND n.certificate_id = NEW.certificate_id) THEN
    RAISE EXCEPTION 'a named appellant is a person of the certificate'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'appeal_of_its_certificate', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER appeal_of_its_certificate AFTER INSERT ON blacklist_appeal FOR EACH ROW EXECUTE FUNCTION blacklist_appeal_of_its_certificate();

-- Refuses any first status other than `received`, and a step backwards.
CREATE OR REPLACE FUNCTION blacklist_appeal_moves() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' AND NEW.status <> 'received'
     OR TG_OP = 'UPDATE' AND NEW.status <> OLD.status
        AND NOT (OLD.status = 'received'
                 OR OLD.status = 'forwarded' AND NEW.status IN ('upheld', 'dismissed', 'withdrawn')) THEN
    RAISE EXCEPTION 'no appeal begins with or changes to the status %', NEW.status
      USING ERRCODE = 'check_violation', CONSTRAINT = 'appeal_moves', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER appeal_moves AFTER INSERT OR UPDATE ON blacklist_appeal FOR EACH ROW EXECUTE FUNCTION blacklist_appeal_moves();

-- Refuses the scan of an answer before the answer is recorded.
CREATE OR REPLACE FUNCTION blacklist_answers_the_answered() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NEW.paper = 'answer' AND NOT EXISTS (
       SELECT FROM blacklist_appeal a WHERE a.id = NEW.appeal_id AND a.answered_on IS NOT NULL) THEN
    RAISE EXCEPTION 'an appeal that is not answered has no scan of an answer'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'appeal_attachment_answers', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER appeal_attachment_answers AFTER INSERT ON blacklist_appealattachment FOR EACH ROW EXECUTE FUNCTION blacklist_answers_the_answered();

-- A revocation that refers to an appeal refers to an upheld one, against its certificate.
CREATE OR REPLACE FUNCTION blacklist_revoked_on_its_appeal() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (
       SELECT FROM blacklist_appeal a
       WHERE a.id = NEW.appeal_id AND a.certificate_id = NEW.certificate_id AND a.status = 'upheld') THEN
    RAISE EXCEPTION 'the appeal of a revocation was upheld, against its certificate'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'revocation_of_its_appeal', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER revocation_of_its_appeal AFTER INSERT ON blacklist_revocation
  FOR EACH ROW WHEN (NEW.appeal_id IS NOT NULL) EXECUTE FUNCTION blacklist_revoked_on_its_appeal();

-- By table: rows and columns that never change.

CREATE TRIGGER blacklist_appeal_kept BEFORE UPDATE OF id OR DELETE OR TRUNCATE ON blacklist_appeal
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
CREATE TRIGGER blacklist_appeal_stands BEFORE UPDATE ON blacklist_appeal
  FOR EACH ROW WHEN (
    (OLD.certificate_id, OLD.named_subject_id, OLD.appellant, OLD.grounds, OLD.doc_no, OLD.received_on, OLD.made_by_id, OLD.made_at)
      IS DISTINCT FROM
      (NEW.certificate_id, NEW.named_subject_id, NEW.appellant, NEW.grounds, NEW.doc_no, NEW.received_on, NEW.made_by_id, NEW.made_at)
    OR OLD.status IN ('upheld', 'dismissed', 'withdrawn') AND OLD IS DISTINCT FROM NEW
  ) EXECUTE FUNCTION kernel_stands();

CREATE TRIGGER blacklist_appealattachment_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON blacklist_appealattachment
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
