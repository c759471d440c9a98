-- Certificates of the police: their subjects and accounts, the instant since which these are named, and changes.
--
-- Rule: 通告 第五条 (NOTICE_5_SUSPENSION, NOTICE_5_CASE_HOLDER) restricts persons certified by the police. House rules: a
-- certificate is in force by two persons, its content never changes, its subjects are fixed before it is proposed
-- (certificate_names_before_proposed), and a correction replaces one in force at one instant.

-- Registration.

-- Stops case accounts provisionally from the registration on, whatever value the writer gives.
CREATE OR REPLACE FUNCTION blacklist_stopped_from() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  NEW.stopped_from := CASE WHEN NEW.category = 'CASE_ACCOUNT' THEN NEW.made_at END;
  RETURN NEW;
END $$;
CREATE TRIGGER blacklist_certificate_stopped BEFORE INSERT ON blacklist_certificate FOR EACH ROW EXECUTE FUNCTION blacklist_stopped_from();

-- Refuses a new subject or account after the proposal, because the checker has read the earlier ones. One query for all
-- rows of a statement.
CREATE OR REPLACE FUNCTION blacklist_named_before_proposed() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
  SET enable_seqscan = off AS $$
DECLARE certificate_ids uuid[] := ARRAY(SELECT DISTINCT certificate_id FROM written);
BEGIN
  IF EXISTS (SELECT FROM blacklist_certificate c
             WHERE c.id = ANY(certificate_ids) AND c.status NOT IN ('pending', 'manual_review'))
     OR EXISTS (SELECT FROM kernel_approval a WHERE a.object_id = ANY(certificate_ids) AND a.kind = 'certificate') THEN
    RAISE EXCEPTION 'no subject or account is added to a proposed certificate' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'certificate_names_before_proposed', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER certificate_names_before_proposed AFTER INSERT ON blacklist_certificatesubject
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION blacklist_named_before_proposed();
CREATE TRIGGER certificate_names_before_proposed AFTER INSERT ON blacklist_caseaccount
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION blacklist_named_before_proposed();

-- Derives the instant since which a subject or account of a correction has been named, so that days of grace are not
-- counted again. They begin anew for a person who becomes the holder of a case account only by the correction.
CREATE OR REPLACE FUNCTION blacklist_named_since() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
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
CREATE TRIGGER blacklist_named_since BEFORE INSERT ON blacklist_certificatesubject FOR EACH ROW EXECUTE FUNCTION blacklist_named_since();
CREATE TRIGGER blacklist_named_since BEFORE INSERT ON blacklist_caseaccount FOR EACH ROW EXECUTE FUNCTION blacklist_named_since();

-- A certificate with the number of revoked ones refers to the last revoked one (renews_id); any other refers to none.
CREATE OR REPLACE FUNCTION blacklist_renews_the_revoked() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NEW.renews_id IS DISTINCT FROM (
       SELECT c.id FROM blacklist_certificate c
       WHERE c.region_code = NEW.region_code AND c.authority_compared = NEW.authority_compared
         AND c.doc_no = NEW.doc_no AND c.status = 'revoked' AND c.id <> NEW.id
       ORDER BY c.revoked_at DESC, c.id DESC LIMIT 1) THEN
    RAISE EXCEPTION 'a certificate renews the last revoked one of its number'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'certificate_renews_the_revoked', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER certificate_renews_the_revoked AFTER INSERT ON blacklist_certificate
  FOR EACH ROW WHEN (NEW.corrects_id IS NULL) EXECUTE FUNCTION blacklist_renews_the_revoked();

-- Changes.

-- The status only moves forward, and the content never changes: a revoked certificate that came back would restrict
-- a person without a second officer.
CREATE OR REPLACE FUNCTION blacklist_certificate_moves() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
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
    RAISE EXCEPTION 'the content of a certificate never changes'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'certificate_stands', TABLE = 'blacklist_certificate';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER blacklist_certificate_moves BEFORE UPDATE ON blacklist_certificate FOR EACH ROW EXECUTE FUNCTION blacklist_certificate_moves();

-- A correction is of a certificate in force, and differs from it.
CREATE OR REPLACE FUNCTION blacklist_corrects_what_stands() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM blacklist_certificate o WHERE o.id = NEW.corrects_id AND o.status = 'in_force') THEN
    RAISE EXCEPTION 'only a certificate in force is corrected'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'certificate_corrects_what_stands', TABLE = TG_TABLE_NAME;
  END IF;
  IF EXISTS (SELECT FROM blacklist_certificate o WHERE o.id = NEW.corrects_id
             AND (o.region_code, o.authority_compared, o.doc_no, o.content)
               = (NEW.region_code, NEW.authority_compared, NEW.doc_no, NEW.content)) THEN
    RAISE EXCEPTION 'a correction differs from the corrected certificate'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'certificate_correction_differs', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER certificate_corrects_what_stands AFTER INSERT ON blacklist_certificate
  FOR EACH ROW WHEN (NEW.corrects_id IS NOT NULL) EXECUTE FUNCTION blacklist_corrects_what_stands();

-- A correction ends the corrected certificate at its own instant. No part was revoked since the correction was made, so
-- the checker has read what it corrects.
CREATE OR REPLACE FUNCTION blacklist_correction_in_force() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM blacklist_certificate o
                 WHERE o.id = NEW.corrects_id AND o.status = 'revoked' AND o.revoked_at = NEW.in_force_at) THEN
    RAISE EXCEPTION 'a correction ends the corrected certificate at its own instant'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'certificate_correction_ends_the_corrected', TABLE = TG_TABLE_NAME;
  END IF;
  IF EXISTS (SELECT FROM blacklist_revocation r JOIN blacklist_revokedpart p ON p.revocation_id = r.id
             WHERE r.certificate_id = NEW.corrects_id AND p.in_force_at >= NEW.made_at) THEN
    RAISE EXCEPTION 'no part of the corrected certificate was revoked since the correction was made'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'certificate_correction_of_what_stood', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER certificate_correction_in_force AFTER INSERT OR UPDATE OF status ON blacklist_certificate
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.corrects_id IS NOT NULL AND NEW.status = 'in_force')
  EXECUTE FUNCTION blacklist_correction_in_force();

-- By table: rows and columns that never change, and the approval that a row needs.

CREATE TRIGGER blacklist_certificate_kept BEFORE DELETE OR TRUNCATE ON blacklist_certificate FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
-- A certificate of a list is in force by the list's approval, unless it needs a manual review.
CREATE CONSTRAINT TRIGGER blacklist_certificate_second_person AFTER INSERT OR UPDATE ON blacklist_certificate
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (
    NEW.status = 'in_force' AND (NEW.brought_by_id IS NULL OR cardinality(NEW.review_reasons) > 0)
  ) EXECUTE FUNCTION kernel_second_person('certificate');
CREATE TRIGGER blacklist_certificate_stands AFTER UPDATE OF authority_name, received_on, term_from, term_to, review_reasons, made_by_id,
    made_at, created_at, extent_accounts, extent_times, extent_counterparties, brought_by_id, stopped_from, renews_id, corrects_id,
    correction_no, correction_reason, sentence_kind, sentence_effective_on, sentence_served_on ON blacklist_certificate
  FOR EACH ROW WHEN (
    (OLD.authority_name, OLD.received_on, OLD.term_from, OLD.term_to, OLD.review_reasons, OLD.made_by_id, OLD.made_at, OLD.created_at,
      OLD.extent_accounts, OLD.extent_times, OLD.extent_counterparties, OLD.brought_by_id, OLD.stopped_from, OLD.renews_id, OLD.corrects_id,
      OLD.correction_no, OLD.correction_reason, OLD.sentence_kind, OLD.sentence_effective_on, OLD.sentence_served_on) IS DISTINCT FROM
      (NEW.authority_name, NEW.received_on, NEW.term_from, NEW.term_to, NEW.review_reasons, NEW.made_by_id, NEW.made_at, NEW.created_at,
        NEW.extent_accounts, NEW.extent_times, NEW.extent_counterparties, NEW.brought_by_id, NEW.stopped_from, NEW.renews_id,
        NEW.corrects_id, NEW.correction_no, NEW.correction_reason, NEW.sentence_kind, NEW.sentence_effective_on,
        NEW.sentence_served_on)
  ) EXECUTE FUNCTION kernel_stands();

CREATE TRIGGER blacklist_certificatesubject_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON blacklist_certificatesubject
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();

CREATE TRIGGER blacklist_caseaccount_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON blacklist_caseaccount
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();

CREATE TRIGGER blacklist_subject_kept BEFORE UPDATE OF id OR DELETE OR TRUNCATE ON blacklist_subject
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
CREATE TRIGGER blacklist_subject_stands BEFORE UPDATE ON blacklist_subject
  FOR EACH ROW WHEN (
    (OLD.identity_key, OLD.kind, OLD.document_type, OLD.country, OLD.match_key) IS DISTINCT FROM
      (NEW.identity_key, NEW.kind, NEW.document_type, NEW.country, NEW.match_key)
  ) EXECUTE FUNCTION kernel_stands();
